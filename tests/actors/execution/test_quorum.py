"""The strategy quorum: as many models as have to agree are asked, and the result names them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import Outcome, Plan, Strategy, Task
from hive_resilience.errors import AllModelsFailedError, InvalidRequestError, NoQuorumError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, narrow, outcomes


def asked(**answers: object) -> dict[str, Model]:
    return {i: one if isinstance(one, Model) else Model(one) for i, one in answers.items()}


def runtime_of(models: dict[str, Model], **settings: Any) -> Any:
    return fleet(*(model(i, one) for i, one in models.items()), **settings)


PLAN = Plan("a", ("b", "c"), quorum=2)


def test_two_that_agree_are_enough_and_the_third_is_not_asked(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a="Paris", b="paris ", c="Rome")
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert (result.value, result.model_used, result.voters) == ("Paris", "a", ("a", "b"))
            assert (result.strategy, result.fallback_used) == (Strategy.QUORUM, False)
            assert models["c"].calls == 0
            assert_at_rest(runtime)

    virtual(main())


def test_where_two_disagree_the_next_is_asked(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a="4", b="5", c="5")
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert (result.value, result.voters) == ("5", ("b", "c"))
            assert outcomes(result) == [(i, Outcome.SUCCESS) for i in "abc"]

    virtual(main())


def test_a_model_that_fails_is_replaced_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a=OSError(), b=Model("5", takes=9.0), c=Model("5", takes=1.0))
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert result.voters == ("c", "b")
            assert result.execution_time == pytest.approx(9.0)
            assert outcomes(result)[0] == ("a", Outcome.FAILURE)

    virtual(main())


def test_without_an_agreement_the_error_says_how_many_agree(virtual: Virtual) -> None:
    async def main() -> None:
        async with runtime_of(asked(a="1", b="2", c="3")) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            error = result.error
            assert isinstance(error, NoQuorumError)
            assert isinstance(error, AllModelsFailedError)
            assert (error.needed, error.agreed, error.answered) == (2, 1, 3)
            assert [record.model_id for record in error.attempts] == ["a", "b", "c"]
            assert (result.value, result.model_used, result.voters) == (None, None, ())
            assert_at_rest(runtime)

    virtual(main())


def test_where_too_few_can_serve_no_call_is_made(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a="5", b="5", c="5")
        async with runtime_of(models) as runtime:
            for model_id in "bc":
                runtime.model(model_id).enter_maintenance()
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert str(result.error) == "2 models have to agree: 1 can be asked"
            assert models["a"].calls == 0
            runtime.model("a").enter_maintenance()
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert type(result.error) is AllModelsFailedError
            assert_at_rest(runtime)

    virtual(main())


def test_where_every_model_fails_the_error_names_them_all(virtual: Virtual) -> None:
    async def main() -> None:
        async with runtime_of(asked(a=OSError(), b=OSError(), c=OSError())) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert type(result.error) is AllModelsFailedError
            assert all(f"{i}: " in str(result.error) for i in "abc")

    virtual(main())


def test_more_models_at_once_are_faster_and_the_rest_is_cancelled(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a=Model("5", takes=60.0), b=Model("5", takes=2.0), c=Model("5", takes=1.0))
        plan = Plan("a", ("b", "c"), quorum=2, max_concurrent=3)
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=plan)
            assert (result.execution_time, result.voters) == (2.0, ("c", "b"))
            await asyncio.sleep(0.1)
            assert (models["a"].cancelled, models["a"].running) == (1, 0)
            assert ("a", Outcome.CANCELLED) in outcomes(result)
            assert_at_rest(runtime)

    virtual(main())


def test_the_caller_says_what_agrees(virtual: Virtual) -> None:
    def near(one: Any, other: Any) -> bool:
        return abs(float(one) - float(other)) < 0.1

    async def main() -> None:
        plan = Plan("a", ("b", "c"), agree=near)
        async with runtime_of(asked(a="1.5", b="3.00", c="3.05")) as runtime:
            result = await runtime.execute(Task("x"), plan=plan)
            assert (result.value, result.voters) == ("3.00", ("b", "c"))

    virtual(main())


def test_a_comparison_that_raises_ends_the_task(virtual: Virtual) -> None:
    async def main() -> None:
        plan = Plan("a", ("b", "c"), agree=lambda one, other: one.no_such_thing)
        models = asked(a="1", b="1", c="1")
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=plan)
            assert isinstance(result.error, NoQuorumError)
            assert isinstance(result.error.__cause__, AttributeError)
            assert models["c"].calls == 0
            assert_at_rest(runtime)

    virtual(main())


def test_the_requests_own_fault_ends_the_task(virtual: Virtual) -> None:
    async def main() -> None:
        fault = InvalidRequestError("no")
        models = asked(a=fault, b=Model("5", takes=5.0), c="5")
        async with runtime_of(models) as runtime:
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert result.error is fault
            assert models["c"].calls == 0
            assert_at_rest(runtime)

    virtual(main())


def test_the_deadline_ends_it(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a="5", b=Model("5", takes=60.0), c=Model("5", takes=60.0))
        async with runtime_of(models, default_timeout=100.0) as runtime:
            result = await runtime.execute(Task("x", timeout=3.0), plan=PLAN)
            assert result.execution_time == pytest.approx(3.0)
            assert getattr(result.error, "kind", None) == "task"
            assert_at_rest(runtime)

    virtual(main())


def test_a_full_model_is_replaced_by_the_next(virtual: Virtual) -> None:
    async def main() -> None:
        busy = Model("5", takes=9.0)
        models = [
            model("a", busy, bulkhead=narrow()),
            model("b", Model("5")),
            model("c", Model("5")),
        ]
        async with fleet(*models) as runtime:
            holder = asyncio.create_task(runtime.execute(Task("x"), plan=Plan("a")))
            await asyncio.sleep(1.0)
            result = await runtime.execute(Task("x"), plan=PLAN)
            assert result.voters == ("b", "c")
            await holder

    virtual(main())


def test_the_settings_say_how_many_have_to_agree(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a="1", b="1", c="1")
        async with runtime_of(models, quorum=3, default_strategy="quorum") as runtime:
            assert (await runtime.execute(Task("x"))).voters == ("a", "b", "c")
            assert (await runtime.execute(Task("x"), plan=PLAN)).voters == ("a", "b")
            assert runtime.snapshot().router.strategies == {"quorum": 2}

    virtual(main())


def test_a_stream_refuses_it_with_words(virtual: Virtual) -> None:
    async def main() -> None:
        async with runtime_of(asked(a="1", b="1")) as runtime:
            async with runtime.stream(Task("x"), strategy="quorum") as stream:
                with pytest.raises(InvalidRequestError, match="a stream has no strategy quorum"):
                    await anext(stream)
            assert_at_rest(runtime)

    virtual(main())


def test_cancelling_it_cancels_all_its_calls(virtual: Virtual) -> None:
    async def main() -> None:
        models = asked(a=Model(takes=60.0), b=Model(takes=60.0), c="1")
        async with runtime_of(models) as runtime:
            task = asyncio.create_task(runtime.execute(Task("x"), plan=PLAN))
            await asyncio.sleep(1.0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (models["a"].cancelled, models["b"].cancelled) == (1, 1)
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"quorum": 0}, "a quorum is a number of models from 1 up, not 0"),
        ({"quorum": True}, "a quorum is a number of models from 1 up, not True"),
        ({"agree": "yes"}, "agree is a function of two answers, not 'yes'"),
        ({"quorum": 2, "strategy": "random"}, "a quorum is for the strategy quorum, not random"),
    ],
)
def test_a_wrong_quorum_is_refused_at_the_plan(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidRequestError, match=told):
        Plan("a", ("b",), **given)
