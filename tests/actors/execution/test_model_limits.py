"""A model that cannot take a request: the next one is asked, and nothing is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience import ModelConfig, Plan, RetryConfig, Runtime, RuntimeConfig, Task, TaskResult
from hive_resilience.config import GlobalConfig, GroupConfig
from hive_resilience.errors import AllModelsFailedError, InvalidRequestError, ModelLimitError

from ...conftest import Virtual
from ...fleet_kit import NO_RETRY, STEADY, Model, assert_at_rest, fleet, model, outcomes


class ForeignError(Exception):
    def __init__(self, **fields: object) -> None:
        super().__init__("the words of a client")
        self.__dict__.update(fields)


def limit(text: str = "too long") -> ModelLimitError:
    return ModelLimitError(text)


def wrong() -> InvalidRequestError:
    return InvalidRequestError("wrong")


def one_task(virtual: Virtual, *models: Any, **how: Any) -> TaskResult:
    """The result of one task for models `a`, `b` ..."""
    settings = how.pop("settings", {})

    async def main() -> TaskResult:
        configs = [model("abc"[i], one, retry=STEADY) for i, one in enumerate(models)]
        async with fleet(*configs, **settings) as runtime:
            found = await runtime.execute(Task("x"), **how)
            assert_at_rest(runtime)
            return found

    found: TaskResult = virtual(main())
    return found


LIMITS: dict[str, Callable[[], Exception]] = {
    "ours": limit,
    "context length": lambda: ForeignError(status_code=400, code="context_length_exceeded"),
    "too large": lambda: ForeignError(status_code=413),
    "too large for a minute": lambda: ForeignError(status_code=413, code="rate_limit_exceeded"),
    "unknown parameter": lambda: ForeignError(status_code=400, code="unsupported_parameter"),
    "unknown model": lambda: ForeignError(status_code=404, code="model_not_found"),
}


@pytest.mark.parametrize("make", LIMITS.values(), ids=LIMITS)
def test_the_next_model_is_asked_at_once_and_this_one_not_again(
    virtual: Virtual, make: Callable[[], Exception]
) -> None:
    a, b = Model(make()), Model("answer")

    found = one_task(virtual, a, b)

    assert (found.value, found.model_used, found.fallback_used) == ("answer", "b", True)
    assert (a.calls, b.calls) == (1, 1)
    assert found.execution_time == 0.0
    assert outcomes(found) == [("a", "failure"), ("b", "success")]


def test_no_number_of_limits_opens_a_breaker_or_makes_a_model_ill(virtual: Virtual) -> None:
    async def main() -> Any:
        async with fleet(model("a", Model(limit())), model("b", Model())) as runtime:
            for _ in range(100):
                assert (await runtime.execute(Task("x"))).success
            return runtime.model("a").snapshot()

    seen = virtual(main())
    assert seen.breaker.state == "closed"
    assert seen.breaker.calls == 0
    assert seen.status == "available"
    assert seen.metrics.failures == 100


def test_the_weighted_strategy_learns_nothing_from_a_limit(virtual: Virtual) -> None:
    async def main() -> Any:
        async with fleet(model("a", Model(limit())), model("b", Model())) as runtime:
            for _ in range(50):
                await runtime.execute(Task("x"), strategy="weighted")
            return runtime._fleet.router_state.learned.snapshot()

    assert [one.model_id for one in virtual(main())] == ["b"]


def test_a_limit_says_nothing_in_a_trial_and_gives_its_place_back(virtual: Virtual) -> None:
    async def main() -> Any:
        a = Model(limit())
        async with fleet(model("a", a), model("b", Model())) as runtime:
            handle = runtime.model("a")
            handle.trip("test")
            await asyncio.sleep(100.0)
            assert handle.snapshot().breaker.state == "half_open"
            for _ in range(3):
                assert (await runtime.execute(Task("x"))).model_used == "b"
            return a.calls, handle.snapshot().breaker

    calls, breaker = virtual(main())
    assert calls == 3
    assert (breaker.state, breaker.trials_out, breaker.trials_passed) == ("half_open", 0, 0)


def test_if_every_model_answers_so_the_error_is_that_of_the_first(virtual: Virtual) -> None:
    first, second = limit("a: too long"), limit("b: too long")

    found = one_task(virtual, Model(first), Model(second))

    assert found.error is first
    assert isinstance(found.error, InvalidRequestError)
    assert len(found.attempts) == 2


@pytest.mark.parametrize("strategy", ["parallel", "random", "weighted"])
def test_every_strategy_says_so(virtual: Virtual, strategy: str) -> None:
    found = one_task(virtual, Model(limit()), Model(limit()), strategy=strategy)

    assert found.error is found.attempts[0].error
    assert isinstance(found.error, ModelLimitError)


def test_a_clients_own_error_becomes_an_invalid_request_without_its_words(
    virtual: Virtual,
) -> None:
    foreign = ForeignError(status_code=413)

    found = one_task(virtual, Model(foreign), Model(limit()))

    assert type(found.error) is ModelLimitError
    assert str(found.error) == "a cannot take this request: ForeignError"
    assert found.error.__cause__ is foreign


def test_a_model_that_failed_otherwise_might_have_taken_it(virtual: Virtual) -> None:
    found = one_task(virtual, Model(limit()), Model(ValueError("broken")))

    assert isinstance(found.error, AllModelsFailedError)
    assert [type(one.error).__name__ for one in found.attempts] == ["ModelLimitError", "ValueError"]


def test_a_model_that_was_passed_over_might_have_taken_it(virtual: Virtual) -> None:
    async def main() -> TaskResult:
        async with fleet(model("a", Model(limit())), model("b", Model())) as runtime:
            runtime.model("b").enter_maintenance()
            return await runtime.execute(Task("x"))

    found = virtual(main())
    assert isinstance(found.error, AllModelsFailedError)
    assert outcomes(found) == [("a", "failure"), ("b", "rejected")]


def test_without_failover_the_first_error_is_the_result(virtual: Virtual) -> None:
    b = Model()

    found = one_task(virtual, Model(limit()), b, settings={"failover": False})

    assert isinstance(found.error, ModelLimitError)
    assert b.calls == 0


RULES: list[tuple[str, type[Exception], bool]] = [
    ("none", ModelLimitError, False),
    ("none", InvalidRequestError, False),
    ("model_limits", ModelLimitError, True),
    ("model_limits", InvalidRequestError, False),
    ("all", ModelLimitError, True),
    ("all", InvalidRequestError, True),
]


@pytest.mark.parametrize(("rule", "kind", "moves_on"), RULES)
@pytest.mark.parametrize("place", ["plan", "group", "global", "plan over global"])
def test_which_errors_of_a_request_move_on_is_said_by_plan_group_or_for_all(
    virtual: Virtual, rule: str, kind: type[Exception], moves_on: bool, place: str
) -> None:
    error, b = kind("no"), Model()
    others: Any = {"none": "all", "all": "none", "model_limits": "none"}[rule]
    everywhere = {"global": rule, "plan over global": others}.get(place)
    settings: Any = {} if everywhere is None else {"route_request_errors": everywhere}
    grouped: Any = {"route_request_errors": rule} if place == "group" else {}

    async def main() -> TaskResult:
        config = RuntimeConfig(
            global_=GlobalConfig(**settings),
            models=(
                ModelConfig(id="a", executor=Model(error), retry=NO_RETRY),
                ModelConfig(id="b", executor=b, retry=NO_RETRY),
            ),
            groups=(GroupConfig(name="g", models=("a", "b"), **grouped),),
        )
        plan: Any = None
        if place == "group":
            plan = "g"
        elif place != "global":
            plan = Plan("a", ("b",), route_request_errors=rule)
        async with Runtime(config) as runtime:
            return await runtime.execute(Task("x"), plan=plan)

    found = virtual(main())
    assert b.calls == int(moves_on)
    assert found.success is moves_on
    assert found.error is (None if moves_on else error)


def test_an_unknown_rule_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidRequestError, match="model_limits"):
        Plan("a", route_request_errors="sometimes")


def test_wrong_requests_that_move_on_end_in_the_first_error(virtual: Virtual) -> None:
    first = wrong()

    found = one_task(
        virtual, Model(first), Model(limit()), settings={"route_request_errors": "all"}
    )

    assert found.error is first


def test_retryable_errors_cannot_name_a_limit(virtual: Virtual) -> None:
    a = Model(limit())
    naming = RetryConfig(retryable_errors=("ModelLimitError", 413))

    async def main() -> None:
        async with fleet(model("a", a, retry=naming)) as runtime:
            await runtime.execute(Task("x"))

    virtual(main())
    assert a.calls == 1
