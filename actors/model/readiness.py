"""What a model tells the others: whether it can serve, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from ..events import CircuitChanged, HealthChanged
from ..fleet_messages import Announce, ModelChanged
from ..policies.breaker.states import CircuitStateChanged, State
from ..policies.health.status import ModelStatus
from ..policies.unavailability import Unavailable, UnavailableReason, unavailable_of
from .state import ModelState, Surroundings

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from .alerts import ModelAlerts


_BY_HEALTH = frozenset({None, UnavailableReason.UNHEALTHY})


class Readiness:
    """Keeps the router's view of one model true, and publishes its events."""

    __slots__ = ("_model_alerts", "_ref", "_router", "_state", "_surroundings")

    def __init__(
        self,
        state: ModelState,
        ref: AnyRef,
        router: AnyRef,
        surroundings: Surroundings,
        vitals: ModelAlerts,
    ) -> None:
        self._state = state
        self._ref = ref
        self._router = router
        self._surroundings = surroundings
        self._model_alerts = vitals

    def notice(self, now: float) -> tuple[bool, bool]:
        """Publish what breaker and health have to say; whether the breaker moved, and opened."""
        state = self._state
        moves = state.breaker.drain_events()
        changes = state.health.drain_events()
        if not moves and not changes and state.announced and state.breaker.admits(now):
            return False, False
        self._publish(moves)
        opened = any(move.after is State.OPEN for move in moves)
        # A change of health may only change why it cannot serve, but then also until when.
        if opened or changes or state.announced is not state.can_serve(now):
            self.announce(now)
        self._model_alerts.heard(now, moves, changes)
        return bool(moves), opened

    def announce(self, now: float) -> None:
        """Tell the router how things are, and wake when that may change by itself."""
        state = self._state
        unavailable = None if self._state.can_serve(now) else self.unavailable(now)
        recovered = unavailable is None and not state.announced
        state.announced = unavailable is None
        self._router.send(ModelChanged(state.config.id, unavailable, recovered))
        self._tell_status(now, unavailable)
        self._wake_at(inf if unavailable is None else unavailable.until, now)

    def unavailable_by_operator(self) -> Unavailable | None:
        """Why no call is taken at all, whatever the breaker says."""
        state = self._state
        if not state.config.enabled:
            return Unavailable(UnavailableReason.DISABLED)
        if state.withdrawn:
            return Unavailable(UnavailableReason.STOPPING)
        maintenance = state.health.status is ModelStatus.MAINTENANCE
        return Unavailable(UnavailableReason.MAINTENANCE) if maintenance else None

    def unavailable(self, now: float) -> Unavailable:
        """Why the router should send nothing here."""
        breaker = self._state.breaker
        wait = breaker.retry_after(now)
        ruled = self.unavailable_by_operator()
        if ruled is not None or wait is None:
            return ruled or Unavailable(UnavailableReason.UNHEALTHY)
        return unavailable_of(breaker.state(now), now + wait)

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

    def _publish(self, moves: Iterable[CircuitStateChanged]) -> None:
        publish, model_id = self._surroundings.publish, self._state.config.id
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
        """Publish the status where it is another than the one that was told last."""
        state = self._state
        before, after = state.status_told, state.status(now)
        if before is after:
            return
        state.status_told = after
        ruled = None if unavailable is None else unavailable.closed
        self._surroundings.publish(
            HealthChanged,
            model_id=state.config.id,
            before=before,
            after=after,
            reason=state.health.reason if ruled in _BY_HEALTH else str(ruled),
        )
