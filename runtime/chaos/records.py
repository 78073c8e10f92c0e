"""What is written down of an experiment beside its rules: wall-clock times, and what it showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ...actors.policies.chaos.experiments import Experiment
from ...actors.policies.chaos.observation import Observation
from .status import ExperimentReport, ExperimentStatus


class RunRecord:
    """One experiment, from its first fault to the recovery after it."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment: Experiment = experiment
        self.observed: Observation = Observation()
        self.since: datetime = datetime.now(UTC)
        self.ended: datetime | None = None
        self.reason: str = ""
        self.ended_by: str = ""
        self.aborted: bool = False

    def end(self, reason: str, by: str, now: float, *, aborted: bool) -> None:
        """Its faults are cleared."""
        self.ended = datetime.now(UTC)
        self.reason, self.ended_by, self.aborted = reason, by, aborted
        self.observed.cleared(now)

    def status(self, now: float) -> ExperimentStatus:
        """As it runs."""
        one = self.experiment
        named = {model_id: None for each in one.injections for model_id in each.spec.models}
        return ExperimentStatus(
            one.id,
            one.title,
            self.since,
            datetime.now(UTC) + timedelta(seconds=max(0.0, one.until - now)),
            tuple(map(str, one.injections)),
            one.hits,
            one.seed,
            one.by,
            tuple(named),
        )

    def report(self) -> ExperimentReport:
        """What has become of it so far."""
        one, seen = self.experiment, self.observed
        return ExperimentReport(
            one.id,
            one.title,
            one.seed,
            self.since,
            self.ended,
            self.reason,
            self.ended_by,
            self.aborted,
            one.hits,
            one.watch.tasks,
            one.watch.answered,
            seen.to_detect,
            seen.to_divert,
            seen.to_recover,
            seen.is_recovered,
            dict(seen.models),
        )
