"""Whom a task asks, in which order, and what its result says about it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from itertools import cycle

import pytest

from hive_resilience import Outcome, Plan, Task
from hive_resilience.errors import (
    AllModelsFailedError,
    CircuitBreakerError,
    InvalidRequestError,
    ModelUnavailableError,
)

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, narrow, outcomes, until


class BadRequestError(Exception):
    status_code = 400


@pytest.fixture
def _even_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance goes round in small even steps, so that shares are exact."""
    steps = cycle(number / 100 for number in range(100))
    monkeypatch.setattr(random, "random", lambda: next(steps))


def test_sequential_goes_by_the_order_and_stops_at_the_first_answer(virtual: Virtual) -> None:
    async def main() -> None:
        third = Model()
        configs = (model("a", Model(OSError())), model("b", Model("yes")), model("c", third))
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.FAILURE), ("b", Outcome.SUCCESS)]
            assert (result.value, result.model_used, result.fallback_used) == ("yes", "b", True)
            assert third.calls == 0

    virtual(main())


def test_a_model_passed_over_before_the_first_attempt_is_recorded_once(virtual: Virtual) -> None:
    async def main() -> None:
        configs = [model(i, Model(OSError("broken"))) for i in ("a", "b", "c")]
        async with fleet(*configs) as runtime:
            runtime.model("a").trip()
            result = await runtime.execute(Task("x"))
            assert sorted(outcomes(result)) == [
                *(("a", Outcome.REJECTED), ("b", Outcome.FAILURE), ("c", Outcome.FAILURE)),
            ]
            assert result.circuit_breaker_triggered

    virtual(main())


def test_a_model_passed_over_after_a_failure_is_recorded_too(virtual: Virtual) -> None:
    async def main() -> None:
        configs = (model("a", Model(OSError())), model("b", Model()), model("c", Model()))
        async with fleet(*configs) as runtime:
            runtime.model("b").enter_maintenance()
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [
                ("a", Outcome.FAILURE),
                ("b", Outcome.REJECTED),
                ("c", Outcome.SUCCESS),
            ]

    virtual(main())


def test_a_plan_asks_only_its_models_in_its_order(virtual: Virtual) -> None:
    async def main() -> None:
        configs = [model(i, Model(OSError())) for i in ("a", "b", "c")]
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"), plan=Plan("c", ("a",)))
            assert outcomes(result) == [("c", Outcome.FAILURE), ("a", Outcome.FAILURE)]

    virtual(main())


def test_a_plan_passes_over_models_that_the_fleet_does_not_have(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model())) as runtime:
            result = await runtime.execute(Task("x"), plan=Plan("ghost", ("a",)))
            assert outcomes(result) == [("ghost", Outcome.REJECTED), ("a", Outcome.SUCCESS)]
            alone = await runtime.execute(Task("x"), plan=Plan("ghost"))
            assert isinstance(alone.error, AllModelsFailedError)
            assert isinstance(alone.attempts[0].error, ModelUnavailableError)
            assert "ghost" in str(alone.error)
            assert_at_rest(runtime)

    virtual(main())


def test_when_all_are_out_the_error_names_each_and_the_shortest_wait(virtual: Virtual) -> None:
    async def main() -> None:
        configs = [model(i, Model(), circuit_breaker={"recovery_jitter": 0.0}) for i in "abc"]
        async with fleet(*configs) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(20)
            runtime.model("b").trip()
            runtime.model("c").enter_maintenance()
            result = await runtime.execute(Task("x"))
            error = result.error
            assert isinstance(error, AllModelsFailedError)
            assert error.retry_after == pytest.approx(40.0)
            assert [(r.model_id, type(r.error)) for r in error.attempts] == [
                ("a", CircuitBreakerError),
                ("b", CircuitBreakerError),
                ("c", ModelUnavailableError),
            ]
            assert all(model_id in str(error) for model_id in ("a:", "b:", "c:"))
            assert result.execution_time == 0.0
            with pytest.raises(AllModelsFailedError):
                result.unwrap()

    virtual(main())


def test_parallel_takes_the_first_success_and_losers_clean_up_behind_it(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        cleaned: list[float] = []

        async def loser(task: Task) -> str:
            try:
                await asyncio.sleep(50)
            finally:
                await asyncio.sleep(1)  # closing its connection
                cleaned.append(asyncio.get_running_loop().time())
            return "never"

        configs = (model("a", loser), model("b", Model("quick", takes=2.0)), model("c", loser))
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert (result.value, result.model_used) == ("quick", "b")
            assert (result.execution_time, cleaned) == (2.0, [])
            await asyncio.sleep(1.1)
            assert len(cleaned) == 2
            assert sorted(outcomes(result)) == [
                ("a", Outcome.CANCELLED),
                ("b", Outcome.SUCCESS),
                ("c", Outcome.CANCELLED),
            ]
            assert len(asyncio.all_tasks()) == 1
            assert_at_rest(runtime)

    virtual(main())


def test_a_loser_that_ignores_its_cancellation_delays_the_answer_by_the_grace_at_most(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async def stubborn(task: Task) -> str:
            while True:
                try:
                    await asyncio.sleep(1000)
                except asyncio.CancelledError:
                    continue

        configs = (model("a", stubborn, timeout=600.0), model("b", Model(takes=1.0)))
        async with fleet(*configs, stop_grace=5.0) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert result.model_used == "b"
            assert result.execution_time <= 6.5

    virtual(main())


def test_parallel_asks_no_more_at_once_than_the_plan_says_and_replaces_a_failure(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        models = {
            "a": Model(OSError(), takes=1.0),
            "b": Model(takes=30.0),
            "c": Model("c", takes=1.0),
        }
        plan = Plan("a", ("b", "c"), strategy="parallel", max_concurrent=2)
        async with fleet(*(model(i, m, timeout=60.0) for i, m in models.items())) as runtime:
            running = asyncio.create_task(runtime.execute(Task("x"), plan=plan))
            await until(lambda: models["b"].running)
            assert models["c"].calls == 0
            result = await running
            assert result.model_used == "c"
            assert result.execution_time == pytest.approx(2.0)

    virtual(main())


def test_parallel_with_no_answer_names_every_model(virtual: Virtual) -> None:
    async def main() -> None:
        configs = [model(i, Model(OSError(i), takes=n)) for n, i in enumerate("abc")]
        async with fleet(*configs) as runtime:
            runtime.model("b").enter_maintenance()
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert isinstance(result.error, AllModelsFailedError)
            assert sorted(outcomes(result)) == [
                ("a", Outcome.FAILURE),
                ("b", Outcome.REJECTED),
                ("c", Outcome.FAILURE),
            ]
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("strategy", ["sequential", "parallel", "weighted", "random"])
@pytest.mark.parametrize("error", [InvalidRequestError("no"), BadRequestError("no")])
def test_the_requests_own_fault_ends_the_task(
    virtual: Virtual, strategy: str, error: Exception
) -> None:
    async def main() -> None:
        models = [Model(error), Model(error)]
        width = 1 if strategy == "parallel" else None
        plan = Plan("a", ("b",), strategy=strategy, max_concurrent=width)
        async with fleet(model("a", models[0]), model("b", models[1])) as runtime:
            result = await runtime.execute(Task("x"), plan=plan)
            assert result.error is error
            assert models[0].calls + models[1].calls == 1
            states = {one.breaker.calls for one in runtime.snapshot().models.values()}
            assert states == {0}

    virtual(main())


@pytest.mark.usefixtures("_even_chance")
def test_static_weights_share_the_tasks_out(virtual: Virtual) -> None:
    async def main() -> None:
        plan = Plan("a", ("b",), strategy="weighted", weights={"a": 3.0, "b": 1.0})
        async with fleet(model("a", Model()), model("b", Model())) as runtime:
            used = [(await runtime.execute(Task("x"), plan=plan)).model_used for _ in range(200)]
            assert Counter(used)["a"] == pytest.approx(150, abs=10)

    virtual(main())


def test_learnt_weights_leave_a_bad_model_alone(virtual: Virtual) -> None:
    async def main() -> None:
        random.seed(1)
        never_opens = {"failure_threshold": 100_000, "failure_rate": 1.0, "min_calls": 20}
        good, bad = Model(), Model(OSError())
        configs = [
            model(i, one, circuit_breaker=never_opens) for i, one in (("bad", bad), ("good", good))
        ]
        async with fleet(*configs) as runtime:
            runtime.model("bad").metrics_only()
            for _ in range(400):
                assert (await runtime.execute(Task("x"), strategy="weighted")).success
                await asyncio.sleep(0.01)
            assert bad.calls <= 40
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.usefixtures("_even_chance")
def test_random_asks_all_models_alike_and_the_rest_after_a_failure(virtual: Virtual) -> None:
    async def main() -> None:
        models = {i: Model(OSError()) for i in "abcd"}
        async with fleet(*(model(i, m) for i, m in models.items())) as runtime:
            for one in models:
                runtime.model(one).metrics_only()
            first: Counter[str] = Counter()
            for _ in range(200):
                result = await runtime.execute(Task("x"), strategy="random")
                assert sorted(r.model_id for r in result.attempts) == ["a", "b", "c", "d"]
                first[result.attempts[0].model_id] += 1
            assert min(first.values()) > 20

    virtual(main())


def test_a_full_model_is_passed_over_without_waiting(virtual: Virtual) -> None:
    async def main() -> None:
        configs = (model("a", Model(takes=9.0), bulkhead=narrow()), model("b", Model()))
        async with fleet(*configs) as runtime:
            holder = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            result = await runtime.execute(Task("y"))
            assert outcomes(result) == [("a", Outcome.REJECTED), ("b", Outcome.SUCCESS)]
            assert getattr(result.attempts[0].error, "limit", None) == 1
            await holder

    virtual(main())
