"""Watches how a model does, by what happens to it, and raises alerts.

It looks at the traffic after a failure or a slow answer, and from then on by its own clock until
all is well. Successes cost nothing here, and a model that is well or idle has no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..alert_publisher import AlertPublisher
from ..events import Publish
from ..fleet_messages import TrafficCheckDue
from ..policies.breaker.states import CircuitStateChanged, Reason, State
from ..policies.health.alerts import AlertCondition
from ..policies.health.status import ModelStatus, StatusChanged
from ..policies.outcomes.classify import classify
from ..policies.outcomes.fault import UNCOUNTED, Fault
from .state import ModelState

if TYPE_CHECKING:
    from ..engine.reference import AnyRef

PACE = 10.0
"""Seconds between two looks."""


class ModelAlerts:
    """The alerts of one model, and whether its traffic makes it degraded."""

    __slots__ = ("_publisher", "_ref", "_state")

    def __init__(self, state: ModelState, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._ref = ref
        self._publisher = AlertPublisher(state, ref, publish)

    def look(self, now: float) -> None:
        """Judge the traffic; the status may change by it, which is for others to tell."""
        state = self._state
        if state.withdrawn:
            return
        metrics = state.metrics
        faults = metrics.faults
        own = sum([faults.get(fault, 0) for fault in UNCOUNTED])
        wrong = metrics.failures + metrics.timeouts - own
        signs = state.signs.look(now, metrics.successes, wrong, metrics.average_latency())
        state.health.traffic(now, failing=signs.failing, slow=signs.slow)
        alerts, model_id = state.alerts, state.config.id
        if signs.failing:
            rate = signs.error_rate or 0.0
            message = f"{rate:.0%} of the last {signs.calls} calls of {model_id} failed"
            alerts.report(now, AlertCondition.ERROR_RATE, message, model_id)
        else:
            alerts.clear(AlertCondition.ERROR_RATE, model_id)
        if signs.slow:
            time = signs.response_time or 0.0
            message = f"{model_id} takes {time:.3g} s to answer on average"
            alerts.report(now, AlertCondition.SLOW, message, model_id)
        else:
            alerts.clear(AlertCondition.SLOW, model_id)
        self._publisher.tell(now)
        self._look_again()

    def heard(
        self, now: float, moves: Iterable[CircuitStateChanged], changes: Iterable[StatusChanged]
    ) -> None:
        """The breaker moved, or the status changed."""
        model_id = self._state.config.id
        for move in moves:
            self._moved(now, move)
        alerts = self._state.alerts
        for change in changes:
            if change.status is ModelStatus.UNAVAILABLE:
                message = f"{model_id} fails its health checks"
                alerts.report(now, AlertCondition.MODEL_UNAVAILABLE, message, model_id)
            else:
                alerts.clear(AlertCondition.MODEL_UNAVAILABLE, model_id)
        self._publisher.tell(now)

    def probed(self, now: float, error: BaseException | None) -> None:
        """A probe is back; some ask with the key, and show whether that is accepted.

        What an open breaker knows of the key, only calls can refute.
        """
        closed = self._state.breaker.state(now) is State.CLOSED
        if error is None and closed:
            self._state.alerts.clear(AlertCondition.MISCONFIGURED, self._state.config.id)
        elif error is not None and classify(error) is Fault.UNAUTHORIZED:
            self._refused(now)
        self._publisher.tell(now)

    def unknown(self, now: float) -> None:
        """The provider does not have the model, or not for this account."""
        state = self._state
        state.unknown = True
        model_id = state.config.id
        message = (
            f"the provider of {model_id} does not have this model, or not for this account; no "
            "task can succeed there: check its name and the account"
        )
        state.alerts.report(now, AlertCondition.MODEL_UNKNOWN, message, model_id)
        self._publisher.tell(now)

    def known(self, now: float) -> None:
        """A task has succeeded, or the model is given another chance."""
        self._state.unknown = False
        self._state.alerts.clear(AlertCondition.MODEL_UNKNOWN, self._state.config.id)
        self._publisher.tell(now)

    def look_due(self, now: float) -> None:
        """The clock rang."""
        self._state.look_timer = None
        self.look(now)

    def alerts_due(self, now: float) -> None:
        """What was held back may be told."""
        self._publisher.due(now)

    def retire(self, now: float) -> None:
        """The model takes no more tasks: nothing about it is an operator's concern any more."""
        self._state.alerts.mute()
        self._publisher.tell(now)

    def reconfigured(self, now: float) -> None:
        """Other settings hold for a model that takes tasks: by them, what is to be told?"""
        if self._state.signs.watching:
            self.look(now)
        self._state.alerts.unmute(now)
        self._publisher.tell(now)

    def silence(self) -> None:
        """The actor stops: no more looking."""
        self._publisher.silence()
        self._stop_looking()

    def _moved(self, now: float, move: CircuitStateChanged) -> None:
        model_id, alerts = self._state.config.id, self._state.alerts
        if move.after is State.OPEN:
            wait = 0.0 if move.open_for is None else move.open_for
            message = f"the circuit breaker of {model_id} opened ({move.reason}) for {wait:.3g} s"
            alerts.report(now, AlertCondition.CIRCUIT_OPEN, message, model_id)
            if move.reason == Reason.UNAUTHORIZED:
                self._refused(now)
        elif move.after is not State.HALF_OPEN:
            alerts.clear(AlertCondition.CIRCUIT_OPEN, model_id)
            alerts.clear(AlertCondition.MISCONFIGURED, model_id)

    def _refused(self, now: float) -> None:
        model_id = self._state.config.id
        message = (
            f"the provider of {model_id} refuses its key or its quota is used up; retrying cannot "
            "help: check the key and the account"
        )
        self._state.alerts.report(now, AlertCondition.MISCONFIGURED, message, model_id)

    def _look_again(self) -> None:
        state = self._state
        if not state.signs.watching:
            self._stop_looking()
        elif state.look_timer is None:
            state.look_timer = self._ref.after(PACE, TrafficCheckDue())

    def _stop_looking(self) -> None:
        if self._state.look_timer is not None:
            self._state.look_timer.cancel()
            self._state.look_timer = None
