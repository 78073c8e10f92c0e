"""What a model tells the others: whether it can serve, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from ..events import CallAbandoned, CircuitChanged, HealthChanged, Publish
from ..fleet_messages import Announce, ModelChanged, QuotaParked
from ..messages import Settle
from ..policies.breaker.states import CircuitStateChanged, State
from ..policies.outcomes.fault import Fault
from ..policies.unavailability import Unavailable, UnavailableReason
from .state import ModelState

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from .alerts import ModelAlerts


_BY_HEALTH = frozenset({None, UnavailableReason.UNHEALTHY})


class Readiness:
    """Keeps the router's view of one model true, and publishes its events."""

    __slots__ = ("_model_alerts", "_publish", "_ref", "_router", "_state")

    def __init__(
        self,
        state: ModelState,
        ref: AnyRef,
        router: AnyRef,
        publish: Publish,
        alerts: ModelAlerts,
    ) -> None:
        self._state = state
        self._ref = ref
        self._router = router
        self._publish = publish
        self._model_alerts = alerts

    def notice(self, now: float) -> tuple[bool, bool]:
        """Publish what breaker and health have to say; whether the breaker moved, and opened."""
        state = self._state
        moves = state.breaker.drain_events()
        changes = state.health.drain_events()
        if not moves and not changes and state.announced and state.breaker.admits(now):
            return False, False
        self._publish_moves(moves)
        opened = any(move.after is State.OPEN for move in moves)
        # A change of health may only change why it cannot serve, but then also until when.
        if opened or changes or state.announced is not state.can_serve(now):
            self.announce(now)
        self._model_alerts.heard(now, moves, changes)
        return bool(moves), opened

    def announce(self, now: float) -> None:
        """Tell the router how things are, and wake when that may change by itself."""
        state = self._state
        unavailable = None if state.can_serve(now) else state.unavailable(now)
        state.announced = unavailable is None
        self._router.send(ModelChanged(state.config.id, unavailable))
        self._tell_status(now, unavailable)
        self._wake_at(inf if unavailable is None else unavailable.until, now)

    def share_parking(self, settle: Settle) -> None:
        """Tell the router how long a provider wants to be left alone whose quota others share."""
        config, wait = self._state.config, settle.wait
        quota = config.rate_limit.shared_quota
        if quota is not None and wait and settle.fault is Fault.RATE_LIMITED:
            self._router.send(QuotaParked(config.id, quota, wait))

    def tell_abandoned(self, model_id: str, *, holds_place: bool) -> None:
        """Publish that a call would not end."""
        self._publish(CallAbandoned, model_id=model_id, holds_place=holds_place)

    def silence(self) -> None:
        """The actor stops: no more waking."""
        self._wake_at(inf, 0.0)

    def _wake_at(self, point: float, now: float) -> None:
        state = self._state
        if state.wait_timer is not None:
            state.wait_timer.cancel()
            state.wait_timer = None
        if point < inf:
            wait = max(0.0, point - now)
            state.wait_timer = self._ref.after(wait, Announce())

    def _publish_moves(self, moves: Iterable[CircuitStateChanged]) -> None:
        publish, model_id = self._publish, self._state.config.id
        for move in moves:
            publish(
                CircuitChanged,
                model_id=model_id,
                before=move.before,
                after=move.after,
                reason=move.reason,
                open_for=move.open_for,
            )

    def _tell_status(self, now: float, unavailable: Unavailable | None) -> None:
        """Publish the status where it differs from the status that was published last."""
        state = self._state
        before, after = state.status_told, state.status(now)
        if before is after:
            return
        state.status_told = after
        ruled = None if unavailable is None else unavailable.reason
        self._publish(
            HealthChanged,
            model_id=state.config.id,
            before=before,
            after=after,
            reason=state.health.reason if ruled in _BY_HEALTH else str(ruled),
            last_error=state.health.last_error,
            last_check_at=state.health.last_check_at,
            error_rate=state.signs.error_rate,
        )
