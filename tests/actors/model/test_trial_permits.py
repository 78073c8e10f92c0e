"""A trial that never becomes a call gives its permit back, and what it took of a rate."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import CircuitBreakerConfig, Runtime, Task, TaskResult
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import BulkheadConfig, RateLimitConfig
from hive_resilience.errors import BulkheadFullError, RateLimitedError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, narrow, until

BREAKER = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)


async def half_open(runtime: Runtime) -> None:
    runtime.model("a").trip()
    await asyncio.sleep(10.0)
    assert runtime.model("a").snapshot().breaker.state is State.HALF_OPEN


def refusal(result: TaskResult) -> BaseException | None:
    return result.attempts[0].error


def trials_out(runtime: Runtime) -> int:
    return runtime.model("a").snapshot().breaker.trials_out


def test_a_trial_that_finds_no_place_is_not_out(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=15.0)
        async with fleet(model("a", slow, circuit_breaker=BREAKER, bulkhead=narrow())) as runtime:
            early = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: slow.running)
            await half_open(runtime)

            assert isinstance(refusal(await runtime.execute(Task("x"))), BulkheadFullError)
            assert trials_out(runtime) == 0
            await early
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_trial_that_the_rate_limit_refuses_is_not_out(virtual: Virtual) -> None:
    async def main() -> None:
        rate = RateLimitConfig(requests_per_minute=1)
        async with fleet(model("a", Model(), circuit_breaker=BREAKER, rate_limit=rate)) as runtime:
            await runtime.execute(Task("x"))
            await half_open(runtime)

            assert isinstance(refusal(await runtime.execute(Task("x"))), RateLimitedError)
            assert trials_out(runtime) == 0
            await asyncio.sleep(50.0)
            assert (await runtime.execute(Task("x"))).success

    virtual(main())


@pytest.mark.parametrize("max_queue", [0, 1])
def test_what_finds_no_place_takes_nothing_of_the_rate(virtual: Virtual, max_queue: int) -> None:
    async def main() -> None:
        rate = RateLimitConfig(requests_per_minute=2)
        slow = Model(takes=5.0)
        places = BulkheadConfig(max_concurrent=1, max_queue=max_queue)
        async with fleet(model("a", slow, bulkhead=places, rate_limit=rate)) as runtime:
            early = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: slow.running)
            late = await runtime.execute(Task("x", timeout=1.0))

            assert not late.success
            await early
            assert (await runtime.execute(Task("x"))).success
            assert_at_rest(runtime)

    virtual(main())


def test_a_trial_from_the_line_that_the_rate_limit_refuses_is_not_out(virtual: Virtual) -> None:
    async def main() -> None:
        slow = Model(takes=70.0)
        one = model(
            "a",
            slow,
            timeout=100.0,
            circuit_breaker=BREAKER,
            bulkhead=narrow(2),
            rate_limit=RateLimitConfig(requests_per_minute=1),
        )
        async with fleet(one) as runtime:
            early = asyncio.create_task(runtime.execute(Task("x")))
            await until(lambda: slow.running)
            slow.takes = 1.0
            await asyncio.sleep(55.0)
            await half_open(runtime)
            served, refused = await asyncio.gather(*(runtime.execute(Task("x")) for _ in range(2)))
            await early

            assert served.success
            assert isinstance(refusal(refused), RateLimitedError)
            assert trials_out(runtime) == 0
            assert_at_rest(runtime)

    virtual(main())
