"""What a model has done so far: counters that only grow, and how fast it was."""

from __future__ import annotations

from math import exp, inf

from ..outcomes.attempt import Outcome
from ..outcomes.fault import Fault
from ..stream_pace import StreamFigures
from .recent_latency import BothLatencies, Recent, RecentLatency
from .side_counts import SideCounts
from .sketch import LatencySketch
from .snapshot import MetricsSnapshot

_SUCCESS = Outcome.SUCCESS
_FAILURE = Outcome.FAILURE
_TIMEOUT = Outcome.TIMEOUT
_CANCELLED = Outcome.CANCELLED
_FADE_SHARE = 0.01
"""Samples this close together, as a share of the average's span, weigh the same."""


class ModelMetrics(SideCounts):
    """Counts the attempts of one model. `average_span` is the time constant of the average."""

    __slots__ = (
        "_average_at",
        "_average_span",
        "_average_sum",
        "_average_until",
        "_average_weight",
        "_first_cancelled",
        "_first_failures",
        "_first_successes",
        "_later_successes",
        "_other_latency",
        "_stream_durations",
        "cancelled",
        "chunk_rates",
        "direct_answers",
        "failures",
        "faults",
        "first_contents",
        "later_answers",
        "strategies",
        "streams",
        "timeouts",
    )

    rejected: int

    def __init__(self, average_span: float = 60.0) -> None:
        super().__init__()
        self._average_span = average_span
        self._average_at = 0.0
        self._average_until = -inf
        self._average_sum = 0.0
        self._average_weight = 0.0
        self._first_successes = self._first_failures = self._first_cancelled = 0
        self._later_successes = 0
        # Made with the first sample: most models of a large fleet never have one.
        self.direct_answers: RecentLatency | None = None
        """Durations of the successes that were no streams and each the whole of a task."""
        self.later_answers: RecentLatency | None = None
        """Of the other successes that were no streams: their tasks took longer."""
        self._stream_durations: LatencySketch | None = None
        """Durations of the successes that were streams, to their end."""
        self._other_latency: LatencySketch | None = None
        self.failures: int = 0
        self.timeouts: int = 0
        self.cancelled: int = 0
        self.streams: int = 0
        self.first_contents: RecentLatency | None = None
        """Of the successes that were streams, the time to their first content."""
        self.chunk_rates: LatencySketch | None = None
        """Of the same streams, how many chunks a second came."""
        self.faults: dict[Fault, int] = {}
        self.strategies: dict[str, int] = {}

    def record(
        self,
        now: float,
        outcome: Outcome,
        duration: float,
        number: int = 1,
        fault: Fault | None = None,
        strategy: str | None = None,
    ) -> None:
        """Counts one settled attempt; the `number` 1 is the first of a task at this model."""
        if outcome is _SUCCESS:
            self.succeeded(now, duration, number, strategy, False)
            return
        self._count_strategy(number, strategy)
        self._record_other(outcome, duration, number, fault)

    def succeeded(
        self, now: float, duration: float, number: int, strategy: str | None, direct: bool
    ) -> None:
        """Counts an attempt that answered, as `record` does; `direct`: its task took as long."""
        if number == 1:
            self._first_successes += 1
            if strategy is not None:
                try:  # most often it is there, and this is faster than to ask
                    self.strategies[strategy] += 1
                except KeyError:
                    self.strategies[strategy] = 1
        else:
            self._later_successes += 1
        if now >= self._average_until:
            self._fade(now)
        self._average_sum += duration
        self._average_weight += 1.0
        if direct:
            self.direct_answers.current.add(duration)  # type: ignore[union-attr]  # `_fade` made it
        else:
            self._add_later(now, duration)

    def stream_succeeded(
        self, now: float, figures: StreamFigures, number: int, strategy: str | None
    ) -> None:
        """Counts an attempt that answered by a stream; its latency is that of its first content."""
        self._count_strategy(number, strategy)
        self._first_successes += number == 1
        self._later_successes += number != 1
        if now >= self._average_until:
            self._fade(now)
        self._average_sum += figures.first_chunk
        self._average_weight += 1.0
        self.streams += 1
        if self.first_contents is None or self.chunk_rates is None:
            self.first_contents, self.chunk_rates = RecentLatency(), LatencySketch()
        if self._stream_durations is None:
            self._stream_durations = LatencySketch()
        self._stream_durations.add(figures.duration)
        self.first_contents.add(now, figures.first_chunk)
        if figures.per_second is not None:
            self.chunk_rates.add(figures.per_second)

    @property
    def successes(self) -> int:
        """Attempts that succeeded."""
        return self._first_successes + self._later_successes

    @property
    def later_successes(self) -> int:
        """Those of them that were not the first attempt of a task here."""
        return self._later_successes

    @property
    def tasks(self) -> int:
        """Tasks that had a first attempt here."""
        return self._first_successes + self._first_failures + self._first_cancelled

    def recent_latency(self, now: float) -> LatencySketch:
        """Durations of the successes of the last minutes."""
        found = LatencySketch()
        for latency in (self.direct_answers, self.later_answers, self.first_contents):
            if latency is not None:
                found.merge(latency.recent(now))
        return found

    @property
    def whole_answers(self) -> Recent | None:
        """Durations of the successes that were no streams; None: there are none yet."""
        if self.later_answers is None or self.direct_answers is None:
            return self.later_answers or self.direct_answers
        return BothLatencies(self.direct_answers, self.later_answers)

    def durations(self) -> LatencySketch:
        """A copy: of all attempts that succeeded, streams until their end."""
        found = _lifetime(self.direct_answers)
        if self.later_answers is not None:
            found.merge(self.later_answers.lifetime())
        if self._stream_durations is not None:
            found.merge(self._stream_durations)
        return found

    def direct_durations(self) -> LatencySketch:
        """A copy: of the attempts that succeeded and took as long as their tasks."""
        return _lifetime(self.direct_answers)

    def other_durations(self) -> LatencySketch:
        """A copy: of the attempts that failed or ran out of time."""
        return LatencySketch() if self._other_latency is None else self._other_latency.copy()

    def first_content_times(self) -> LatencySketch:
        """A copy: of the successes that were streams, the time to their first content."""
        return _lifetime(self.first_contents)

    def retire(self, into: LatencySketch) -> None:
        """The model has left the fleet: its direct answers count there, late ones too."""
        if self.direct_answers is None:
            self.direct_answers = RecentLatency()
        self.direct_answers.pour_into(into)

    def average_latency(self) -> float | None:
        """Exponential moving average of the durations of successes."""
        return _share(self._average_sum, self._average_weight)

    def snapshot(self, now: float) -> MetricsSnapshot:
        """A frozen record of all counters and rates."""
        wrong = self.failures + self.timeouts
        first_counted = self._first_successes + self._first_failures
        attempts = self.successes + wrong + self.cancelled
        latency, latency_all = self._lifetime_latency()
        return MetricsSnapshot(
            tasks=self.tasks,
            attempts=attempts,
            retries=attempts - self.tasks,
            successes=self.successes,
            failures=self.failures,
            timeouts=self.timeouts,
            cancelled=self.cancelled,
            rejected=self.rejected,
            failovers=self.failovers,
            abandoned=self.abandoned,
            stale=self.stale,
            hedged=self.hedged,
            hedges_won=self.hedges_won,
            hedges_lost=self.hedges_lost,
            tokens=self.tokens,
            cost=self.cost,
            rejections={str(reason): count for reason, count in self.rejections.items()},
            faults={fault.value: count for fault, count in self.faults.items()},
            strategies={str(name): count for name, count in self.strategies.items()},
            error_rate=_share(wrong, self.successes + wrong),
            first_attempt_success_rate=_share(self._first_successes, first_counted),
            task_success_rate=_share(min(self.successes, first_counted), first_counted),
            average_latency=self.average_latency(),
            latency=latency.snapshot(),
            recent_latency=self.recent_latency(now).snapshot(),
            latency_all=latency_all.snapshot(),
            streams=self.streams,
            first_chunk=_lifetime(self.first_contents).snapshot(),
            chunks_per_second=(self.chunk_rates or LatencySketch()).snapshot(),
        )

    def _count_strategy(self, number: int, strategy: str | None) -> None:
        if strategy is not None and number == 1:
            self.strategies[strategy] = self.strategies.get(strategy, 0) + 1

    def _fade(self, now: float) -> None:
        """What is due once in a hundredth of the average's span, and not for each sample."""
        decay = exp((self._average_at - now) / self._average_span)
        self._average_at = now
        self._average_until = now + self._average_span * _FADE_SHARE
        self._average_sum *= decay
        self._average_weight *= decay
        if self.direct_answers is None:
            self.direct_answers = RecentLatency()
        if now >= self.direct_answers.turn_at:
            self.direct_answers.turn(now)

    def _add_later(self, now: float, duration: float) -> None:
        if self.later_answers is None:
            self.later_answers = RecentLatency()
        self.later_answers.add(now, duration)

    def _record_other(
        self, outcome: Outcome, duration: float, number: int, fault: Fault | None
    ) -> None:
        if fault is not None:
            self.faults[fault] = self.faults.get(fault, 0) + 1
        if outcome is _FAILURE:
            self.failures += 1
        elif outcome is _TIMEOUT:
            self.timeouts += 1
        elif outcome is _CANCELLED:
            self.cancelled += 1
            self._first_cancelled += number == 1
            return
        else:
            self.rejected += 1
            return
        self._first_failures += number == 1
        if self._other_latency is None:
            self._other_latency = LatencySketch()
        self._other_latency.add(duration)

    def _lifetime_latency(self) -> tuple[LatencySketch, LatencySketch]:
        """Of the successes, and of all attempts that ran to their end."""
        successes = _lifetime(self.direct_answers)
        if self.later_answers is not None:
            successes.merge(self.later_answers.lifetime())
        successes.merge(_lifetime(self.first_contents))
        everything = LatencySketch()
        everything.merge(successes)
        if self._other_latency is not None:
            everything.merge(self._other_latency)
        return successes, everything


def _lifetime(latency: RecentLatency | None) -> LatencySketch:
    return LatencySketch() if latency is None else latency.lifetime()


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
