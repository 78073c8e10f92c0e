"""Watches how bad the fleet is, and tells when its level changes.

It looks every five seconds while tasks come or the level may change, and not at all in an idle
fleet: the first task after that, or a model that changes, wakes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..adaptation_events import DegradationChanged
from ..events import Publish
from ..level_messages import (
    HoldLevel,
    HoldOver,
    LevelDue,
    LevelHeard,
    LevelMessage,
    RecoveryGaveUp,
    RecoveryGoesOn,
    ReleaseLevel,
)
from ..load_messages import LowerLimits, ShedFrom
from ..policies.degradation.actions import SHED_AT, LevelActions
from ..policies.degradation.hysteresis import PACE, LevelMove
from ..policies.degradation.levels import LEVELS, DegradationStatus
from ..policies.degradation.several import LevelWord, Others, Seen, readings_of
from ..policies.degradation.signals import Readings
from .alerts import FleetAlerts
from .state import RouterState

if TYPE_CHECKING:
    from ..engine.reference import AnyRef


class LevelWatch:
    """The router's watch over the level of the fleet."""

    __slots__ = ("_alerts", "_publish", "_ref", "_silent", "_state")

    def __init__(
        self, state: RouterState, ref: AnyRef, publish: Publish, alerts: FleetAlerts
    ) -> None:
        self._state, self._ref, self._publish, self._alerts = state, ref, publish, alerts
        self._silent = False

    def receive(self, message: LevelMessage, now: float) -> DegradationStatus | None:
        """A clock rang, or an operator asks for something."""
        match message:
            case LevelDue():
                self._look(now)
            case RecoveryGaveUp() | RecoveryGoesOn():
                self._alerts.recovery(message, now)
            case HoldOver():
                self._end_hold(now)
            case HoldLevel():
                return self._hold(message, now)
            case ReleaseLevel():
                return self._release(message, now)
            case LevelHeard(word):
                self._hear(word, now)
        return None

    def changed(self, *, can_serve: bool) -> None:
        """A model changed."""
        self.stir()
        on_trouble = self._state.level.on_trouble
        if on_trouble is not None and not can_serve:
            on_trouble()

    def stir(self) -> None:
        """A task came, or a model changed: look, if it does not look already."""
        state = self._state.level
        if state.timer is None and not self._silent and state.settings.degradation.enabled:
            state.timer = self._ref.after(PACE, LevelDue())

    def _look(self, now: float) -> None:
        """The clock rang: look."""
        state = self._state.level
        state.timer = None
        if not state.settings.degradation.enabled:
            return
        seen, is_idle = self._seen(now), self._is_idle()
        if state.others is None:
            self._tell(state.level.look(now, self._readings([seen])))
        else:
            is_idle = self._look_with(state.others, seen, now, is_idle=is_idle)
        if is_idle and state.level.is_settled:
            self._state.forget_ready()  # so that the next task wakes it
        else:
            self.stir()

    def _look_with(self, others: Others, seen: Seen, now: float, *, is_idle: bool) -> bool:
        """Look together with others; whether all are idle."""
        level = self._state.level.level
        readings = self._readings([seen, *others.seen(now)])
        if others.leader(now) is None:
            self._tell(level.look(now, readings))
        else:
            level.note(now, readings)
        busy = not is_idle or seen.succeeded + seen.failed > 0
        word = LevelWord(others.number, others.born, busy, level.measured, level.reason, seen)
        self._state.level.tell(word)
        return not busy and not others.is_busy(now)

    def _hear(self, word: LevelWord, now: float) -> None:
        """Another process has looked: follow it if it decides."""
        state = self._state.level
        if state.others is None or not state.settings.degradation.enabled:
            return
        state.others.take(now, word)
        leader = state.others.leader(now)
        if leader is not None:
            self._tell(state.level.follow(now, leader.rank, leader.reason))
        if word.busy:
            self.stir()

    def _end_hold(self, now: float) -> None:
        """The clock of a hold rang."""
        self._state.level.hold_timer = None
        self._tell(self._state.level.level.expire(now))
        self.stir()

    def _hold(self, message: HoldLevel, now: float) -> DegradationStatus:
        """Set the level by hand."""
        state = self._state.level
        self._drop_hold_timer()
        until = None if message.duration is None else now + message.duration
        if message.duration is not None and not self._silent:
            state.hold_timer = self._ref.after(message.duration, HoldOver())
        self._tell(state.level.hold(now, message.level.rank, until, message.reason, message.by))
        return state.status(now)

    def _release(self, message: ReleaseLevel, now: float) -> DegradationStatus:
        """Go by the figures again."""
        state = self._state.level
        self._drop_hold_timer()
        self._tell(state.level.release(now, message.reason, message.by))
        self.stir()
        return state.status(now)

    def reconfigured(self) -> None:
        """Other settings hold."""
        state = self._state.level
        state.adopt(self._state.settings)
        self._apply(state.actions)
        self.stir()

    def silence(self) -> None:
        """The actor stops: no more looking."""
        self._silent = True
        self._drop_hold_timer()
        if self._state.level.timer is not None:
            self._state.level.timer.cancel()
            self._state.level.timer = None

    def _tell(self, move: LevelMove | None) -> None:
        if move is None:
            return
        state = self._state.level
        after = LEVELS[move.after]
        state.since = datetime.now(UTC)
        state.changes += 1
        state.entered[after.value] = state.entered.get(after.value, 0) + 1
        actions = state.actions
        self._apply(actions)
        self._publish(
            DegradationChanged,
            before=LEVELS[move.before],
            after=after,
            reason=move.reason,
            held=state.level.held is not None,
            actions=actions.names,
        )

    def _apply(self, actions: LevelActions) -> None:
        """Tell tasks what holds, and models how much they take."""
        router, state = self._state, self._state.level
        before, state.applied = state.applied, actions
        state.apply(state.mark, actions)
        models = router.candidates.values()
        if actions.shed is not before.shed:
            x = None if actions.shed is None else SHED_AT[actions.shed]
            router.relief.take(ShedFrom(x), models)
        if actions.limits != before.limits:
            router.relief.take(LowerLimits(actions.limits), models)

    def _readings(self, seen: Sequence[Seen]) -> Readings:
        return readings_of(seen, self._state.level.settings.degradation.min_tasks)

    def _seen(self, now: float) -> Seen:
        router, state = self._state, self._state.level
        books = router.books
        state.success.note(now, router.answered, books.failed - books.of_requests)
        state.latency.note(now, state.sketches())
        succeeded, failed = state.success.counts
        waiting = router.line.length
        places = sum(config.bulkhead.max_queue for config in router.configs.values())
        return Seen(
            succeeded,
            failed,
            usable=len(router.candidates) - len(router.unavailable),
            expected=len(router.candidates) - len(router.excused),
            turns=(router.turns.waiting, router.settings.max_queued_requests),
            places=(waiting, places),
            ratios=state.latency.ratios(),
        )

    def _is_idle(self) -> bool:
        router, state = self._state, self._state.level
        before, state.seen = state.seen, router.dispatched
        return state.seen == before and not router.in_flight and not router.line.length

    def _drop_hold_timer(self) -> None:
        state = self._state.level
        if state.hold_timer is not None:
            state.hold_timer.cancel()
            state.hold_timer = None
