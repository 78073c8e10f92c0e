"""The future of work on another thread's loop: it settles however that loop ends."""

from __future__ import annotations

import asyncio
import sys
from inspect import CORO_CLOSED, getcoroutinestate

import pytest

from hive_resilience.errors import RuntimeClosedError
from hive_resilience.runtime.portal.portal_future import send_to


async def work() -> str:
    return "done"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="work begins at once there")
def test_a_loop_that_cancels_the_work_before_its_first_step_leaves_no_coroutine_behind() -> None:
    loop = asyncio.new_event_loop()
    coroutine = work()
    future = send_to(loop, coroutine)
    loop.call_soon(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    loop.close()

    with pytest.raises(RuntimeClosedError):
        future.result(timeout=5)

    assert getcoroutinestate(coroutine) == CORO_CLOSED
