"""What has happened in a demonstration so far: results counted, and what is worth telling."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from ....actors.events import (
    ChildCrashed,
    ChildQuarantined,
    ChildRestarted,
    CircuitChanged,
    Event,
    HealthChanged,
)
from ....actors.policies.breaker.states import State
from ....actors.policies.metrics.sketch import LatencySketch
from ....actors.policies.outcomes.attempt import Outcome
from ....actors.result import TaskResult
from .cut_stream import CutStream

WORTH_TELLING = (CircuitChanged, HealthChanged, ChildCrashed, ChildRestarted, ChildQuarantined)

_IN_THE_WAY = frozenset({Outcome.FAILURE, Outcome.TIMEOUT, Outcome.REJECTED})


@dataclass(frozen=True, slots=True)
class Happening:
    """Something worth telling, `at` seconds after the first task was due."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Transition:
    """A breaker moved, `at` seconds after the first task was due."""

    at: float
    model: str
    before: str
    after: str
    reason: str


class Story:
    """Seconds count from its making. `victim` is the model whose server is killed."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.models: tuple[str, ...] = models
        self.victim: str = models[0]
        # Events carry wall-clock time; this is where both begin.
        self._began_at = datetime.now(UTC)
        self._began = time.monotonic()
        self.sending_for: float = 0.0
        self.sent = 0
        self.results: int = 0
        self.failovers: int = 0
        self.answers: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.samples: dict[str, str] = {}
        self.durations: LatencySketch = LatencySketch()
        self.happenings: list[Happening] = []
        self.transitions: list[Transition] = []
        self.crashes: list[float] = []
        self.restarts: list[float] = []
        self.killed_at: float | None = None
        self.opened_at: float | None = None
        self.stream: CutStream | None = None
        self.listening_at: float | None = None
        self.answered_again_at: float | None = None

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    @property
    def answered(self) -> int:
        """Tasks that a model answered."""
        return self.answers.total()

    def tell(self, text: str) -> None:
        """Write down what happens now."""
        self.happenings.append(Happening(self.now(), text))

    # What the demonstration does.

    def choose_victim(self) -> tuple[str, ...]:
        """The model that most rely on is to lose its server; it and the others, in this order."""
        self.victim = max(self.models, key=self.answers.__getitem__)
        return (self.victim, *(model for model in self.models if model != self.victim))

    def killed(self) -> None:
        """The victim's server is about to be killed."""
        self.killed_at = self.now()
        self.tell(f"SIGKILL to the server of {self.victim}")

    def revived(self) -> None:
        """The victim's server listens again."""
        self.listening_at = self.now()
        self.tell(f"the server of {self.victim} listens again")

    # What the runtime answers.

    def count(self, result: TaskResult) -> None:
        """Take in the result of one task."""
        self.results += 1
        if result.model_used is None:
            self.failures[f"{type(result.error).__name__}: {result.error}"] += 1
            return
        self.durations.add(result.execution_time)
        self.answers[result.model_used] += 1
        self.samples[result.model_used] = str(result.value)
        self.failovers += was_failover(result)
        if result.model_used == self.victim:
            self._victim_answered()

    def _victim_answered(self) -> None:
        if self.listening_at is not None and self.answered_again_at is None:
            self.answered_again_at = self.now()
            self.tell(f"{self.victim} answers again")

    # What its events say; they come in another thread, one after the other.

    def hear(self, event: Event) -> None:
        """Take in an event of the runtime."""
        at = (event.at - self._began_at).total_seconds()
        match event:
            case CircuitChanged():
                self._circuit_changed(event, at)
            case HealthChanged(_, model_id, _, after, reason):
                self._add(at, f"{model_id} is {after} ({reason})")
            case ChildCrashed(_, child, cause, during):
                self.crashes.append(at)
                self._add(at, f"actor {child} crashed in {during}: {type(cause).__name__}")
            case ChildRestarted(_, child, restarts):
                self.restarts.append(at)
                self._add(at, f"the supervisor restarted {child} (restart {restarts})")
            case ChildQuarantined(_, child):
                self._add(at, f"the supervisor quarantined {child}")
            case _:
                pass  # no part of the story

    def _circuit_changed(self, event: CircuitChanged, at: float) -> None:
        before, after = str(event.before), str(event.after)
        self.transitions.append(Transition(at, event.model_id, before, after, event.reason))
        self._add(at, f"breaker of {event.model_id}: {before} -> {after} ({event.reason})")
        killed = event.model_id == self.victim and self.killed_at is not None
        if killed and self.opened_at is None and event.after is State.OPEN:
            self.opened_at = at

    def _add(self, at: float, text: str) -> None:
        self.happenings.append(Happening(at, text))


def was_failover(result: TaskResult) -> bool:
    """Whether another model had failed, or could not be asked, before this one answered."""
    return any(
        record.outcome in _IN_THE_WAY and record.model_id != result.model_used
        for record in result.attempts
    )
