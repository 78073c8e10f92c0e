"""A function that cancels its own task has failed, at a guard and in `retry` as in a runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hive_resilience import CircuitBreakerGuard, RetryConfig, retry
from hive_resilience.errors import CircuitBreakerError, ModelUnavailableError

from ...actors.calls.cancelling_calls import (
    ANSWERING,
    FAILING,
    WAITING,
    Call,
    cancellation_after_a_wait,
    exit_from_the_program,
    this_task,
)
from ...conftest import Virtual
from .guard_kit import LIMITED, SETTINGS
from .retry_kit import PLAIN

GUARDS = {"without a limit": SETTINGS, "with a limit": LIMITED}


def guard_of(settings: str) -> CircuitBreakerGuard:
    return CircuitBreakerGuard(GUARDS[settings], name="search")


async def async_(call: Call) -> object:
    return await call()


@pytest.mark.parametrize("settings", GUARDS)
@pytest.mark.parametrize("call", FAILING)
def test_a_guarded_call_that_cancels_itself_counts_and_leaves_its_caller_alone(
    virtual: Virtual, call: Call, settings: str
) -> None:
    async def main() -> None:
        guard = guard_of(settings)
        for _ in range(2):
            with pytest.raises((Exception, BaseExceptionGroup)) as caught:
                await guard.execute(async_, call)
            assert not isinstance(caught.value, asyncio.CancelledError)
        assert guard.state == "open"
        assert this_task().cancelling() == 0
        with pytest.raises(CircuitBreakerError):
            await guard.execute(async_, call)

    virtual(main())


@pytest.mark.parametrize("settings", GUARDS)
@pytest.mark.parametrize("call", WAITING)
def test_a_guarded_call_that_its_caller_cancels_counts_as_nothing(
    virtual: Virtual, call: Call, settings: str
) -> None:
    async def main() -> None:
        guard = guard_of(settings)
        task = asyncio.create_task(guard.execute(async_, call))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert guard.snapshot().calls == 0

    virtual(main())


@pytest.mark.parametrize("call", ANSWERING)
def test_a_guarded_call_leaves_no_request_on_its_task(
    virtual: Virtual, call: Callable[[], Awaitable[str]]
) -> None:
    async def main() -> None:
        assert await guard_of("without a limit").execute(async_, call) == "answer"
        assert this_task().cancelling() == 0

    virtual(main())


@pytest.mark.parametrize("timeout", [None, 50.0])
@pytest.mark.parametrize("call", FAILING)
def test_a_retried_call_that_cancels_itself_is_tried_again(
    virtual: Virtual, call: Call, timeout: float | None
) -> None:
    calls = 0

    async def once() -> str:
        nonlocal calls
        calls += 1
        if calls == 1:
            await call()
        return "answer"

    async def main() -> None:
        all_errors = RetryConfig(max_retries=1, retryable_errors=[Exception])
        found = await retry(once, all_errors, timeout=timeout)
        assert (found, calls) == ("answer", 2)
        assert this_task().cancelling() == 0

    virtual(main())


@pytest.mark.parametrize("timeout", [None, 500.0])
@pytest.mark.parametrize("call", WAITING)
def test_a_retried_call_that_its_caller_cancels_is_not_tried_again(
    virtual: Virtual, call: Call, timeout: float | None
) -> None:
    calls = 0

    async def counted() -> object:
        nonlocal calls
        calls += 1
        return await call()

    async def main() -> None:
        task = asyncio.create_task(retry(counted, PLAIN, timeout=timeout))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert calls == 1

    virtual(main())


@pytest.mark.parametrize("call", [exit_from_the_program, cancellation_after_a_wait])
def test_what_ends_nothing_but_the_call_is_a_failure_like_that_of_a_model(
    virtual: Virtual, call: Call
) -> None:
    async def main() -> None:
        guard = guard_of("without a limit")
        makers: list[Callable[[], Awaitable[object]]] = [
            lambda: guard.execute(call),
            lambda: retry(call, RetryConfig()),
        ]
        for make in makers:
            with pytest.raises(Exception, match=r"raised (SystemExit|CancelledError)") as caught:
                await make()
            error = getattr(caught.value, "last_error", caught.value)
            assert isinstance(error, ModelUnavailableError)
            assert isinstance(error.__cause__, SystemExit | asyncio.CancelledError)

    virtual(main())


@pytest.mark.parametrize("ends", [SystemExit, asyncio.CancelledError])
def test_a_blocking_call_that_ends_the_program_is_a_failure(ends: type[BaseException]) -> None:
    def ended() -> None:
        raise ends

    guard = guard_of("without a limit")
    with pytest.raises(ModelUnavailableError, match=f"ended raised {ends.__name__}"):
        guard.call(ended)

    assert guard.snapshot().failures_in_row == 1
