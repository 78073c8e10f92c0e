"""Retrying without a runtime: one function, under one deadline.

answer = await retry(lambda: client.ask("..."), RetryConfig(max_retries=5), timeout=60)
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypedDict, TypeVar, Unpack, overload

from ...actors.calls.functions import is_async
from ...actors.policies.retry_budget import RetryBudget
from ...config.settings.retry import RetryConfig
from .error_tests import ErrorTests
from .judgement import FailureIf
from .own_call import Waiting, begin_call
from .retry_call import OnRetry, RetryCall
from .statistics import RetryStatistics as RetryStatistics

T = TypeVar("T")


class RetryOptions(TypedDict, total=False):
    """What `retry` and `RetryBatch` take besides the settings."""

    timeout: float | None
    """Seconds for all attempts and the waits between them."""
    attempt_timeout: float | None
    """Seconds for one attempt; one that takes longer is cancelled, and retried."""
    retry_if: ErrorTests
    """Errors to retry besides: exception classes, or functions of an error."""
    failure_if: FailureIf
    """Answers that are failures, and retried: a function of an answer."""
    budget: RetryBudget | None
    """Allows the retries of all calls that were given it; a success pays in."""
    statistics: RetryStatistics | None
    on_retry: OnRetry | None
    seed: int | None
    """Makes the chance in the delays repeatable."""


@overload
async def retry(
    fn: Callable[[], Awaitable[T]],
    config: RetryConfig | None = None,
    **options: Unpack[RetryOptions],
) -> T: ...
@overload
async def retry(
    fn: Callable[[], T], config: RetryConfig | None = None, **options: Unpack[RetryOptions]
) -> T: ...
async def retry(
    fn: Callable[[], Any], config: RetryConfig | None = None, **options: Unpack[RetryOptions]
) -> Any:
    """Call `fn` until it succeeds, as often as `config` allows; see `RetryOptions`.

    An async function is awaited here; a blocking one runs in a thread of its own, which goes on by
    itself if the time is up before it returns. A function that returns an awaitable is taken for
    an async one only if it says so; otherwise it is called in a thread and awaited here.

    Raises `RetryExhaustedError` from the last error when all attempts are used up,
    `ModelTimeoutError` (kind "task") when the time is up, and the function's own error where
    another try could not help, could not start in time, or has no budget. A `SystemExit`, and a
    `CancelledError` that the caller did not ask for, are failed attempts (`ModelUnavailableError`).

    >>> import asyncio
    >>> async def ask() -> str:
    ...     return "answer"
    >>> asyncio.run(retry(ask, RetryConfig(max_retries=1), timeout=30))
    'answer'
    """
    first_error: BaseException | None = None
    if not options and is_async(fn):
        # Nearly always this is all: what a retry needs is made when the first try has failed.
        try:
            found = begin_call(fn)
            return await found.rest() if isinstance(found, Waiting) else found
        except (Exception, SystemExit) as error:  # judged below, as the first of the attempts
            first_error = error
    return await RetryCall(fn, config, **options).run(first_error)
