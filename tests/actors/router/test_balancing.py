"""Strategies that go by load, by latency and by price, and sessions that stay where they are."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest

from hive_resilience import ModelConfig, Outcome, Plan, Runtime, Strategy, Task, TaskResult
from hive_resilience.actors.router import learning
from hive_resilience.errors import RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, narrow, outcomes, until
from .balancing_kit import used


async def at_once(runtime: Runtime, tasks: int, strategy: str) -> list[TaskResult]:
    return await asyncio.gather(
        *(runtime.execute(Task("x"), strategy=strategy) for _ in range(tasks))
    )


# Least in flight.


def test_the_model_with_the_fewest_calls_is_asked(virtual: Virtual) -> None:
    async def main() -> None:
        models = {i: Model(takes=1.0) for i in "abc"}
        async with fleet(*(model(i, one) for i, one in models.items())) as runtime:
            results = await at_once(runtime, 30, "least_in_flight")
            assert Counter(r.model_used for r in results) == {"a": 10, "b": 10, "c": 10}
            assert {r.strategy for r in results} == {Strategy.LEAST_IN_FLIGHT}
            assert not any(r.fallback_used for r in results)
            assert_at_rest(runtime)

    virtual(main())


def test_calls_of_any_strategy_count_as_load(virtual: Virtual) -> None:
    async def main() -> None:
        busy = Model(takes=5.0)
        async with fleet(model("a", busy), model("b", Model())) as runtime:
            other = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: busy.running)
            plan = Plan("a", ("b",), strategy="least_in_flight")
            assert await used(runtime, 10, plan) == {"b": 10}
            await other

    virtual(main())


def test_a_full_model_is_passed_over_though_it_has_fewer_calls(virtual: Virtual) -> None:
    async def main() -> None:
        small, large = Model(takes=9.0), Model(takes=9.0)
        models = model("small", small, bulkhead=narrow()), model("large", large)
        async with fleet(*models) as runtime:
            results = await at_once(runtime, 8, "least_in_flight")
            assert Counter(r.model_used for r in results) == {"small": 1, "large": 7}
            assert all(len(r.attempts) == 1 for r in results)

    virtual(main())


def test_in_a_large_fleet_the_least_load_of_a_few_is_taken(virtual: Virtual) -> None:
    async def main() -> None:
        random.seed(4)
        models = [model(f"m{n}", Model(takes=1.0)) for n in range(100)]
        async with fleet(*models) as runtime:
            results = await at_once(runtime, 200, "least_in_flight")
            assert max(Counter(r.model_used for r in results).values()) <= 4

    virtual(main())


# The better of two.


async def _under_load(runtime: Runtime, seconds: float, rate: int) -> list[TaskResult]:
    running: list[asyncio.Task[TaskResult]] = []
    for _ in range(int(seconds * rate)):
        running.append(asyncio.create_task(runtime.execute(Task("x"), strategy="p2c")))
        await asyncio.sleep(1 / rate)
    return await asyncio.gather(*running)


def as_long_as_it_took(success: bool, duration: float, wait: float | None) -> float:
    return duration


@pytest.mark.parametrize("penalised", [True, False])
@pytest.mark.parametrize("error", [OSError(), RateLimitedError("slow down", retry_after=0.001)])
def test_a_model_that_fails_fast_attracts_no_traffic(
    virtual: Virtual, monkeypatch: pytest.MonkeyPatch, penalised: bool, error: Exception
) -> None:
    if not penalised:  # the control: what the rule is for
        monkeypatch.setattr(learning, "seconds_of", as_long_as_it_took)

    async def main() -> None:
        random.seed(5)
        bad, good = Model(error, takes=0.001), Model(takes=0.2)
        never_opens = {"failure_threshold": 100_000, "failure_rate": 1.0, "min_calls": 20}
        models = model("bad", bad, circuit_breaker=never_opens), model("good", good)
        async with fleet(*models) as runtime:
            runtime.model("bad").metrics_only()
            results = await _under_load(runtime, 10.0, 30)
            assert all(result.success for result in results)
            if penalised:
                assert bad.calls <= 6
            else:
                assert bad.calls >= 150

    virtual(main())


def test_a_slow_model_gets_as_much_as_it_bears(virtual: Virtual) -> None:
    async def main() -> None:
        random.seed(6)
        slow, fast = Model(takes=4.0), [Model(takes=0.2) for _ in range(3)]
        models = [model("slow", slow), *(model(f"f{n}", one) for n, one in enumerate(fast))]
        async with fleet(*models) as runtime:
            results = await _under_load(runtime, 60.0, 20)
            took = sorted(result.execution_time for result in results)
            assert slow.calls <= 60  # chance would send 300 there
            assert took[int(0.94 * len(took))] == pytest.approx(0.2)
            assert_at_rest(runtime)

    virtual(main())


def test_a_plan_is_balanced_among_its_own_models(virtual: Virtual) -> None:
    async def main() -> None:
        models = [model(i, Model(takes=0.1)) for i in "abc"]
        plan = Plan("b", ("c",), strategy="p2c")
        async with fleet(*models) as runtime:
            assert set(await used(runtime, 40, plan)) == {"b", "c"}

    virtual(main())


# The cheapest.


def priced(model_id: str, price: float | None, **settings: object) -> ModelConfig:
    prices = {} if price is None else {"input": price, "output": price}
    return model(model_id, settings.pop("executor", Model()), prices=prices, **settings)


def test_the_cheapest_model_that_can_serve_is_asked_and_then_the_next(virtual: Virtual) -> None:
    async def main() -> None:
        models = [priced("free", None), priced("dear", 9.0), priced("cheap", 1.0)]
        models.append(priced("middle", 5.0, executor=Model(OSError())))
        async with fleet(*models) as runtime:
            result = await runtime.execute(Task("x"), strategy="cheapest")
            assert (outcomes(result), result.fallback_used) == ([("cheap", "success")], False)
            runtime.model("cheap").enter_maintenance()
            result = await runtime.execute(Task("x"), strategy="cheapest")
            assert outcomes(result) == [
                ("cheap", Outcome.REJECTED),
                ("middle", Outcome.FAILURE),
                ("dear", Outcome.SUCCESS),
            ]
            assert result.fallback_used

    virtual(main())


def test_a_plan_goes_by_price_too_and_models_without_a_price_come_last(virtual: Virtual) -> None:
    async def main() -> None:
        models = [priced("unknown", None), priced("dear", 9.0), priced("cheap", 1.0)]
        plan = Plan("unknown", ("dear",), strategy="cheapest")
        async with fleet(*models) as runtime:
            assert await used(runtime, 5, plan) == {"dear": 5}
            runtime.model("dear").trip()
            result = await runtime.execute(Task("x"), plan=plan)
            assert outcomes(result) == [("dear", Outcome.REJECTED), ("unknown", Outcome.SUCCESS)]

    virtual(main())


def test_a_reload_changes_which_model_is_cheapest(virtual: Virtual) -> None:
    async def main() -> None:
        one, other = Model(), Model()
        before = priced("a", 1.0, executor=one), priced("b", 2.0, executor=other)
        after = priced("a", 2.0, executor=one), priced("b", 1.0, executor=other)
        plan = Plan("a", ("b",), strategy="cheapest")
        async with fleet(*before) as runtime:
            first = await runtime.execute(Task("x"), strategy="cheapest")
            await runtime.reload(runtime.config.model_copy(update={"models": after}))
            second = await runtime.execute(Task("x"), strategy="cheapest")
            assert (first.model_used, second.model_used) == ("a", "b")
            assert (await runtime.execute(Task("x"), plan=plan)).model_used == "b"

    virtual(main())


# Sessions.

STICKY = ["weighted", "random", "least_in_flight", "p2c"]


def of_session(number: int = 0) -> Task:
    return Task("x", session=f"chat {number}")


@pytest.mark.parametrize("strategy", STICKY)
def test_the_tasks_of_a_session_go_to_one_model_and_sessions_to_all(
    virtual: Virtual, strategy: str
) -> None:
    async def main() -> None:
        async with fleet(*(model(i, Model()) for i in "abc")) as runtime:
            homes: set[str | None] = set()
            for number in range(30):
                task = of_session(number)
                found = {
                    (await runtime.execute(task, strategy=strategy)).model_used for _ in range(5)
                }
                assert len(found) == 1
                homes |= found
            assert homes == {"a", "b", "c"}

    virtual(main())


def test_given_weights_share_sessions_out(virtual: Virtual) -> None:
    async def main() -> None:
        plan = Plan("a", ("b", "c"), strategy="weighted", weights={"a": 3.0, "b": 1.0})
        async with fleet(*(model(i, Model()) for i in "abc")) as runtime:
            found = await used(runtime, 400, plan, of_session)
            assert found["a"] == pytest.approx(300, abs=50)
            assert found["c"] == 0

    virtual(main())


@pytest.mark.parametrize("strategy", STICKY)
def test_a_session_passes_over_a_model_that_is_out_and_comes_back_to_it(
    virtual: Virtual, strategy: str
) -> None:
    async def main() -> None:
        async with fleet(*(model(i, Model()) for i in "abc"), ramp_up=0.0) as runtime:

            async def home() -> str:
                result = await runtime.execute(of_session(), strategy=strategy)
                assert result.success
                assert not result.fallback_used
                return str(result.model_used)

            first = await home()
            runtime.model(first).enter_maintenance()
            second = await home()
            assert second != first
            assert {await home() for _ in range(5)} == {second}
            runtime.model(first).leave_maintenance()
            assert await home() == first

    virtual(main())


def test_a_session_passes_over_a_full_model(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(
            *(model(i, Model(takes=1.0), bulkhead=narrow()) for i in "abc")
        ) as runtime:
            tasks = [runtime.execute(of_session(), strategy="random") for _ in range(3)]
            results = await asyncio.gather(*tasks)
            assert {result.model_used for result in results} == {"a", "b", "c"}
            assert all(len(result.attempts) == 1 for result in results)

    virtual(main())


@pytest.mark.parametrize("strategy", ["sequential", "cheapest"])
def test_in_an_order_a_session_changes_nothing(virtual: Virtual, strategy: str) -> None:
    async def main() -> None:
        async with fleet(*(model(i, Model()) for i in "abc"), default_strategy=strategy) as runtime:
            assert await used(runtime, 20, make=of_session) == {"a": 20}

    virtual(main())


def test_after_a_failure_a_session_goes_on_to_its_second_model(virtual: Virtual) -> None:
    async def main() -> None:
        models = {i: Model() for i in "abcd"}
        async with fleet(*(model(i, one) for i, one in models.items())) as runtime:
            plan = Plan("a", ("b", "c", "d"), strategy="random")
            first = (await runtime.execute(of_session(), plan=plan)).model_used
            models[str(first)].script[:] = [OSError()]
            found = {(await runtime.execute(of_session(), plan=plan)).model_used for _ in range(3)}
            assert len(found) == 1
            assert first not in found

    virtual(main())
