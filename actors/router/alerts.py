"""Watches whether the fleet can serve: what no single model knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..alert_publisher import AlertPublisher
from ..events import Publish
from ..level_messages import RecoveryGaveUp, RecoveryGoesOn
from ..policies.health.alerts import AlertCondition
from ..policies.unavailability import Unavailable, UnavailableReason
from .state import RouterState

if TYPE_CHECKING:
    from ..engine.reference import AnyRef

_NOT_EXPECTED = frozenset({UnavailableReason.STARTING, UnavailableReason.DISABLED})


class FleetAlerts:
    """The router's alerts. It looks when a model's state changes, and never otherwise."""

    __slots__ = ("_publisher", "_state")

    def __init__(self, state: RouterState, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._publisher = AlertPublisher(state, ref, publish)

    def changed(self, model_id: str, unavailable: Unavailable | None, now: float) -> None:
        """A model can serve, or cannot."""
        state = self._state
        if unavailable is not None and unavailable.reason in _NOT_EXPECTED:
            state.excused.add(model_id)
        else:
            state.excused.discard(model_id)
        if unavailable is not None and unavailable.reason is UnavailableReason.QUARANTINED:
            message = f"the actor of {model_id} crashed too often; restart() brings it back"
            state.alerts.report(now, AlertCondition.MODEL_QUARANTINED, message, model_id)
        else:
            state.alerts.clear(AlertCondition.MODEL_QUARANTINED, model_id)
        self.look(now)

    def removed(self, model_id: str, now: float) -> None:
        """A model is gone."""
        self._state.excused.discard(model_id)
        self._state.alerts.clear(AlertCondition.MODEL_QUARANTINED, model_id)
        self._state.alerts.clear(AlertCondition.RECOVERY_GAVE_UP, model_id)
        self.look(now)

    def recovery(self, message: RecoveryGaveUp | RecoveryGoesOn, now: float) -> None:
        """Remedies do not bring a model back, or it is back."""
        alerts = self._state.alerts
        if isinstance(message, RecoveryGoesOn):
            alerts.clear(AlertCondition.RECOVERY_GAVE_UP, message.model_id)
        elif message.model_id in self._state.candidates:
            alerts.report(now, AlertCondition.RECOVERY_GAVE_UP, message.text, message.model_id)
        self._publisher.tell(now)

    def look(self, now: float) -> None:
        """How much of the fleet can serve."""
        state = self._state
        expected = len(state.candidates) - len(state.excused)
        usable = len(state.candidates) - len(state.unavailable)
        if expected and not state.routing.usable_count:
            message = f"none of the {expected} models can serve: {self._reasons()}"
            state.alerts.report(now, AlertCondition.NO_USABLE_MODEL, message)
        else:
            state.alerts.clear(AlertCondition.NO_USABLE_MODEL)
        if 100.0 * usable < state.settings.degraded_mode_threshold * expected:
            message = f"only {usable} of {expected} models can serve: {self._reasons()}"
            state.alerts.report(now, AlertCondition.DEGRADED_MODE, message)
        else:
            state.alerts.clear(AlertCondition.DEGRADED_MODE)
        self._publisher.tell(now)

    def alerts_due(self, now: float) -> None:
        """What was held back may be told."""
        self._publisher.due(now)

    def silence(self) -> None:
        """The actor stops: no more waking."""
        self._publisher.silence()

    def _reasons(self) -> str:
        """How many models are out for which reason."""
        counts: dict[str, int] = {}
        for model_id, unavailable in self._state.unavailable.items():
            if model_id not in self._state.excused:
                counts[unavailable.reason] = counts.get(unavailable.reason, 0) + 1
        return ", ".join(f"{count} {reason}" for reason, count in counts.items())
