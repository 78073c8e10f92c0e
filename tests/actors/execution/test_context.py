"""Context variables reach executors; tracebacks lead to the caller."""

from __future__ import annotations

import asyncio
import traceback
from contextvars import ContextVar

import pytest

from hive_resilience import Outcome, Task

from ...conftest import Virtual
from ...fleet_kit import Model, fleet, model

request: ContextVar[str] = ContextVar("request", default="none")


async def reads(task: Task) -> str:
    return request.get()


@pytest.mark.parametrize("strategy", ["sequential", "parallel", "weighted", "random"])
def test_an_executor_sees_its_callers_context(virtual: Virtual, strategy: str) -> None:
    async def main() -> None:
        async with fleet(model("a", reads), model("b", reads)) as runtime:
            request.set("r-1")
            assert (await runtime.execute(Task("x"), strategy=strategy)).value == "r-1"

    virtual(main())


def test_submitted_tasks_see_the_context_of_who_submitted_them() -> None:
    with fleet(model("a", reads)) as runtime:
        token = request.set("r-2")
        future = runtime.submit(Task("x"))
        request.reset(token)
        assert future.result(timeout=10).value == "r-2"


def test_two_tasks_at_once_keep_their_contexts_apart(virtual: Virtual) -> None:
    async def reads_late(task: Task) -> str:
        await asyncio.sleep(1)
        return request.get()

    async def main() -> None:
        async with fleet(model("a", reads_late)) as runtime:

            async def one(name: str) -> object:
                request.set(name)
                return (await runtime.execute(Task("x"))).value

            assert await asyncio.gather(*(one(f"r{n}") for n in range(5))) == [
                f"r{n}" for n in range(5)
            ]

    virtual(main())


def test_an_error_has_the_traceback_from_its_caller_to_its_cause(virtual: Virtual) -> None:
    async def broken_model(task: Task) -> str:
        raise ValueError("broken")

    async def main() -> None:
        async with fleet(model("a", broken_model)) as runtime:

            async def my_own_function() -> object:
                return await runtime.call("a", deep_inside)

            async def deep_inside() -> None:
                raise ValueError("broken")

            with pytest.raises(ValueError, match="broken") as caught:
                await my_own_function()
            names = [frame.name for frame in traceback.extract_tb(caught.tb)]
            assert names[-1] == "deep_inside"
            assert "my_own_function" in names

            result = await runtime.execute(Task("x"))
            record = result.attempts[0]
            assert record.outcome is Outcome.FAILURE
            assert record.error is not None
            told = traceback.extract_tb(record.error.__traceback__)
            assert told[-1].name == "broken_model"

    virtual(main())


def test_a_task_from_another_loop_runs_on_the_runtimes_own() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def notes(task: Task) -> str:
        loops.append(asyncio.get_running_loop())
        return request.get()

    async def elsewhere() -> object:
        request.set("r-3")
        return (await runtime.execute(Task("x"))).value

    with fleet(model("a", notes)) as runtime:
        assert asyncio.run(elsewhere()) == "r-3"
        asyncio.run(elsewhere())
    assert loops[0] is loops[1]


def test_batches_answer_in_the_order_of_their_tasks(virtual: Virtual) -> None:
    async def echoes(task: Task) -> object:
        await asyncio.sleep(10 - task.payload)
        if task.payload == 7:
            raise OSError("seven")
        return task.payload

    async def main() -> None:
        async with fleet(model("a", echoes), model("b", Model(OSError()))) as runtime:
            all_five = await runtime.execute_all(Task(n) for n in range(5))
            assert [result.value for result in all_five] == [0, 1, 2, 3, 4]
            settled = await runtime.execute_settled(Task(n) for n in (6, 7, 8))
            assert [result.success for result in settled] == [True, False, True]
            assert (await runtime.execute_any(Task(n) for n in (1, 7, 5))).value == 5
            with pytest.raises(Exception, match=r"seven|no model"):
                await runtime.execute_all(Task(n) for n in (1, 7))
            assert runtime.snapshot().router.in_flight == 0

    virtual(main())
