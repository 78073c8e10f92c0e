"""Settings of degradation: how bad the fleet has to be for which level, and what a level does."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, field_validator, model_validator

from ...base import Settings
from ...values.accepts import Accepts, NamedOrNone, default
from ...values.units import Duration
from ...values.values import NUMBER, SWITCH
from ...values.words import Names, plain_name
from .sheddable import Sheddable

LEVEL_NAMES = ("minor", "moderate", "severe", "critical")
"""The levels above `none`, in their order."""


def _falling(entries: tuple[float, ...]) -> tuple[float, ...]:
    if any(later >= earlier for earlier, later in pairwise(entries)):
        raise ValueError("should fall from level to level: minor, moderate, severe, critical")
    return entries


def _rising(entries: tuple[float, ...]) -> tuple[float, ...]:
    if any(later <= earlier for earlier, later in pairwise(entries)):
        raise ValueError("should rise from level to level: minor, moderate, severe, critical")
    return entries


Share = Annotated[float, Field(ge=0, le=1), NUMBER]
Times = Annotated[float, Field(gt=1, le=1_000_000), NUMBER]
_FOUR = Field(min_length=4, max_length=4)
FallingShares: TypeAlias = Accepts[
    Annotated[tuple[Share, ...], _FOUR, AfterValidator(_falling)],
    list[float] | tuple[float, ...],
]
RisingShares: TypeAlias = Accepts[
    Annotated[tuple[Share, ...], _FOUR, AfterValidator(_rising)],
    list[float] | tuple[float, ...],
]
RisingTimes: TypeAlias = Accepts[
    Annotated[tuple[Times, ...], _FOUR, AfterValidator(_rising)],
    list[float] | tuple[float, ...],
]
PlanName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)]


class LevelActionsConfig(Settings):
    """What the fleet does from one level on, until it is below that level again."""

    plan: PlanName | None = None
    """The group or model that serves tasks without a plan of their own."""
    shed: NamedOrNone[Sheddable] = default(None)
    """Tasks of this priority and of those below it are refused."""
    limits: Annotated[float, Field(gt=0, le=1), NUMBER] | None = None
    """The share of every model's `max_concurrent` that is used."""
    features_off: Names = default(())
    """Features of the application that are off: `runtime.degradation.is_on(name)` says so."""

    @field_validator("features_off")
    @classmethod
    def _each_feature_once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for at, name in enumerate(names):
            if name in names[:at]:
                raise ValueError(f"{name!r} is named twice")
        return names


class LevelsConfig(Settings):
    """The actions of each level; a level has those of the levels below it, too."""

    minor: LevelActionsConfig = Field(default_factory=LevelActionsConfig)
    moderate: LevelActionsConfig = Field(default_factory=LevelActionsConfig)
    severe: LevelActionsConfig = Field(default_factory=LevelActionsConfig)
    critical: LevelActionsConfig = Field(default_factory=LevelActionsConfig)

    @property
    def in_order(self) -> tuple[LevelActionsConfig, ...]:
        """From minor to critical."""
        return self.minor, self.moderate, self.severe, self.critical


class StaleCacheConfig(Settings):
    """Bounds of the answers that are kept for the time when nothing else answers."""

    max_entries: Annotated[int, Field(ge=1, le=10_000_000), NUMBER] = 1_000
    """Answers that are kept; the answer that was used longest ago goes first."""
    max_bytes: Annotated[int, Field(ge=1_024, le=1_000_000_000_000), NUMBER] = 67_108_864
    """Bytes of all answers together; a larger answer is not kept."""
    max_age: Duration = default(3_600.0)
    """Older answers are not given."""


class DegradationConfig(Settings):
    """When the fleet is degraded, and what it does then. Spans are seconds.

    >>> DegradationConfig(when={"severe": {"plan": "cheap"}}).when.severe.plan
    'cheap'
    """

    enabled: Annotated[bool, SWITCH] = True
    """Whether the level is measured; a level by hand holds either way."""
    success: FallingShares = default((0.95, 0.9, 0.8, 0.6))
    """Share of tasks that succeed, below which each level begins."""
    queue: RisingShares = default((0.5, 0.7, 0.85, 0.95))
    """Share of the room in lines that is taken, above which each level begins."""
    latency: RisingTimes = default((2.0, 3.0, 5.0, 10.0))
    """How many times its own median a model takes, above which each level begins."""
    min_tasks: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 20
    """Tasks of the last minute without which success and latency say nothing."""
    exercise: Annotated[float, Field(ge=0, le=0.5), NUMBER] = 0.01
    """Share of tasks that try the plans of `when` in good times, where there are such plans."""
    when: LevelsConfig = Field(default_factory=LevelsConfig)
    cache: StaleCacheConfig = Field(default_factory=StaleCacheConfig)

    @model_validator(mode="after")
    def _an_action_is_for_a_level(self) -> DegradationConfig:
        shares = [one.limits for one in self.when.in_order if one.limits is not None]
        if any(later > earlier for earlier, later in pairwise(shares)):
            raise ValueError("when: limits should not grow from level to level")
        return self

    @property
    def plans(self) -> tuple[str, ...]:
        """The plans that its levels name, each once."""
        return tuple(dict.fromkeys(one.plan for one in self.when.in_order if one.plan))
