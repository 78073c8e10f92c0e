"""Retrying without a runtime: one function, under one deadline.

answer = await retry(lambda: client.ask("..."), RetryConfig(max_retries=5), timeout=60)
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

from ...actors.calls.functions import in_thread, is_async
from ...actors.policies.outcomes.errors import ModelTimeoutError, RetryExhaustedError
from ...actors.policies.retry import Retry
from ...config.settings.retry import RetryConfig
from .statistics import RetryStatistics as RetryStatistics

T = TypeVar("T")
OnRetry = Callable[[int, BaseException, float], object]
"""Told before each wait: the number of the attempt that failed, its error, the delay in seconds."""

_log = logging.getLogger(__name__)


@overload
async def retry(
    fn: Callable[[], Awaitable[T]],
    config: RetryConfig | None = None,
    *,
    timeout: float | None = None,
    statistics: RetryStatistics | None = None,
    on_retry: OnRetry | None = None,
) -> T: ...
@overload
async def retry(
    fn: Callable[[], T],
    config: RetryConfig | None = None,
    *,
    timeout: float | None = None,
    statistics: RetryStatistics | None = None,
    on_retry: OnRetry | None = None,
) -> T: ...
async def retry(
    fn: Callable[[], Any],
    config: RetryConfig | None = None,
    *,
    timeout: float | None = None,
    statistics: RetryStatistics | None = None,
    on_retry: OnRetry | None = None,
) -> Any:
    """Call `fn` until it succeeds, as often as `config` allows, within `timeout` seconds in all.

    An async function is awaited here; a blocking one runs in a thread of its own, which goes on by
    itself if the time is up before it returns. A function that returns an awaitable is taken for
    an async one only if it says so; otherwise it is called in a thread and awaited here.

    Raises `RetryExhaustedError` from the last error when all attempts are used up,
    `ModelTimeoutError` (kind "task") when the time is up, and the function's own error where
    another try could not help, or could not start in time.

    >>> async def ask() -> str:
    ...     return "answer"
    >>> asyncio.run(retry(ask, RetryConfig(max_retries=1), timeout=30))
    'answer'
    """
    first_error: Exception | None = None
    if timeout is None and statistics is None and is_async(fn):
        # Nearly always this is all: what a retry needs is made when the first try has failed.
        try:
            return await fn()
        except Exception as error:  # judged below, as the first of the attempts
            first_error = error
    call = _Call(fn, config, statistics or RetryStatistics(), on_retry)
    if timeout is None:
        return await call.run(None, first_error)
    try:
        async with asyncio.timeout(timeout) as limit:
            return await call.run(asyncio.get_running_loop().time() + timeout)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise ModelTimeoutError(
            f"no success within {timeout:g} s, in attempt {call.number}; "
            f"the attempt before failed with {call.last_error!r}",
            kind="task",
            limit=timeout,
        ) from (call.last_error or error)


class _Call:
    """One call of `retry`: the loop over its attempts."""

    __slots__ = ("_config", "_fn", "_on_retry", "_statistics", "last_error", "number")

    def __init__(
        self,
        fn: Callable[[], Any],
        config: RetryConfig | None,
        statistics: RetryStatistics,
        on_retry: OnRetry | None,
    ) -> None:
        self._fn = fn if is_async(fn) else in_thread(fn)
        self._config = config
        self._statistics = statistics
        self._on_retry = on_retry
        self.number = 0
        self.last_error: Exception | None = None

    async def run(self, deadline: float | None, first_error: Exception | None = None) -> Any:
        """Go on after `first_error`, or begin."""
        statistics = self._statistics
        statistics.calls += 1
        try:
            value = await self._until_success(deadline, first_error)
        except BaseException:  # only counted: a cancellation too ends the call
            statistics.failures += 1
            raise
        statistics.successes += 1
        return value

    async def _until_success(self, deadline: float | None, known: Exception | None) -> Any:
        delay = 0.0
        while True:
            self.number += 1
            self._statistics.attempts += 1
            try:
                if known is not None:
                    raise known
                return await self._fn()
            except Exception as error:  # whatever the function raises is judged, then raised or not
                self._failed(error)
                next_delay = self._next_delay(error, deadline, delay)
                if next_delay is None:
                    raise
                delay = next_delay
            known = None
            await asyncio.sleep(delay)

    def _failed(self, error: Exception) -> None:
        self.last_error = error
        self._statistics.last_error = type(error).__name__

    def _next_delay(
        self, error: Exception, deadline: float | None, previous: float
    ) -> float | None:
        policy = Retry(self._config)
        limit = policy.config.max_retries
        if self.number > limit and policy.retryable(error):
            raise RetryExhaustedError(
                f"attempt {self.number} of {1 + limit} failed with {error!r}",
                max_retries=limit,
                last_error=error,
            ) from error
        now, draw = asyncio.get_running_loop().time(), random.random
        delay = policy.next_delay(self.number, error, now, deadline, draw, previous=previous)
        if delay is not None:
            self._retries_after(delay, error)
        return delay

    def _retries_after(self, delay: float, error: Exception) -> None:
        self._statistics.retries += 1
        self._statistics.total_delay += delay
        if self._on_retry is None:
            return
        try:
            self._on_retry(self.number, error, delay)
        except Exception:  # a listener that fails must not end what it listens to
            _log.exception("on_retry failed", extra={"attempt": self.number})
