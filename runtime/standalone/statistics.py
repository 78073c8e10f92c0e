"""What `retry` did, added up."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_MEMORY = 1_000
"""Calls that are kept for windows of time."""


@dataclass(frozen=True, slots=True)
class RetryStatisticsSnapshot:
    """Counts of calls and of what they took. Delays are seconds.

    `average_retries`, `most_retries` and `average_delay` are for a call that has ended;
    `last_error` is the name of a class.
    """

    calls: int
    attempts: int
    retries: int
    successes: int
    failures: int
    total_delay: float
    last_error: str | None
    average_retries: float
    most_retries: int
    average_delay: float


class CallRecord(NamedTuple):
    """One call that has ended, `at` seconds of the clock."""

    at: float
    success: bool
    attempts: int
    retries: int
    delay: float
    error: str | None


class RetryStatistics:
    """What `retry` did, added up over all calls that were given this object.

    Once all calls have ended, `calls == successes + failures`; a cancelled one is a failure. Any
    number of threads may share it. `clock` gives monotonic seconds.
    """

    __slots__ = (
        "_clock",
        "_lock",
        "_most_retries",
        "_recent",
        "attempts",
        "calls",
        "failures",
        "last_error",
        "retries",
        "successes",
        "total_delay",
    )

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # A signal handler may use it while the thread that it interrupts does.
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Begin again from nothing; calls under way count when they end."""
        with self._lock:
            self._recent: deque[CallRecord] = deque(maxlen=_MEMORY)
            self._most_retries = 0
            self.calls: int = 0
            self.attempts: int = 0
            self.retries: int = 0
            self.successes: int = 0
            self.failures: int = 0
            self.total_delay: float = 0.0
            self.last_error: str | None = None

    def begin(self) -> None:
        """For `retry`: a call begins."""
        with self._lock:
            self.calls += 1

    def end(
        self, *, success: bool, attempts: int, retries: int, delay: float, error: str | None
    ) -> None:
        """For `retry`: a call has ended, after so many attempts and so much waiting between."""
        with self._lock:
            self.attempts += attempts
            self.retries += retries
            self.successes += success
            self.failures += not success
            self.total_delay += delay
            self.last_error = error or self.last_error
            self._most_retries = max(self._most_retries, retries)
            record = CallRecord(self._clock(), success, attempts, retries, delay, error)
            self._recent.append(record)

    def snapshot(self, window: float | None = None) -> RetryStatisticsSnapshot:
        """The counts as they are now, or those of the calls that ended within `window` seconds.

        A window sees the last 1,000 calls at most. What a call took counts when it has ended.
        """
        with self._lock:
            if window is not None:
                since = self._clock() - window
                return _of([record for record in self._recent if record.at >= since])
            ended = self.successes + self.failures
            return RetryStatisticsSnapshot(
                calls=self.calls,
                attempts=self.attempts,
                retries=self.retries,
                successes=self.successes,
                failures=self.failures,
                total_delay=self.total_delay,
                last_error=self.last_error,
                average_retries=self.retries / ended if ended else 0.0,
                most_retries=self._most_retries,
                average_delay=self.total_delay / ended if ended else 0.0,
            )


def _of(records: Sequence[CallRecord]) -> RetryStatisticsSnapshot:
    """What these calls add up to."""
    ended = len(records) or 1
    retries = [record.retries for record in records]
    delay = sum(record.delay for record in records)
    successes = sum(record.success for record in records)
    errors = [record.error for record in records if record.error is not None]
    return RetryStatisticsSnapshot(
        calls=len(records),
        attempts=sum(record.attempts for record in records),
        retries=sum(retries),
        successes=successes,
        failures=len(records) - successes,
        total_delay=delay,
        last_error=errors[-1] if errors else None,
        average_retries=sum(retries) / ended,
        most_retries=max(retries, default=0),
        average_delay=delay / ended,
    )
