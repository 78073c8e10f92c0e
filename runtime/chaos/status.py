"""Experiments as others see them: frozen records, which orjson writes as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ExperimentStatus:
    """An experiment that runs. `until`: when it ends at the latest, unless its runner goes on.

    `faults` says each in words; `hits` counts the calls and other things that were hit.
    """

    id: str
    title: str
    since: datetime
    until: datetime
    faults: tuple[str, ...]
    hits: int
    seed: int = 0
    by: str = ""
    models: tuple[str, ...] = ()
    """The models that it is about, as far as it names any."""


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """What became of an experiment. Spans are seconds; None: that has not happened.

    `aborted`: it ended because of what it did to the tasks. `tasks` ended while it ran, and
    `answered` of them were; `hit_models` counts the hits by model.
    """

    id: str
    title: str
    seed: int
    since: datetime
    ended: datetime | None
    reason: str
    ended_by: str
    aborted: bool
    hits: int
    tasks: int
    answered: int
    to_detect: float | None
    to_divert: float | None
    to_recover: float | None
    recovered: bool
    """Whether a model that was hit answers again, or none was hit."""
    hit_models: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Steady:
    """How the fleet is: of the tasks of the last `window` seconds, and of the models now.

    `success_rate`, `p50` and `p95` (seconds) are None where no task has ended.
    """

    window: float
    tasks: int
    success_rate: float | None
    p50: float | None
    p95: float | None
    usable: tuple[str, ...]
    breakers: Mapping[str, str]
    statuses: Mapping[str, str]
