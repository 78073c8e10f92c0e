"""What a parallel stream does when no model can serve: give up, wait for one, or insist on one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hive_resilience import CircuitBreakerConfig, Runtime, Task
from hive_resilience.errors import AllModelsFailedError
from hive_resilience.testing import run_virtual
from tests.fleet_kit import assert_at_rest, fleet, model

from .stream_kit import Read, Streaming, read

SOON = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)
LATE = CircuitBreakerConfig(recovery_timeout=30.0, recovery_jitter=0.0)


async def shut(runtime: Runtime) -> tuple[Any, Read]:
    """The seconds that a stream takes whose models are all open, and what was read."""
    for model_id in ("a", "b"):
        runtime.model(model_id).trip()
    loop = asyncio.get_running_loop()
    began = loop.time()
    found = await read(runtime, Task("prompt", timeout=60.0), strategy="parallel")
    assert_at_rest(runtime)
    return loop.time() - began, found


def two(a: Streaming, b: Streaming, rule: str) -> Runtime:
    models = model("a", a, circuit_breaker=LATE), model("b", b, circuit_breaker=SOON)
    return fleet(*models, when_none_available=rule)


def test_it_fails_at_once_and_names_all_models() -> None:
    async def run() -> None:
        a, b = Streaming("a"), Streaming("b")
        async with two(a, b, "fail") as runtime:
            took, found = await shut(runtime)
            assert isinstance(found.error, AllModelsFailedError)
            assert (took, a.calls, b.calls) == (0.0, 0, 0)
            assert {record.model_id for record in found.result.attempts} == {"a", "b"}

    run_virtual(run())


def test_it_waits_for_the_first_model_that_is_back() -> None:
    async def run() -> None:
        async with two(Streaming("a"), Streaming("b"), "wait") as runtime:
            took, found = await shut(runtime)
            assert found.chunks == ["b"]
            assert took == pytest.approx(10.0, abs=0.1)

    run_virtual(run())


def test_it_tries_the_model_whose_wait_ends_first_once() -> None:
    async def run() -> None:
        a, b = Streaming("a"), Streaming("b")
        async with two(a, b, "try") as runtime:
            took, found = await shut(runtime)
            assert found.chunks == ["b"]
            assert took == pytest.approx(0.0)
            assert (a.calls, b.calls) == (0, 1)

    run_virtual(run())
