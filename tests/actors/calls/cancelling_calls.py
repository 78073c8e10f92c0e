"""Calls that cancel their own task, one way or another, and fail; and calls that only wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio

Call = Callable[[], Awaitable[object]]

LONG = 100.0


def this_task() -> asyncio.Task[object]:
    this = asyncio.current_task()
    assert this is not None
    return this


async def breaks() -> None:
    await asyncio.sleep(0.01)
    raise ConnectionError("a part failed")


async def group_that_waits_at_its_end() -> None:
    """On 3.11 and 3.12 it leaves its request to cancel on the task."""
    async with asyncio.TaskGroup() as group:
        group.create_task(breaks())


async def group_that_waits_in_its_body() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(breaks())
        await asyncio.sleep(LONG)


async def group_with_more_members() -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(breaks())
        group.create_task(asyncio.sleep(LONG))


async def groups_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(group_that_waits_at_its_end())
        await group_that_waits_at_its_end()


async def group_whose_failure_becomes_another() -> None:
    try:
        await group_that_waits_at_its_end()
    except ExceptionGroup:
        raise ConnectionError("told otherwise") from None


async def group_under_a_timeout() -> None:
    async with asyncio.timeout(LONG):
        await group_that_waits_at_its_end()


async def anyio_group() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(breaks)


async def anyio_group_that_waits_in_its_body() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(breaks)
        await anyio.sleep(LONG)


async def anyio_timeout() -> None:
    with anyio.fail_after(0.01):
        await anyio.sleep(LONG)


async def timeout() -> None:
    async with asyncio.timeout(0.01):
        await asyncio.sleep(LONG)


async def timer_that_takes_nothing_back() -> None:
    """As timeouts were written before Python could take a request back."""
    asyncio.get_running_loop().call_later(0.01, this_task().cancel)
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        raise TimeoutError("the client gave up") from None


async def child_that_cancels_its_parent() -> None:
    parent = this_task()

    async def child() -> None:
        await asyncio.sleep(0.01)
        parent.cancel()

    running = asyncio.ensure_future(child())
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        raise ConnectionError("cancelled by its child") from None
    finally:
        await running


async def child_whose_request_comes_through() -> None:
    asyncio.get_running_loop().call_later(0.01, this_task().cancel)
    await asyncio.sleep(LONG)


async def request_of_its_own_that_it_swallows() -> None:
    this_task().cancel()
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        raise ConnectionError("swallowed") from None


async def request_that_it_swallows_without_waiting_for_anything() -> None:
    this_task().cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        raise ConnectionError("swallowed") from None


async def cancellation_out_of_nothing() -> None:
    raise asyncio.CancelledError


async def cancellation_after_a_wait() -> None:
    await asyncio.sleep(0.01)
    raise asyncio.CancelledError


async def future_that_somebody_cancels() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.cancel)
    await future


async def exit_from_the_program() -> None:
    await asyncio.sleep(0.01)
    raise SystemExit(3)


async def exit_from_a_member_of_a_group() -> None:
    async def leaves() -> None:
        async with asyncio.timeout(LONG):
            await cancellation_after_a_wait()

    async with asyncio.TaskGroup() as group:
        await group.create_task(leaves())


FAILING: list[Call] = [
    group_that_waits_at_its_end,
    group_that_waits_in_its_body,
    group_with_more_members,
    groups_in_a_group,
    group_whose_failure_becomes_another,
    group_under_a_timeout,
    anyio_group,
    anyio_group_that_waits_in_its_body,
    anyio_timeout,
    timeout,
    timer_that_takes_nothing_back,
    child_that_cancels_its_parent,
    child_whose_request_comes_through,
    request_of_its_own_that_it_swallows,
    request_that_it_swallows_without_waiting_for_anything,
    cancellation_out_of_nothing,
    cancellation_after_a_wait,
    future_that_somebody_cancels,
    exit_from_the_program,
    exit_from_a_member_of_a_group,
]
"""None of them was cancelled by its caller: each is a failure of its own."""


async def group_of_waiting_members() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(LONG))
        await asyncio.sleep(LONG)


async def group_whose_member_fails_when_it_is_cancelled() -> None:
    async def fails() -> None:
        try:
            await asyncio.sleep(LONG)
        except asyncio.CancelledError:
            raise ConnectionError("closed") from None

    async with asyncio.TaskGroup() as group:
        group.create_task(fails())


async def anyio_group_of_waiting_members() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, LONG)
        await anyio.sleep(LONG)


async def wait_after_a_group_that_failed() -> None:
    for fails in (group_that_waits_at_its_end, timer_that_takes_nothing_back):
        try:
            await fails()
        except (ExceptionGroup, TimeoutError):
            continue
    await asyncio.sleep(LONG)


async def error_made_of_the_cancellation() -> None:
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        raise ConnectionError("closed") from None


async def exit_made_of_the_cancellation() -> None:
    try:
        await asyncio.sleep(LONG)
    except asyncio.CancelledError:
        raise SystemExit from None


async def wait_under_timeouts() -> None:
    async with asyncio.timeout(LONG), asyncio.timeout(LONG):
        await asyncio.wait_for(asyncio.sleep(LONG), LONG)


WAITING: list[Call] = [
    group_of_waiting_members,
    group_whose_member_fails_when_it_is_cancelled,
    anyio_group_of_waiting_members,
    wait_after_a_group_that_failed,
    error_made_of_the_cancellation,
    exit_made_of_the_cancellation,
    wait_under_timeouts,
]
"""Each is still under way after a second, and ends soon once its caller cancels it."""


async def answers_in_spite_of_its_group() -> str:
    try:
        await group_that_waits_at_its_end()
    except ExceptionGroup:
        return "answer"
    return "never"


async def answers_in_spite_of_its_timer() -> str:
    try:
        await timer_that_takes_nothing_back()
    except TimeoutError:
        return "answer"
    return "never"


async def answers_in_spite_of_its_own_request() -> str:
    try:
        await request_of_its_own_that_it_swallows()
    except ConnectionError:
        return "answer"
    return "never"


ANSWERING: list[Callable[[], Awaitable[str]]] = [
    answers_in_spite_of_its_group,
    answers_in_spite_of_its_timer,
    answers_in_spite_of_its_own_request,
]
"""Each answers, and would leave a request to cancel on its task."""
