"""What the results of calls add up to, and when that is reason enough to open."""

from __future__ import annotations

import math

from ....config.settings.breaker import CircuitBreakerConfig
from .states import Reason
from .window import SlidingWindow


class Tally:
    """The failures in a row and the window of the last calls, against the thresholds."""

    # The thresholds are copied: a plain attribute is read faster than a field of the settings.
    __slots__ = (
        "_failure_rate",
        "_failure_threshold",
        "_min_calls",
        "_slow_call",
        "_slow_call_rate",
        "failures_in_row",
        "window",
    )

    def __init__(self, config: CircuitBreakerConfig) -> None:
        self.failures_in_row: int = 0
        self.window: SlidingWindow = SlidingWindow(config.window, config.window_age)
        self._use(config)

    def success(self, now: float, duration: float) -> Reason | None:
        """Count a call that answered; slow answers alone may be a reason to open."""
        self.failures_in_row = 0
        window = self.window
        if duration < self._slow_call and not window.bad:
            window.times.append(now)
            return None
        window.add(now, False, duration >= self._slow_call)
        return self._rate_reason() if window.bad else None

    def failure(self, now: float, duration: float) -> Reason | None:
        """Count a failure, in the run and in the rate."""
        self.failures_in_row += 1
        reason = self.rate_limited(now, duration)
        if self.failures_in_row >= self._failure_threshold:
            return Reason.FAILURE_RUN
        return reason

    def rate_limited(self, now: float, duration: float) -> Reason | None:
        """Count a failure in the rate alone: a model that says "not so fast" is alive."""
        self.window.add(now, True, duration >= self._slow_call)
        return self._rate_reason()

    def is_slow(self, duration: float) -> bool:
        """Whether a call of `duration` seconds is a slow one."""
        return duration >= self._slow_call

    def clear(self) -> None:
        """Forget every result."""
        self.failures_in_row = 0
        self.window.clear()

    def reconfigure(self, config: CircuitBreakerConfig) -> None:
        """Go on with other thresholds; the window stays where its size and age do."""
        if not self.window.has_shape(config.window, config.window_age):
            self.window = SlidingWindow(config.window, config.window_age)
        self._use(config)

    def is_sound(self) -> bool:
        """Whether the counts agree with each other."""
        return self.failures_in_row >= 0 and self.window.is_sound()

    def _use(self, config: CircuitBreakerConfig) -> None:
        self._failure_threshold = config.failure_threshold
        self._failure_rate = config.failure_rate
        self._min_calls = config.min_calls
        self._slow_call_rate = config.slow_call_rate
        self._slow_call = math.inf if config.slow_call is None else config.slow_call

    def _rate_reason(self) -> Reason | None:
        window = self.window
        calls = window.calls
        if calls < self._min_calls:
            return None
        # Divided, not multiplied: 7 / 10 is just 0.7, while 0.7 * 10 is a little more than 7.
        if window.failed / calls >= self._failure_rate:
            return Reason.FAILURE_RATE
        if window.slow / calls >= self._slow_call_rate:
            return Reason.SLOW_CALL_RATE
        return None
