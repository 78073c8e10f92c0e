"""Several tasks at once: what is not needed any more ends at once."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Task
from hive_resilience.errors import AllModelsFailedError

from ..conftest import Virtual
from ..fleet_kit import assert_at_rest, fleet, model


class Takes:
    """Takes as many seconds as the payload says; fails after none."""

    def __init__(self) -> None:
        self.cancelled: list[float] = []

    async def __call__(self, task: Task) -> float:
        if not task.payload:
            raise ConnectionError("down")
        try:
            await asyncio.sleep(task.payload)
        except asyncio.CancelledError:
            self.cancelled.append(task.payload)
            raise
        return float(task.payload)


def test_the_first_success_of_any_cancels_the_others(virtual: Virtual) -> None:
    async def main() -> None:
        takes = Takes()
        async with fleet(model("a", takes)) as runtime:
            first = await runtime.execute_any(Task(seconds) for seconds in (0, 9.0, 2.0, 8.0))

            assert first.value == 2.0
            assert asyncio.get_running_loop().time() == 2.0
            assert sorted(takes.cancelled) == [8.0, 9.0]
            assert_at_rest(runtime)

    virtual(main())


def test_the_first_failure_of_all_cancels_the_others(virtual: Virtual) -> None:
    async def main() -> None:
        takes = Takes()
        async with fleet(model("a", takes)) as runtime:
            with pytest.raises(AllModelsFailedError):
                await runtime.execute_all(Task(seconds) for seconds in (9.0, 0, 8.0))

            assert asyncio.get_running_loop().time() == 0.0
            assert sorted(takes.cancelled) == [8.0, 9.0]
            assert_at_rest(runtime)

    virtual(main())


def test_a_batch_that_is_cancelled_cancels_its_tasks(virtual: Virtual) -> None:
    async def main() -> None:
        takes = Takes()
        async with fleet(model("a", takes)) as runtime:
            batch = asyncio.create_task(runtime.execute_settled([Task(9.0), Task(8.0)]))
            await asyncio.sleep(1.0)
            batch.cancel()
            with pytest.raises(asyncio.CancelledError):
                await batch

            assert sorted(takes.cancelled) == [8.0, 9.0]
            assert_at_rest(runtime)

    virtual(main())
