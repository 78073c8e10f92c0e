"""Streams at a half-open breaker."""

from __future__ import annotations

import asyncio

from hive_resilience import CircuitBreakerConfig, Task
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import HealthCheckConfig, StreamConfig
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet, model, narrow

from .stream_kit import Streaming, read

QUICK_TO_OPEN = CircuitBreakerConfig(
    failure_threshold=1, recovery_timeout=10.0, success_threshold=2
)


def test_streams_that_last_longer_than_a_call_may_close_the_breaker() -> None:
    async def run() -> None:
        upstream = Streaming(ConnectionError())
        slow = model(
            "m",
            upstream,
            timeout=30.0,
            stream=StreamConfig(idle=300.0),
            circuit_breaker=QUICK_TO_OPEN,
            health_check=HealthCheckConfig(enabled=False),
        )
        async with fleet(slow) as runtime:
            await read(runtime)
            await asyncio.sleep(15.0)
            upstream.script = ("a", 200.0, "b")
            for _ in range(2):
                assert (await read(runtime, Task("prompt", timeout=400.0))).result.success
            assert runtime.snapshot().models["m"].breaker.state is State.CLOSED
            assert_at_rest(runtime)

    run_virtual(run())


def test_a_stream_that_waited_for_its_place_is_a_trial_as_long() -> None:
    async def run() -> None:
        upstream = Streaming(5.0, "a")
        slow = model(
            "m",
            upstream,
            timeout=30.0,
            stream=StreamConfig(idle=300.0),
            bulkhead=narrow(max_queue=1),
            circuit_breaker=CircuitBreakerConfig(recovery_timeout=1.0, success_threshold=1),
            health_check=HealthCheckConfig(enabled=False),
        )
        async with fleet(slow) as runtime:
            before = asyncio.create_task(read(runtime))
            await asyncio.sleep(1.0)
            runtime.model("m").trip()
            await asyncio.sleep(3.0)
            upstream.script = ("a", 200.0, "b")
            assert (await read(runtime, Task("prompt", timeout=400.0))).result.success
            assert (await before).result.success
            assert runtime.snapshot().models["m"].breaker.state is State.CLOSED

    run_virtual(run())
