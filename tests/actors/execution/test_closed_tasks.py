"""A task whose coroutine is closed, not cancelled, as at the end of a program."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine

import pytest

from hive_resilience import Task, TaskResult

from ...conftest import Virtual
from ...fleet_kit import assert_at_rest, fleet, model


@pytest.mark.parametrize("cleans_up", [False, True])
def test_a_task_that_is_closed_instead_of_cancelled_gives_all_back(
    virtual: Virtual, cleans_up: bool
) -> None:
    async def slow(task: Task) -> None:
        try:
            await asyncio.sleep(10.0)
        finally:
            if cleans_up:  # which a coroutine that is closed may not
                await asyncio.sleep(1.0)

    async def main() -> None:
        async with fleet(model("a", slow)) as runtime:
            closed = runtime.execute(Task("x"))
            await asyncio.create_task(_first_step(closed))
            contextvars.Context().run(closed.close)

            assert runtime.snapshot().models["a"].metrics.cancelled == 1
            assert_at_rest(runtime)

    virtual(main())


async def _first_step(work: Coroutine[object, object, TaskResult]) -> None:
    work.send(None)
