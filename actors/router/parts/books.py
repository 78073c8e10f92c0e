"""What the router counts of tasks: how they ended, how long they took, which model fell back."""

from __future__ import annotations

from collections.abc import Iterable

from ...messages import TaskEnded
from ...policies.families import Unfit
from ...policies.metrics.labels import OTHER
from ...policies.metrics.reasons import LOAD_SHED
from ...policies.metrics.sketch import LatencySketch
from ...policies.outcomes.attempt import Outcome
from ...policies.unavailability import Unavailable

_SUCCESS = Outcome.SUCCESS
MOST_PAIRS = 10_000
"""Fallbacks between more pairs than this count under `OTHER`: names come and go."""


class TaskBooks:
    """Counters that only grow, and sketches; a task that was answered at once costs nothing here.

    `durations` lacks the tasks that their first attempt answered: each model has those of its own.
    """

    __slots__ = (
        "cancelled",
        "durations",
        "failed",
        "fallbacks",
        "injected",
        "late",
        "of_requests",
        "other_durations",
        "passed_over",
    )

    def __init__(self) -> None:
        self.failed = self.cancelled = 0
        self.late = 0
        """Tasks whose deadline passed while they waited for their turn."""
        self.injected = 0
        """Failed tasks that an experiment has hit; they are among the failed ones."""
        self.of_requests = 0
        """Of those that failed, the tasks that did so by no fault of a model."""
        self.durations = LatencySketch()
        self.other_durations = LatencySketch()
        self.fallbacks: dict[tuple[str, str], int] = {}
        self.passed_over: dict[str, dict[str, int]] = {}
        """How many tasks were dispatched past a model that could not serve, by model and reason."""

    def ended(self, task: TaskEnded) -> None:
        """One dispatched task is over."""
        outcome, duration, pair, of_request = task
        if outcome is _SUCCESS:
            if duration is not None:
                self.durations.add(duration)
            if pair is not None:
                self._fell_back(pair)
        elif outcome is Outcome.FAILURE:
            self.failed += 1
            self.of_requests += of_request
            if duration is not None:
                self.other_durations.add(duration)
        else:
            self.cancelled += 1

    def left_the_line(self, *, late: bool) -> None:
        """A task stopped waiting for its turn, or did not see that it had got it."""
        if late:
            self.late += 1
        else:
            self.cancelled += 1

    def passed(self, models: Iterable[tuple[str, Unavailable | Unfit]], tasks: int = 1) -> None:
        """So many tasks were dispatched past these models, which could not serve."""
        for model_id, why in models:
            if isinstance(why, Unavailable):
                counts = self.passed_over.setdefault(model_id, {})
                counts[why.reason.value] = counts.get(why.reason.value, 0) + tasks

    def shed(self, model_ids: Iterable[str]) -> None:
        """A task was refused that waited for one of these models, as its priority was too low."""
        for model_id in model_ids:
            counts = self.passed_over.setdefault(model_id, {})
            counts[LOAD_SHED] = counts.get(LOAD_SHED, 0) + 1

    def forget(self, model_id: str) -> None:
        """The model is not part of the fleet any more."""
        self.passed_over.pop(model_id, None)

    def _fell_back(self, pair: tuple[str, str]) -> None:
        if pair not in self.fallbacks and len(self.fallbacks) >= MOST_PAIRS:
            pair = (OTHER, OTHER)
        self.fallbacks[pair] = self.fallbacks.get(pair, 0) + 1
