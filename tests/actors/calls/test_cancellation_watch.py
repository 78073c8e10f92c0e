"""Who asked decides what a cancellation means: a call that cancels itself cancels no caller."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from math import inf
from typing import Any

import pytest

from hive_resilience.actors.calls.bounded_call import BoundedCall, CancelledByItself, LimitReached
from hive_resilience.actors.calls.scope import call_scope

from ...conftest import Virtual
from .cancelling_calls import (
    ANSWERING,
    FAILING,
    LONG,
    WAITING,
    Call,
    group_that_waits_at_its_end,
    this_task,
    timer_that_takes_nothing_back,
)

GRACE = 5.0


async def under_way(call: Call, limit: float = 10 * LONG) -> object:
    """Await `call` as the runtime does, in a scope of its own."""
    until = asyncio.get_running_loop().time() + limit
    scope = (inf, call_scope.get())
    token = call_scope.set(scope)
    try:
        return await BoundedCall(_coroutine(call), until, GRACE, scope=scope)
    finally:
        call_scope.reset(token)


async def _coroutine(call: Call) -> object:
    return await call()


async def ended(call: Awaitable[object]) -> BaseException | None:
    try:
        await call
    except BaseException as error:
        return error
    return None


@pytest.mark.parametrize("call", FAILING)
def test_what_cancels_itself_fails_and_leaves_its_task_alone(virtual: Virtual, call: Call) -> None:
    async def main() -> None:
        error = await ended(under_way(call))
        assert not isinstance(error, asyncio.CancelledError | LimitReached | None)
        assert this_task().cancelling() == 0
        await asyncio.sleep(1)

    virtual(main())


@pytest.mark.parametrize("call", ANSWERING)
def test_what_cancels_itself_and_answers_leaves_its_task_alone(
    virtual: Virtual, call: Callable[[], Awaitable[str]]
) -> None:
    async def main() -> None:
        assert await under_way(call) == "answer"
        assert this_task().cancelling() == 0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.sleep(2)

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_a_caller_that_cancels_is_cancelled(virtual: Virtual, call: Call) -> None:
    async def main() -> None:
        task = asyncio.create_task(under_way(call))
        await asyncio.sleep(1)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_a_timeout_of_the_caller_ends_the_call_and_is_a_timeout(
    virtual: Virtual, call: Call
) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await under_way(call)
        assert this_task().cancelling() == 0

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_a_group_of_the_caller_ends_the_call_as_its_own(virtual: Virtual, call: Call) -> None:
    async def fails() -> None:
        await asyncio.sleep(1)
        raise ValueError("another member")

    async def main() -> None:
        seen: list[BaseException | None] = []

        async def caller() -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                seen.append(await ended(under_way(call)))

        with pytest.raises(ExceptionGroup, match="unhandled") as caught:
            await caller()
        assert [type(one) for one in seen] == [asyncio.CancelledError]
        assert caught.group_contains(ValueError, match="another member")

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_the_limit_of_a_call_cancels_its_caller_in_no_case(virtual: Virtual, call: Call) -> None:
    async def main() -> None:
        assert isinstance(await ended(under_way(call, 1.0)), LimitReached)
        assert this_task().cancelling() == 0

    virtual(main())


@pytest.mark.parametrize("call", WAITING)
def test_the_limit_of_a_call_inside_is_a_failure_of_the_call_round_it(
    virtual: Virtual, call: Call
) -> None:
    async def nested() -> None:
        try:
            await under_way(call, 1.0)
        except LimitReached:
            await group_that_waits_at_its_end()

    async def main() -> None:
        assert isinstance(await ended(under_way(nested)), ExceptionGroup)
        assert this_task().cancelling() == 0

    virtual(main())


def test_what_the_outer_call_starts_is_the_caller_of_the_inner_one(virtual: Virtual) -> None:
    seen: list[BaseException | None] = []

    async def outer() -> None:
        async with asyncio.timeout(1):
            seen.append(await ended(under_way(lambda: asyncio.sleep(LONG))))

    async def main() -> None:
        assert isinstance(await ended(under_way(outer)), TimeoutError | None)
        assert [type(one) for one in seen] == [asyncio.CancelledError]
        assert this_task().cancelling() == 0

    virtual(main())


def test_what_the_inner_call_starts_is_a_part_of_the_outer_one_too(virtual: Virtual) -> None:
    async def outer() -> None:
        await under_way(timer_that_takes_nothing_back)

    async def main() -> None:
        assert isinstance(await ended(under_way(outer)), TimeoutError)
        assert this_task().cancelling() == 0

    virtual(main())


def test_a_caller_that_cancels_in_the_pass_of_the_calls_own_failure_is_cancelled(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        task = asyncio.create_task(under_way(group_that_waits_at_its_end))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.01, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()

    virtual(main())


def test_an_own_cancelled_error_names_itself_and_its_cause(virtual: Virtual) -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError("mine")

    async def main() -> None:
        error = await ended(under_way(cancelled))
        assert isinstance(error, CancelledByItself)
        assert repr(error.__cause__) == "CancelledError('mine')"

    virtual(main())


def test_a_request_while_the_call_runs_is_the_callers_where_it_comes_through(
    virtual: Virtual,
) -> None:
    # As that of a signal handler, which runs on top of the call's code.
    async def main() -> None:
        async def interrupted() -> None:
            this_task().cancel()
            await asyncio.sleep(LONG)

        task = asyncio.create_task(under_way(interrupted))
        await asyncio.wait([task])
        assert task.cancelled()

    virtual(main())


def test_a_caller_cancels_a_call_that_gives_up_its_turn_and_waits_for_nothing() -> None:
    async def turns() -> None:
        for _ in range(1_000):
            await asyncio.sleep(0)

    async def main() -> None:
        task = asyncio.create_task(under_way(turns))
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())


def test_a_request_that_came_before_is_none_of_the_calls(virtual: Virtual) -> None:
    async def main() -> None:
        async def cleans_up() -> None:
            try:
                await asyncio.sleep(LONG)
            finally:
                error = await ended(under_way(group_that_waits_at_its_end))
                assert isinstance(error, ExceptionGroup)
                assert this_task().cancelling() == 1

        task = asyncio.create_task(cleans_up())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    virtual(main())


def test_calls_may_wait_for_the_same_future(virtual: Virtual) -> None:
    async def main() -> None:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def answer() -> str:
            return await future

        asyncio.get_running_loop().call_later(1.0, future.set_result, "answer")
        found = await asyncio.gather(under_way(answer), under_way(answer), future)
        assert list(found) == ["answer"] * 3

    virtual(main())


def test_asyncio_says_what_is_wrong_with_what_a_call_waits_for(virtual: Virtual) -> None:
    class Nonsense:
        def __await__(self) -> Generator[Any, None, None]:
            yield "nonsense"

    async def itself() -> None:
        await this_task()

    other = asyncio.new_event_loop()
    elsewhere: asyncio.Future[None] = other.create_future()
    other.close()

    async def main() -> None:
        for call, told in (
            (lambda: Nonsense(), "Task got bad yield: 'nonsense'"),
            (lambda: elsewhere, "attached to a different loop"),
            (itself, "Task cannot await on itself"),
        ):
            with pytest.raises(RuntimeError, match=told):
                await under_way(call)

    virtual(main())
