"""One call of `retry`: the loop over its attempts."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from math import inf
from typing import Any

from ...actors.calls.bounded_call import LimitReached
from ...actors.calls.functions import in_thread, is_async, named
from ...actors.calls.scope import deadline_here
from ...actors.policies.outcomes.answers import rejection
from ...actors.policies.outcomes.classify import retry_after_of
from ...actors.policies.outcomes.errors import (
    AnswerRejectedError,
    ModelTimeoutError,
    RetryExhaustedError,
)
from ...actors.policies.retry import Retry
from ...actors.policies.retry_budget import RetryBudget
from ...config.settings.retry import RetryConfig
from ...config.values.log_fields import log_event
from .error_tests import ErrorTests, error_test
from .judgement import FailureIf, rules_of
from .own_call import Waiting, as_failure, begin_call
from .statistics import RetryStatistics

OnRetry = Callable[[int, BaseException, float], object]
"""Told before each wait: the number of the attempt that failed, its error, the delay in seconds."""

log: logging.Logger = logging.getLogger(__name__)


class RetryCall:
    """Calls a function until it succeeds, or another try cannot help."""

    def __init__(
        self,
        fn: Callable[[], Any],
        config: RetryConfig | None = None,
        *,
        timeout: float | None = None,
        attempt_timeout: float | None = None,
        retry_if: ErrorTests = (),
        failure_if: FailureIf | None = None,
        budget: RetryBudget | None = None,
        statistics: RetryStatistics | None = None,
        on_retry: OnRetry | None = None,
        seed: int | None = None,
    ) -> None:
        self._name = named(fn)
        self._fn = fn if is_async(fn) else in_thread(fn)
        self._policy = Retry(config, retry_if=self._is_meant)
        self._test = error_test(retry_if, "retry_if")
        self._timeout, self._attempt_timeout = timeout, attempt_timeout
        self._rules = None if failure_if is None else rules_of(failure_if)
        self._budget = budget
        self._statistics = statistics
        self._on_retry = on_retry
        self._draw = random.random if seed is None else random.Random(seed).random
        self._deadline = inf
        self._number = 0
        self._delay = self._waited = 0.0
        self._last_error: BaseException | None = None

    async def run(self, known: BaseException | None = None) -> Any:
        """Go on after `known`, with which the first attempt has failed, or begin."""
        statistics = self._statistics
        if statistics is None:
            return await self._until_success(known)
        statistics.begin()
        success = False
        try:
            value = await self._until_success(known)
            success = True
        finally:  # a cancellation too ends the call
            last = self._last_error
            statistics.end(
                success=success,
                attempts=self._number,
                retries=max(0, self._number - 1),
                delay=self._waited,
                error=None if last is None else type(last).__name__,
            )
        return value

    async def _until_success(self, known: BaseException | None) -> Any:
        if self._timeout is not None:
            self._deadline = asyncio.get_running_loop().time() + self._timeout
        error = None if known is None else as_failure(known, self._name)
        value: Any = None
        while True:
            self._number += 1
            if error is None:
                value, error = await self._attempt()
            if error is None:
                if self._budget is not None:
                    self._budget.deposit()
                return value
            await self._wait_after(error)
            error = None

    async def _attempt(self) -> tuple[Any, BaseException | None]:
        """The answer, or the error of the attempt. Raises when the time of the call is up."""
        until, limit = self._deadline, self._attempt_timeout
        if limit is not None:
            until = min(until, asyncio.get_running_loop().time() + limit)
        try:
            value = begin_call(self._fn, until=until)
            if type(value) is Waiting:
                value = await value.rest()
        except LimitReached:
            if until == self._deadline:
                raise self._too_late() from (self._last_error or TimeoutError("cancelled"))
            return None, self._too_slow()
        except (Exception, SystemExit) as raised:
            return None, as_failure(raised, self._name)
        if self._rules is None:
            return value, None
        return value, rejection(self._rules, value, None, self._name)

    async def _wait_after(self, error: BaseException) -> None:
        """Until the next attempt may begin. Raises where there is none."""
        self._last_error = error
        delay = self._next_delay(error)
        if delay is None:
            raise error
        if self._budget is not None and not self._budget.withdraw():
            error.add_note("not retried: the retry budget is used up")
            raise error
        self._delay = delay
        self._waited += delay
        self._tell(error, delay)
        await asyncio.sleep(delay)

    def _next_delay(self, error: BaseException) -> float | None:
        policy, number = self._policy, self._number
        limit = policy.config.max_retries
        if number > limit and policy.retryable(error):
            raise RetryExhaustedError(
                f"attempt {number} of {1 + limit} failed with {error!r}",
                max_retries=limit,
                last_error=error,
            ) from error
        deadline = min(self._deadline, deadline_here())
        return policy.next_delay(
            number,
            error,
            asyncio.get_running_loop().time(),
            None if deadline == inf else deadline,
            self._draw,
            previous=self._delay,
            retry_after=retry_after_of(error, time.time()),
        )

    def _is_meant(self, error: BaseException) -> bool:
        """Whether the caller says that an error is retried."""
        rejected = self._rules is not None and isinstance(error, AnswerRejectedError)
        return rejected or self._test(error)

    def _tell(self, error: BaseException, delay: float) -> None:
        if self._on_retry is None:
            return
        try:
            self._on_retry(self._number, error, delay)
        except Exception:  # a listener that fails must not end what it listens to
            log.exception(
                "on_retry failed",
                extra=log_event("listener.failed", of="on_retry") | {"attempt": self._number},
            )

    def _too_slow(self) -> ModelTimeoutError:
        limit = self._attempt_timeout
        assert limit is not None
        message = f"{self._name} did not answer within {limit:.3g} s"
        return ModelTimeoutError(message, kind="attempt", limit=limit)

    def _too_late(self) -> ModelTimeoutError:
        limit = self._timeout
        assert limit is not None
        before = "" if self._last_error is None else f"; before, {self._last_error!r}"
        message = f"no success within {limit:g} s, in attempt {self._number}{before}"
        return ModelTimeoutError(message, kind="task", limit=limit)
