"""A model whose code cancels its own task has failed; its caller goes on to the next one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import HealthCheckConfig

from ...conftest import Virtual
from ...fleet_kit import Model, assert_at_rest, fleet, model, outcomes, until
from ..calls.cancelling_calls import FAILING, WAITING, Call, this_task

STRATEGIES = ("sequential", "parallel")


def as_executor(call: Call) -> Callable[[Task], object]:
    async def executor(task: Task) -> object:
        return await call()

    return executor


def as_stream(call: Call) -> Callable[[Task], AsyncIterator[str]]:
    async def chunks(task: Task) -> AsyncIterator[str]:
        await call()
        yield "never"

    return chunks


async def read(runtime: Runtime, strategy: str) -> list[str]:
    async with runtime.stream(Task("x"), strategy=strategy) as stream:
        return [chunk async for chunk in stream]


def failures(runtime: Runtime, model_id: str) -> int:
    return runtime.snapshot().models[model_id].breaker.failures_in_row


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("call", FAILING)
def test_an_executor_that_cancels_itself_has_failed_and_another_model_answers(
    virtual: Virtual, call: Call, strategy: str
) -> None:
    async def main() -> None:
        async with fleet(model("a", as_executor(call)), model("b", Model(takes=10.0))) as runtime:
            result = await runtime.execute(Task("x"), strategy=strategy)
            assert ("b", "success") in outcomes(result)
            assert failures(runtime, "a") == 1
            assert this_task().cancelling() == 0
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("call", FAILING)
def test_a_stream_that_cancels_itself_has_failed_and_another_model_streams(
    virtual: Virtual, call: Call, strategy: str
) -> None:
    async def main() -> None:
        async with fleet(model("a", as_stream(call)), model("b", Model(takes=10.0))) as runtime:
            assert await read(runtime, strategy) == ["answer"]
            assert failures(runtime, "a") == 1
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("call", WAITING)
def test_a_caller_that_cancels_ends_the_call_and_no_other_model_is_asked(
    virtual: Virtual, call: Call, strategy: str
) -> None:
    async def main() -> None:
        spare = Model(takes=10.0)
        async with fleet(model("a", as_executor(call)), model("b", spare)) as runtime:
            caller = asyncio.create_task(runtime.execute(Task("x"), strategy=strategy))
            await asyncio.sleep(1.0)
            caller.cancel()
            await asyncio.wait([caller])
            assert caller.cancelled()
            assert spare.calls == (strategy == "parallel")
            assert failures(runtime, "a") == 0
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_a_reader_that_leaves_ends_the_stream_and_it_counts_as_nothing(
    virtual: Virtual, call: Call
) -> None:
    async def main() -> None:
        async with fleet(model("a", as_stream(call))) as runtime:
            reader = asyncio.create_task(read(runtime, "sequential"))
            await asyncio.sleep(1.0)
            reader.cancel()
            await asyncio.wait([reader])
            assert reader.cancelled()
            assert failures(runtime, "a") == 0
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_a_loser_of_a_race_counts_as_nothing_whatever_it_makes_of_that(
    virtual: Virtual, call: Call
) -> None:
    async def main() -> None:
        async with fleet(model("a", as_executor(call)), model("b", Model(takes=1.0))) as runtime:
            result = await runtime.execute(Task("x"), strategy="parallel")
            assert result.model_used == "b"
            await until(lambda: runtime.snapshot().models["a"].metrics.cancelled == 1)
            assert failures(runtime, "a") == 0
            assert_at_rest(runtime)

    virtual(main())


@pytest.mark.parametrize("call", FAILING)
def test_a_health_check_that_cancels_itself_has_failed_and_the_next_one_comes(
    virtual: Virtual, call: Call
) -> None:
    class Checked(Model):
        checks = 0

        async def check_health(self) -> None:
            self.checks += 1
            if self.checks < 4:
                await call()

    async def main() -> None:
        checked = Checked()
        health = HealthCheckConfig(interval=1.0, timeout=0.5, retries=0)
        async with fleet(model("a", checked, health_check=health)) as runtime:
            await until(lambda: runtime.snapshot().models["a"].status == "unavailable")
            await until(lambda: runtime.snapshot().models["a"].status == "available")
            assert checked.checks >= 4
            assert runtime.snapshot().models["a"].breaker.state is State.CLOSED

    virtual(main())
