"""The journal of a run, with Chaos Toolkit's keys."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from enum import StrEnum
from importlib.metadata import version
from typing import Any, NamedTuple

from .activities import Run, now
from .document import Experiment


class RunStatus(StrEnum):
    """How a run has ended, in Chaos Toolkit's words. Failed: it was refused, nothing was done."""

    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"


class Verdict(NamedTuple):
    """An exit code, and the word for it."""

    number: int
    word: str


HELD, DEVIATED = Verdict(0, "held"), Verdict(1, "deviated")
REFUSED, ABORTED = Verdict(2, "refused"), Verdict(3, "aborted")


class SteadyState(NamedTuple):
    """Whether the steady state was met, and its probes."""

    met: bool
    probes: list[Run]


class Journal:
    """Written by the runner. `report` is what the fault has shown, as the fleet tells it."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment: Experiment = experiment
        self.start: str = now()
        self.end: str | None = None
        self.status: RunStatus | None = None
        self.reason: str = ""
        self.deviated = False
        self.steady_states: dict[str, SteadyState] = {}
        self.run: list[Run] = []
        self.rollbacks: list[Run] = []
        self.report: Mapping[str, Any] | None = None

    def refuse(self, reason: str) -> None:
        """It was not allowed, or the fleet was not well before it."""
        self.status, self.reason = RunStatus.FAILED, reason

    def abort(self, reason: str) -> None:
        """It has ended before its end."""
        self.status, self.reason = RunStatus.ABORTED, reason

    @property
    def code(self) -> Verdict:
        """The exit code of the command."""
        if self.status is RunStatus.COMPLETED:
            return DEVIATED if self.deviated else HELD
        return REFUSED if self.status is RunStatus.FAILED else ABORTED

    def as_dict(self) -> dict[str, Any]:
        """The whole of it, for JSON."""
        told = self.experiment.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        told.pop("secrets", None)
        return {
            "hive-resilience-version": version("hive-resilience"),
            "platform": platform.platform(),
            "node": platform.node(),
            "experiment": told,
            "start": self.start,
            "status": self.status,
            "deviated": self.deviated,
            "steady_states": {
                "before": self._state("before"),
                "after": self._state("after"),
                "during": [],
            },
            "run": self.run,
            "rollbacks": self.rollbacks,
            "end": self.end,
            "hive": {"verdict": self.code.word, "reason": self.reason, "report": self.report},
        }

    def _state(self, moment: str) -> dict[str, Any] | None:
        state = self.steady_states.get(moment)
        if state is None:
            return None
        return {"steady_states_met": state.met, "probes": state.probes}
