"""What the router owns of the fleet's level; it outlives a crash of the router."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ....config.settings.runtime import GlobalConfig
from ...policies.degradation.actions import NOTHING, LevelActions, actions_at
from ...policies.degradation.fleet_level import FleetLevel
from ...policies.degradation.latency_ratio import LatencyRatio
from ...policies.degradation.levels import (
    LEVELS,
    Degradation,
    DegradationLevel,
    DegradationStatus,
    LevelHold,
)
from ...policies.degradation.several import LevelWord, Others
from ...policies.degradation.signals import Thresholds
from ...policies.degradation.success_window import SuccessWindow
from ...policies.metrics.sketch import LatencySketch


def _nothing(mark: Degradation | None, actions: LevelActions) -> None:
    pass


def _untold(word: LevelWord) -> None:
    pass


@dataclass(slots=True)
class LevelState:
    """The level, the figures of the last minute, and what happens at a change."""

    settings: GlobalConfig
    level: FleetLevel = field(init=False)
    success: SuccessWindow = field(default_factory=SuccessWindow)
    latency: LatencyRatio = field(default_factory=LatencyRatio)
    timer: asyncio.TimerHandle | None = None
    """Rings for the next look; None: the fleet is idle, and its level would not change."""
    hold_timer: asyncio.TimerHandle | None = None
    seen: int = -1
    """Tasks that were dispatched before the last look."""
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    changes: int = 0
    entered: dict[str, int] = field(default_factory=dict[str, int])
    """How often each level was entered."""
    sketches: Callable[[], Iterable[tuple[str, LatencySketch]]] = tuple
    """Reads how long the models take; they own the sketches."""
    applied: LevelActions = NOTHING
    """What was told to tasks and models last."""
    on_trouble: Callable[[], None] | None = None
    """Is called when a model cannot serve, for recovery."""
    remedies: Callable[[], Mapping[str, int]] = dict
    """What recovery has done so far, by outcome."""
    others: Others | None = None
    """Other processes that serve together with this one; None: it is alone."""
    tell: Callable[[LevelWord], None] = _untold
    """Tells them what this one sees."""
    apply: Callable[[Degradation | None, LevelActions], None] = _nothing
    """What tasks have to know of the level from now on."""

    def __post_init__(self) -> None:
        self.level = FleetLevel(self._thresholds())

    def adopt(self, settings: GlobalConfig) -> None:
        """Go on by other settings."""
        self.settings = settings
        self.level.thresholds = self._thresholds()

    @property
    def actions(self) -> LevelActions:
        """What is done at this level."""
        return actions_at(self.settings.degradation, self.level.rank)

    @property
    def mark(self) -> Degradation | None:
        """What results of tasks say; None in good times."""
        level = self.level
        if not level.rank:
            return None
        return Degradation(LEVELS[level.rank], level.reason, self.actions.names)

    def status(self, now: float) -> DegradationStatus:
        """A frozen record of it all."""
        level, actions = self.level, self.actions
        return DegradationStatus(
            level=LEVELS[level.rank],
            reason=level.reason,
            since=self.since,
            measured=LEVELS[level.measured],
            held=self._held(now),
            signals=level.verdict.signals,
            actions=actions.names,
            plan=actions.plan,
            features_off=tuple(sorted(actions.features_off)),
            changes=self.changes,
            by_level={one.value: self.entered.get(one.value, 0) for one in DegradationLevel},
        )

    def _held(self, now: float) -> LevelHold | None:
        held = self.level.held
        if held is None:
            return None
        until = None
        if held.until is not None:
            until = datetime.now(UTC) + timedelta(seconds=held.until - now)
        return LevelHold(LEVELS[held.rank], until, held.reason, held.by)

    def _thresholds(self) -> Thresholds:
        settings = self.settings
        return Thresholds.of(settings.degradation, settings.degraded_mode_threshold)
