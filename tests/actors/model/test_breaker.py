"""A circuit breaker through the runtime, from its first failure to its recovery."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import ModelStatus, Outcome, Runtime, Task
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.errors import CircuitBreakerError, ModelAuthenticationError, RateLimitedError
from hive_resilience.events import CircuitChanged

from ...conftest import Virtual
from ...fleet_kit import STEADY, Model, assert_at_rest, fleet, model, narrow, outcomes

EXACT = {"recovery_jitter": 0.0}


def state(runtime: Runtime, model_id: str = "a") -> State:
    return runtime.snapshot().models[model_id].breaker.state


async def fail(runtime: Runtime, times: int) -> None:
    for _ in range(times):
        await runtime.execute(Task("x"))


def test_five_failures_in_a_row_open_it_and_then_nobody_is_called(virtual: Virtual) -> None:
    async def main() -> None:
        down = Model(ConnectionError())
        async with fleet(model("a", down)) as runtime:
            await fail(runtime, 4)
            assert state(runtime) is State.CLOSED
            await fail(runtime, 1)
            assert state(runtime) is State.OPEN
            result = await runtime.execute(Task("x"))
            assert down.calls == 5
            assert outcomes(result) == [("a", Outcome.REJECTED)]
            assert isinstance(result.attempts[0].error, CircuitBreakerError)
            assert result.circuit_breaker_triggered
            assert runtime.model("a").status() is ModelStatus.UNAVAILABLE

    virtual(main())


def test_retries_end_when_the_breaker_opens(virtual: Virtual) -> None:
    async def main() -> None:
        down = Model(ConnectionError())
        configs = (model("a", down, retry=STEADY, circuit_breaker={"failure_threshold": 2}),)
        async with fleet(*configs) as runtime:
            result = await runtime.execute(Task("x"))
            assert down.calls == 2
            assert not result.success
            assert result.circuit_breaker_triggered

    virtual(main())


def test_trials_are_limited_and_three_in_a_row_close_it(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(*[ConnectionError()] * 5, "fine", takes=1.0)
        async with fleet(model("a", one, circuit_breaker=EXACT)) as runtime:
            await fail(runtime, 5)
            await asyncio.sleep(59)
            assert not (await runtime.execute(Task("x"))).success
            await asyncio.sleep(1.1)
            assert state(runtime) is State.HALF_OPEN
            both = await asyncio.gather(*(runtime.execute(Task("x")) for _ in range(3)))
            # The trials are out: the others wait, and are the next trials.
            assert sorted(result.execution_time for result in both) == [1.0, 2.0, 3.0]
            assert one.calls == 8
            assert state(runtime) is State.CLOSED
            assert_at_rest(runtime)

    virtual(main())


def test_a_trial_that_fails_doubles_the_wait(virtual: Virtual) -> None:
    async def main() -> None:
        down = Model(ConnectionError())
        async with fleet(model("a", down, circuit_breaker=EXACT)) as runtime:
            await fail(runtime, 5)
            await asyncio.sleep(60)
            await fail(runtime, 1)
            assert (down.calls, state(runtime)) == (6, State.OPEN)
            await asyncio.sleep(119)
            assert state(runtime) is State.OPEN
            await asyncio.sleep(1)
            assert state(runtime) is State.HALF_OPEN

    virtual(main())


def test_a_trial_that_hangs_does_not_keep_it_half_open_for_ever(virtual: Virtual) -> None:
    async def main() -> None:
        hangs = Model(takes=1e6)
        async with fleet(model("a", hangs, timeout=10.0, circuit_breaker=EXACT)) as runtime:
            runtime.model("a").trip()
            await asyncio.sleep(60)
            await fail(runtime, 1)
            assert (hangs.calls, state(runtime)) == (1, State.OPEN)
            assert_at_rest(runtime)

    virtual(main())


def test_a_result_from_before_the_break_counts_for_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model("old", takes=25.0)
        async with fleet(model("a", slow)) as runtime:
            old = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            runtime.model("a").trip()
            assert (await old).value == "old"
            assert state(runtime) is State.OPEN
            assert runtime.snapshot().models["a"].metrics.stale == 1

    virtual(main())


def test_each_transition_is_told_once() -> None:
    told: list[CircuitChanged] = []
    quick = {"recovery_timeout": 0.02, "recovery_jitter": 0.0, "success_threshold": 1}

    async def main() -> None:
        one = Model(*[ConnectionError()] * 5, "fine")
        async with fleet(model("a", one, circuit_breaker=quick)) as runtime:
            runtime.subscribe(told.append, CircuitChanged)
            await fail(runtime, 8)
            await asyncio.sleep(0.03)
            await fail(runtime, 3)

    asyncio.run(main())
    moves = [(event.before, event.after, event.reason) for event in told]
    assert moves == [
        (State.CLOSED, State.OPEN, "failure_run"),
        (State.OPEN, State.HALF_OPEN, "wait_over"),
        (State.HALF_OPEN, State.CLOSED, "trials_passed"),
    ]
    assert told[0].open_for == pytest.approx(0.02)


def test_a_refused_key_opens_it_at_once_and_is_not_retried(virtual: Virtual) -> None:
    async def main() -> None:
        refused = Model(ModelAuthenticationError("wrong key"))
        async with fleet(model("a", refused, retry=STEADY), model("b", Model())) as runtime:
            result = await runtime.execute(Task("x"))
            assert result.model_used == "b"
            assert (refused.calls, state(runtime)) == (1, State.OPEN)

    virtual(main())


def test_a_429_parks_the_model_until_its_retry_after(virtual: Virtual) -> None:
    async def main() -> None:
        busy = Model(RateLimitedError("slowly", retry_after=40.0), "again")
        async with fleet(model("a", busy), model("b", Model())) as runtime:
            await fail(runtime, 1)
            await asyncio.sleep(39)
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.REJECTED), ("b", Outcome.SUCCESS)]
            assert isinstance(result.attempts[0].error, RateLimitedError)
            assert result.attempts[0].error.retry_after == pytest.approx(1.0)
            assert state(runtime) is State.CLOSED
            await asyncio.sleep(1)
            assert (await runtime.execute(Task("x"))).model_used == "a"

    virtual(main())


def test_a_retry_waits_for_the_retry_after(virtual: Virtual) -> None:
    async def main() -> None:
        busy = Model(RateLimitedError("slowly", retry_after=7.0), "again")
        async with fleet(model("a", busy, retry=STEADY)) as runtime:
            result = await runtime.execute(Task("x"))
            assert outcomes(result) == [("a", Outcome.FAILURE), ("a", Outcome.SUCCESS)]
            assert busy.asked_at[1] - busy.asked_at[0] == pytest.approx(7.0)

    virtual(main())


def test_what_the_bulkhead_refuses_counts_as_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        async with fleet(model("a", Model(takes=5.0), bulkhead=narrow())) as runtime:
            holder = asyncio.create_task(runtime.execute(Task("x")))
            await asyncio.sleep(1)
            await fail(runtime, 20)
            assert state(runtime) is State.CLOSED
            await holder
            assert runtime.snapshot().models["a"].breaker.calls == 1

    virtual(main())
