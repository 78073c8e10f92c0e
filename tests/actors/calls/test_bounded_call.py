"""A call with a limit, whatever it does when its time is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from hive_resilience.actors.calls.bounded_call import BoundedCall, LimitReached, ended_from_outside
from hive_resilience.actors.calls.waiting_calls import WaitingCalls
from hive_resilience.errors import RuntimeClosedError

from ...conftest import Virtual

GRACE = 5.0


def bounded(call: Coroutine[Any, Any, Any], limit: float) -> BoundedCall[Any]:
    return BoundedCall(call, asyncio.get_running_loop().time() + limit, GRACE)


def cancelling() -> int:
    this = asyncio.current_task()
    assert this is not None
    return this.cancelling()


async def swallows(log: list[str]) -> None:
    try:
        while True:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                log.append("swallowed")
    finally:
        log.append("closed")


def test_a_call_that_answers_in_time_has_its_answer(virtual: Virtual) -> None:
    async def main() -> None:
        assert await bounded(asyncio.sleep(1, "answer"), 2.0) == "answer"
        assert await bounded(asyncio.sleep(0, "at once"), 2.0) == "at once"

    virtual(main())


def test_the_limit_cancels_the_call_and_leaves_no_cancellation_behind(virtual: Virtual) -> None:
    async def main() -> None:
        with pytest.raises(LimitReached) as reached:
            await bounded(asyncio.sleep(10), 2.0)
        assert (reached.value.abandoned, reached.value.reason) == (False, None)
        assert cancelling() == 0
        await asyncio.sleep(1)

    virtual(main())


@pytest.mark.parametrize("raised", [ValueError(), SystemExit(), GeneratorExit(), StopIteration()])
def test_whatever_a_call_raises_when_it_is_cancelled_the_limit_was_reached(
    virtual: Virtual, raised: BaseException
) -> None:
    async def fails() -> None:
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            raise raised from None

    async def main() -> None:
        with pytest.raises(LimitReached):
            await bounded(fails(), 2.0)
        assert cancelling() == 0

    virtual(main())


def test_a_call_that_ignores_the_limit_is_closed_after_the_grace(virtual: Virtual) -> None:
    async def main() -> None:
        log: list[str] = []
        before = asyncio.get_running_loop().time()
        with pytest.raises(LimitReached) as reached:
            await bounded(swallows(log), 2.0)
        assert reached.value.abandoned
        assert asyncio.get_running_loop().time() - before == pytest.approx(7.0)
        assert log == ["swallowed", "closed"]
        assert cancelling() == 0

    virtual(main())


def test_a_cancellation_that_the_call_ignores_arrives_after_the_grace(virtual: Virtual) -> None:
    async def main() -> None:
        log: list[str] = []

        async def waits() -> None:
            await bounded(swallows(log), 1000.0)

        task = asyncio.create_task(waits())
        await asyncio.sleep(1)
        task.cancel()
        before = asyncio.get_running_loop().time()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.get_running_loop().time() - before == pytest.approx(GRACE)
        assert log[-1] == "closed"

    virtual(main())


def test_a_timeout_inside_the_call_is_not_taken_for_a_cancellation(virtual: Virtual) -> None:
    async def tries_often() -> str:
        for _ in range(5):
            try:
                async with asyncio.timeout(3):
                    await asyncio.sleep(1000)
            except TimeoutError:
                continue
        return "patient"

    async def main() -> None:
        assert await bounded(tries_often(), 100.0) == "patient"

    virtual(main())


def test_two_limits_at_the_same_instant_end_both_calls(virtual: Virtual) -> None:
    async def main() -> None:
        until = asyncio.get_running_loop().time() + 2.0

        async def outer() -> None:
            await BoundedCall(asyncio.sleep(10), until, GRACE)

        with pytest.raises(LimitReached):
            await BoundedCall(outer(), until, GRACE)
        assert cancelling() == 0

    virtual(main())


def test_a_cancellation_at_the_instant_of_the_limit_is_not_lost(virtual: Virtual) -> None:
    async def main() -> None:
        async def waits() -> None:
            await bounded(asyncio.sleep(10), 2.0)

        task = asyncio.create_task(waits())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(2.0, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    virtual(main())


def test_what_is_revoked_ends_with_the_reason(virtual: Virtual) -> None:
    async def main() -> None:
        waiting = WaitingCalls()
        call = BoundedCall(asyncio.sleep(100), 1000.0, GRACE, waiting)

        def revoke() -> None:
            waiting.revoke_all(RuntimeClosedError("stop"))

        asyncio.get_running_loop().call_later(1.0, revoke)
        with pytest.raises(LimitReached) as reached:
            await call
        assert isinstance(reached.value.reason, RuntimeClosedError)
        assert len(waiting) == 0

    virtual(main())


@pytest.mark.parametrize("waits", [0, 1])
def test_a_generator_exit_of_the_calls_own_is_an_ordinary_error(
    virtual: Virtual, waits: int
) -> None:
    async def exits() -> None:
        for _ in range(waits):
            await asyncio.sleep(1)
        raise GeneratorExit

    async def main() -> None:
        with pytest.raises(RuntimeError, match="GeneratorExit"):
            await bounded(exits(), 100.0)

    virtual(main())


def test_closing_the_awaiter_closes_the_call() -> None:
    log: list[BaseException] = []

    async def waits() -> None:
        try:
            await bounded(asyncio.sleep(100), 1000.0)
        except BaseException as raised:
            log.append(raised)
            raise

    async def main() -> None:
        task = asyncio.create_task(waits())
        await asyncio.sleep(0)
        coroutine: Any = task.get_coro()
        coroutine.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert ended_from_outside(log[0])


def test_an_async_generator_is_ended_with_the_call_that_is_left_behind(virtual: Virtual) -> None:
    ended: list[str] = []

    async def stubborn() -> AsyncIterator[str]:
        try:
            while True:
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(1000)
            yield "never"
        finally:
            ended.append("generator")

    async def reads() -> None:
        async for _ in stubborn():
            pass

    async def main() -> None:
        with pytest.raises(LimitReached) as reached:
            await bounded(reads(), 1.0)
        assert reached.value.abandoned
        assert ended == ["generator"]

    virtual(main())
