"""What may wait is done at the loop's next turn, in its order, and in any case."""

from __future__ import annotations

import asyncio
from contextvars import Context

import pytest

from hive_resilience.actors.engine.deferred import MOST, Deferred

from ...conftest import Virtual


def attached() -> Deferred:
    made = Deferred(Context())
    made.attach(asyncio.get_running_loop())
    return made


def test_it_waits_for_the_next_turn_and_keeps_the_order(virtual: Virtual) -> None:
    async def main() -> None:
        done: list[int] = []
        afterwards = attached()
        for number in range(3):
            afterwards.do(done.append, number)
        assert done == []
        await asyncio.sleep(0)
        assert done == [0, 1, 2]

    virtual(main())


def test_it_is_done_at_once_when_somebody_needs_it(virtual: Virtual) -> None:
    async def main() -> None:
        done: list[int] = []
        afterwards = attached()
        afterwards.do(done.append, 1)
        afterwards.finish()
        assert done == [1]
        afterwards.do(done.append, 2)
        await asyncio.sleep(0)
        assert done == [1, 2]

    virtual(main())


def test_only_so_much_waits(virtual: Virtual) -> None:
    async def main() -> None:
        done: list[int] = []
        afterwards = attached()
        for number in range(MOST - 1):
            afterwards.do(done.append, number)
        assert done == []
        afterwards.do(done.append, MOST - 1)
        assert done == list(range(MOST))

    virtual(main())


def test_work_that_fails_is_logged_and_keeps_no_other_from_it(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        done: list[int] = []
        afterwards = attached()
        afterwards.do([].pop)
        afterwards.do(done.append, 1)
        await asyncio.sleep(0)
        assert done == [1]
        assert "pop failed" in caplog.text

    virtual(main())


def test_without_a_loop_and_after_its_end_it_is_done_at_once() -> None:
    done: list[int] = []
    afterwards = Deferred(Context())
    afterwards.do(done.append, 1)
    loop = asyncio.new_event_loop()
    afterwards.attach(loop)
    loop.close()
    afterwards.do(done.append, 2)
    assert done == [1, 2]
