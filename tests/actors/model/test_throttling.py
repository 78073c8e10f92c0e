"""Calls that a model would refuse are not made, by priority."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import ModelConfig, Task
from hive_resilience.config import BulkheadConfig
from hive_resilience.errors import ThrottledError

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, outcomes
from .load_kit import BUSY, STEADY, reasons, start


def throttled(model_id: str, executor: Model, **settings: object) -> ModelConfig:
    return model(model_id, executor, circuit_breaker=STEADY, throttle={"enabled": True}, **settings)


def test_a_model_that_refuses_all_gets_a_tenth_of_its_calls_in_the_end(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(BUSY)
        async with fleet(throttled("a", one), model("b", Model())) as runtime:
            results = [await runtime.execute(Task(n)) for n in range(400)]
            assert all(result.success for result in results)
            refused = reasons(runtime)["throttled"]
            assert refused + one.calls == 400
            assert one.calls < 80
            assert reasons(runtime, "b").get("throttled") is None
            told = [r.attempts[0] for r in results if r.attempts[0].number == 0]
            assert len(told) == refused
            assert all(isinstance(record.error, ThrottledError) for record in told)
            assert outcomes(results[-1])[-1] == ("b", "success")
            assert_at_rest(runtime)

    virtual(main())


def test_a_priority_is_throttled_by_its_own_acceptance(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(BUSY)
        async with fleet(throttled("a", one)) as runtime:
            for n in range(100):
                await runtime.execute(Task(n, priority="low"))
            one.script[:] = ["answer"]
            results = [await runtime.execute(Task(n, priority="high")) for n in range(50)]
            assert all(result.success for result in results)

    virtual(main())


def test_long_calls_under_way_throttle_nothing(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(takes=25.0)
        async with fleet(throttled("a", one)) as runtime:
            results = await asyncio.gather(*start(runtime, 90))
            assert all(result.success for result in results)
            assert one.calls == 90

    virtual(main())


def test_calls_from_the_line_count_as_well(virtual: Virtual) -> None:
    async def main() -> None:
        one = Model(BUSY, takes=1.0)
        config = throttled("a", one, bulkhead=BulkheadConfig(max_concurrent=1))
        async with fleet(config) as runtime:
            await asyncio.gather(*start(runtime, 20))
            assert one.calls == 20
            share = runtime._fleet.member("a").state.load.throttle
            assert share is not None
            assert share.share(1, runtime._fleet.engine.now()) == pytest.approx(0.9, abs=0.06)

    virtual(main())
