"""Whether and when the same model is asked again; without state, the attempt number says it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ...config.base import given_or_default
from ...config.settings.retry import ErrorName, Jitter, RetryConfig
from .chance import Draw
from .outcomes.classify import classify, codes_of, retry_after_of, status_of
from .outcomes.errors import RetryExhaustedError, StreamInterruptedError
from .outcomes.fault import UNCOUNTED, Fault

_RETRIED = frozenset((Fault.TRANSIENT, Fault.TIMEOUT, Fault.RATE_LIMITED))
_NEVER = UNCOUNTED | {Fault.UNAUTHORIZED}

_PROPORTION = 0.1
"""The share of a delay that proportional jitter adds or takes away at most."""

ErrorTest: TypeAlias = Callable[[BaseException], object]
"""Says whether an error is meant."""
_NOTHING: frozenset[str | int] = frozenset()
"""Shared by most models."""


class Retry:
    """Exponential backoff with jitter, within a number of retries and a deadline.

    >>> from hive_resilience.config import RetryConfig
    >>> retry = Retry(RetryConfig(base_delay=1.0))
    >>> retry.next_delay(1, ConnectionError(), now=0.0, deadline=None, draw=lambda: 0.5)
    0.5
    >>> retry.next_delay(1, ConnectionError(), now=0.0, deadline=0.4, draw=lambda: 0.5) is None
    True
    """

    __slots__ = ("_classes", "_named", "_retry_if", "config")

    def __init__(
        self, config: RetryConfig | None = None, *, retry_if: ErrorTest | None = None
    ) -> None:
        self.config: RetryConfig = given_or_default(config, RetryConfig)
        self._named: frozenset[str | int] = _NOTHING
        self._classes: tuple[type[BaseException], ...] = ()
        if self.config.retryable_errors:
            self._read(self.config.retryable_errors)
        self._retry_if = retry_if

    def _read(self, errors: tuple[ErrorName, ...]) -> None:
        self._classes = tuple(one for one in errors if isinstance(one, type))
        self._named = frozenset(one for one in errors if not isinstance(one, type))

    def next_delay(
        self,
        attempt: int,
        error: BaseException,
        now: float,
        deadline: float | None,
        draw: Draw,
        *,
        previous: float = 0.0,
        expected: float = 0.0,
        fault: Fault | None = None,
        retry_after: float | None = None,
    ) -> float | None:
        """Seconds to wait before the next attempt; None: give up.

        `attempt` is the number of the attempt that failed, from 1; `deadline` a point on the clock
        of `now`; `draw` the chance; `previous` the delay before, which decorrelated jitter
        builds on; `expected` seconds that an attempt takes at least, where that is known: a retry
        that could not end before the deadline is not started; `fault` the kind of `error`, and
        `retry_after` the seconds that it asks to wait, where these are known.
        """
        if attempt > self.config.max_retries or not self.retryable(error, fault):
            return None
        delay = self.backoff(attempt, draw, previous=previous)
        asked = retry_after_of(error) if retry_after is None else retry_after
        if asked is not None:
            if asked > self.config.max_retry_after:
                return None
            # Never earlier than asked; later where "now" would only come back to a busy server.
            delay = max(delay, asked)
        if deadline is not None and now + delay + expected >= deadline:
            return None
        return delay

    def retryable(self, error: BaseException, fault: Fault | None = None) -> bool:
        """Whether asking again can help.

        `retryable_errors` adds to the kinds that are retried anyway, or with `only` replaces them.
        It can never add what counts as nothing (the request's own fault, a model's limit, an empty
        answer, a refusal ...), nor authorization. `retry_if` can. Neither can add a cancellation, a
        stream that broke off, whose beginning is out already, nor what has been retried to the end
        below.
        """
        if isinstance(error, StreamInterruptedError | RetryExhaustedError):
            return False
        fault = fault or classify(error)
        if fault in _RETRIED and not self.config.only:
            return True
        if self._retry_if is not None and fault is not Fault.CANCELLED and self._retry_if(error):
            return True
        return fault not in _NEVER and self._is_named(error)

    def backoff(self, attempt: int, draw: Draw, *, previous: float = 0.0) -> float:
        """The delay after failed attempt number `attempt`, whatever the error."""
        config = self.config
        if config.jitter is Jitter.DECORRELATED:
            return _decorrelated(config, draw, previous)
        ceiling = min(
            config.max_delay, config.base_delay * config.backoff_multiplier ** (attempt - 1)
        )
        if config.jitter is Jitter.FULL:
            return draw() * ceiling
        if config.jitter is Jitter.EQUAL:
            return ceiling / 2 + draw() * (ceiling / 2)
        if config.jitter is Jitter.PROPORTIONAL:
            return ceiling * (1 - _PROPORTION + 2 * _PROPORTION * draw())
        return ceiling

    def _is_named(self, error: BaseException) -> bool:
        if isinstance(error, self._classes):
            return True
        if not self._named:
            return False
        status = status_of(error)
        names = {kind.__name__ for kind in type(error).__mro__}.union(codes_of(error))
        if status is not None:
            # A status may be written as a number or, in the environment, as a text.
            return bool(self._named & {status, str(status), *names})
        return not self._named.isdisjoint(names)


def _decorrelated(config: RetryConfig, draw: Draw, previous: float) -> float:
    """Between the base delay and three times the delay before."""
    base = config.base_delay
    return min(config.max_delay, base + draw() * (3 * max(base, previous) - base))
