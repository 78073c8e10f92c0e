"""Groups are plans with a name; a model's own fallbacks follow it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from hive_resilience import ModelConfig, Outcome, Plan, Runtime, RuntimeConfig, Strategy, Task
from hive_resilience.config import GlobalConfig, GroupConfig, OnInterrupt
from hive_resilience.errors import ConfigurationError, InvalidRequestError

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model, outcomes


def grouped(models: Iterable[ModelConfig], *groups: GroupConfig, **settings: Any) -> Runtime:
    config = RuntimeConfig(global_=GlobalConfig(**settings), models=tuple(models), groups=groups)
    return Runtime(config)


def broken(*ids: str) -> list[ModelConfig]:
    return [model(i, Model(OSError("refused"))) for i in ids]


def test_a_group_is_asked_by_its_name_in_its_order(virtual: Virtual) -> None:
    async def main() -> None:
        models = (*broken("a", "b"), model("c", Model("yes")))
        async with grouped(models, GroupConfig(name="back", models=("b", "c"))) as runtime:
            result = await runtime.execute(Task("x"), plan="back")
            assert outcomes(result) == [("b", Outcome.FAILURE), ("c", Outcome.SUCCESS)]
            assert runtime.plan("back").model_ids == ("b", "c")

    virtual(main())


def test_a_group_with_a_quorum_has_that_strategy(virtual: Virtual) -> None:
    async def main() -> None:
        models = [model(i, Model(answer)) for i, answer in (("a", "1"), ("b", "2"), ("c", "1"))]
        group = GroupConfig(name="agreed", models=("a", "b", "c"), quorum=2)
        async with grouped(models, group) as runtime:
            result = await runtime.execute(Task("x"), plan="agreed")
            assert (result.strategy, result.voters) == (Strategy.QUORUM, ("a", "c"))

    virtual(main())


@pytest.mark.parametrize("other", [{"strategy": "random"}, {"weights": {"a": 1.0}}])
def test_a_quorum_is_for_its_own_strategy_alone(other: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a quorum is for the strategy quorum alone"):
        GroupConfig(name="g", models=("a", "b"), quorum=2, **other)


def test_a_plan_has_all_that_its_group_says(virtual: Virtual) -> None:
    group = GroupConfig(
        name="g",
        models=("a", "b"),
        strategy=Strategy.WEIGHTED,
        weights={"a": 1.0, "b": 2.0},
        timeout=7.0,
        max_concurrent=2,
        hedge_delay=3.0,
        route_refusals=True,
        on_interrupt=OnInterrupt.RESTART,
    )

    async def main() -> Plan:
        async with grouped(broken("a", "b"), group) as runtime:
            return runtime.plan("g")

    assert virtual(main()) == Plan(
        "a",
        ("b",),
        strategy="weighted",
        weights={"a": 1.0, "b": 2.0},
        timeout=7.0,
        max_concurrent=2,
        hedge_delay=3.0,
        route_refusals=True,
        on_interrupt="restart",
    )


def test_a_group_brings_its_strategy_width_and_limit(virtual: Virtual) -> None:
    async def main() -> None:
        slow = [Model(takes=9.0) for _ in range(3)]
        models = [model(str(at), one) for at, one in enumerate(slow)]
        all_ids = ("0", "1", "2")
        race = GroupConfig(
            name="race", models=all_ids, strategy=Strategy.PARALLEL, max_concurrent=2, timeout=3.0
        )
        async with grouped(models, race) as runtime:
            result = await runtime.execute(Task("x"), plan="race")
            assert (result.success, result.execution_time) == (False, 3.0)
            assert [one.calls for one in slow] == [1, 1, 0]
            assert result.strategy is Strategy.PARALLEL

    virtual(main())


def test_a_group_with_weights_is_weighted(virtual: Virtual) -> None:
    async def main() -> None:
        models = [model("a", Model()), model("b", Model())]
        shares = GroupConfig(name="shares", models=("a", "b"), weights={"b": 1.0})
        async with grouped(models, shares) as runtime:
            results = [await runtime.execute(Task("x"), plan="shares") for _ in range(20)]
            assert {result.model_used for result in results} == {"b"}
            assert {result.strategy for result in results} == {Strategy.WEIGHTED}

    virtual(main())


@pytest.mark.parametrize("send", ["execute", "submit"])
def test_a_group_that_does_not_exist_is_refused_with_those_there_are(
    virtual: Virtual, send: str
) -> None:
    async def main() -> None:
        groups = [GroupConfig(name=name, models=("a",)) for name in ("fast", "careful")]
        async with grouped([model("a", Model())], *groups) as runtime:
            with pytest.raises(InvalidRequestError) as caught:
                getattr(runtime, send)(Task("x"), plan="fats")
            told = "there is no group 'fats'; did you mean 'fast'? there are: fast, careful"
            assert str(caught.value) == told

    virtual(main())


def test_own_fallbacks_follow_a_model_that_a_plan_names_alone(virtual: Virtual) -> None:
    async def main() -> None:
        first = model("a", Model(OSError("refused")), fallbacks=("c",))
        models = (first, model("b", Model()), model("c", Model("yes")))
        async with fleet(*models) as runtime:
            alone = await runtime.execute(Task("x"), plan=Plan("a"))
            assert outcomes(alone) == [("a", Outcome.FAILURE), ("c", Outcome.SUCCESS)]
            named = await runtime.execute(Task("x"), plan=Plan("a", ("b",)))
            assert named.model_used == "b"

    virtual(main())


def test_a_plan_may_do_without_the_fallbacks_of_its_model(virtual: Virtual) -> None:
    async def main() -> None:
        first = model("a", Model(OSError("refused")), fallbacks=("c",))
        async with fleet(first, model("c", Model("yes"))) as runtime:
            plan = Plan("a", own_fallbacks=False)
            alone = await runtime.execute(Task("x"), plan=plan)
            assert outcomes(alone) == [("a", Outcome.FAILURE)]
            assert runtime.plan(plan).fallbacks == ()

    virtual(main())


def test_own_fallbacks_come_and_go_with_their_model(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            runtime.add_model(model("c", Model(OSError("refused")), fallbacks=("b",)))
            await asyncio.sleep(0)
            assert (await runtime.execute(Task("x"), plan=Plan("c"))).model_used == "b"
            await runtime.remove_model("c")
            assert runtime.plan(Plan("c")).fallbacks == ()
            with pytest.raises(ConfigurationError, match="no model has the id 'c'"):
                runtime.add_model(model("d", Model(), fallbacks=("c",)))

    virtual(main())


def test_a_model_can_be_added_after_somebodys_fallback_is_gone(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(), fallbacks=("b",)), model("b", Model())) as runtime:
            await runtime.remove_model("b")
            runtime.add_model(model("c", Model()))
            assert (await runtime.execute(Task("x"), plan=Plan("a"))).model_used == "a"

    virtual(main())


def test_a_call_of_a_function_has_no_fallbacks(virtual: Virtual) -> None:
    async def fails() -> None:
        raise OSError("refused")

    async def main() -> None:
        other = Model()
        async with fleet(model("a", Model(), fallbacks=("b",)), model("b", other)) as runtime:
            with pytest.raises(OSError, match="refused"):
                await runtime.call("a", fails)
            assert other.calls == 0

    virtual(main())


@pytest.mark.parametrize("strategy", ["sequential", "parallel", "weighted", "random"])
def test_without_failover_the_first_model_that_fails_ends_its_task(
    virtual: Virtual, strategy: str
) -> None:
    async def main() -> None:
        asked = [Model(OSError("refused")) for _ in range(3)]
        models = [model(str(at), one) for at, one in enumerate(asked)]
        rules: dict[str, Any] = {
            "failover": False,
            "max_parallel": 1,
            "when_none_available": "wait",
        }
        async with fleet(*models, **rules) as runtime:
            result = await runtime.execute(Task("x"), strategy=strategy)
            assert [str(record.outcome) for record in result.attempts] == ["failure"]
            assert sum(one.calls for one in asked) == 1

    virtual(main())


def test_without_failover_a_model_that_cannot_serve_is_passed_over(virtual: Virtual) -> None:
    async def main() -> None:
        models = (model("a", Model()), model("b", Model("yes")))
        async with fleet(*models, failover=False) as runtime:
            runtime.model("a").trip()
            assert (await runtime.execute(Task("x"))).value == "yes"

    virtual(main())


def test_parallel_asks_as_many_at_once_as_the_settings_say(virtual: Virtual) -> None:
    async def main() -> None:
        slow = [Model(takes=1.0) for _ in range(4)]
        models = [model(str(at), one) for at, one in enumerate(slow)]
        async with fleet(*models, max_parallel=2) as runtime:
            await runtime.execute(Task("x"), strategy="parallel")
            assert [one.calls for one in slow] == [1, 1, 0, 0]

    virtual(main())
