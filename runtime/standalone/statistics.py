"""What `retry` did, added up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryStatisticsSnapshot:
    """Counts since the start; `total_delay` is seconds, `last_error` the name of a class."""

    calls: int
    attempts: int
    retries: int
    successes: int
    failures: int
    total_delay: float
    last_error: str | None


class RetryStatistics:
    """What `retry` did, added up over all calls that were given this object.

    Once all calls have ended, `calls == successes + failures`; a cancelled one is a failure.
    """

    __slots__ = (
        *("attempts", "calls", "failures", "last_error"),
        *("retries", "successes", "total_delay"),
    )

    def __init__(self) -> None:
        self.calls = 0
        self.attempts = 0
        self.retries = 0
        self.successes = 0
        self.failures = 0
        self.total_delay = 0.0
        self.last_error: str | None = None

    def snapshot(self) -> RetryStatisticsSnapshot:
        """The counts as they are now."""
        return RetryStatisticsSnapshot(
            calls=self.calls,
            attempts=self.attempts,
            retries=self.retries,
            successes=self.successes,
            failures=self.failures,
            total_delay=self.total_delay,
            last_error=self.last_error,
        )
