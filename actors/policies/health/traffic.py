"""What a model's recent traffic shows: how many of its calls fail, and how fast it answers.

It is fed with counters that only grow, and only while there is something to see: at a failure, at
a slow answer, and then by a clock until all has been well for a whole window. The first of these
opens the window and does not count itself, or every window would begin with a failure.
"""

from __future__ import annotations

from dataclasses import dataclass

from ....config.settings.observability.alerts import AlertsConfig

SLOW_SHARE = 0.8
"""Of the limit of an attempt: slower is slow."""
_CALM = 0.5
"""What was too high has to fall to this share of its threshold to be well again."""
_QUICK = 0.75
_STEPS = 30
"""Marks in a window: how exactly old calls drop out of it."""
_FEW = 5
"""Answers before their average says anything."""


@dataclass(frozen=True, slots=True)
class TrafficSigns:
    """What was seen. `error_rate` and `response_time` are None where too little was."""

    calls: int
    error_rate: float | None
    response_time: float | None
    failing: bool
    slow: bool


class TrafficHealth:
    """One model's; `attempt_timeout` is the limit of an attempt in seconds.

    >>> signs = TrafficHealth(AlertsConfig(min_calls=4), attempt_timeout=30.0)
    >>> _ = signs.look(0.0, successes=100, failures=1, average=1.0)
    >>> signs.look(9.0, successes=103, failures=3, average=1.0).error_rate
    0.4
    """

    __slots__ = ("_config", "_marks", "_slow", "error_rate", "failing", "slow_from")

    def __init__(self, config: AlertsConfig, attempt_timeout: float) -> None:
        self._marks: list[tuple[float, int, int]] = []
        self._slow = False
        self.failing: bool = False
        """Whether the last look saw too many calls fail."""
        self.error_rate: float | None = None
        """What the last look saw; None: too little, or no failure within the window."""
        self.reconfigure(config, attempt_timeout)

    def reconfigure(self, config: AlertsConfig, attempt_timeout: float) -> None:
        """Go on with other settings; what was seen stays."""
        self._config = config
        self.slow_from: float = config.response_time or SLOW_SHARE * attempt_timeout
        """Seconds from which an answer is a slow one."""

    @property
    def watching(self) -> bool:
        """Whether there was something to see within the window: look again, soon."""
        return bool(self._marks)

    def look(
        self, now: float, successes: int, failures: int, average: float | None
    ) -> TrafficSigns:
        """How things are, by the counts so far and the average duration of an answer."""
        marks, config = self._marks, self._config
        while len(marks) > 1 and marks[1][0] <= now - config.window:
            del marks[0]
        if not marks or now - marks[-1][0] >= config.window / _STEPS:
            marks.append((now, successes, failures))
        opened, successes_before, failures_before = marks[0]
        answered, failed = successes - successes_before, failures - failures_before
        rate = failed / (answered + failed) if answered + failed >= config.min_calls else None
        time = average if answered >= _FEW else None
        full = now - opened >= config.window
        self.failing = self._is_failing(rate, full and failed == 0)
        self._slow = self._is_slow(time, full and answered == 0)
        self.error_rate = rate
        if full and not failed and not self._slow:
            marks.clear()
            self.error_rate = None
        return TrafficSigns(answered + failed, rate, time, self.failing, self._slow)

    def _is_failing(self, rate: float | None, over: bool) -> bool:
        if rate is None:
            return self.failing and not over
        if self.failing:
            return rate >= self._config.error_rate * _CALM
        return rate > self._config.error_rate

    def _is_slow(self, time: float | None, over: bool) -> bool:
        if time is None:
            return self._slow and not over
        return time >= self.slow_from * (_QUICK if self._slow else 1.0)
