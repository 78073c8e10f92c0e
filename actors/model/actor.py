"""One model: an actor that owns its circuit breaker, bulkhead, retries, health and metrics.

It gives permits and hears how each call ended; the calls themselves run elsewhere. What it owns is
in `ModelState`; its parts are admission, settlement, readiness, alerts and the health loop.
"""

from __future__ import annotations

from types import TracebackType

from ...config.settings.model import OnCrash
from ..engine.actor import Actor
from ..engine.future import LoopFuture, Promise
from ..engine.reference import AnyRef
from ..events import Publish
from ..fleet_messages import (
    AlertsDue,
    Announce,
    CheckHealth,
    DrainModel,
    InjectionCounted,
    Operate,
    Park,
    Probed,
    ProbeDue,
    Reconfigure,
    ReleaseExecutor,
    Switch,
    TrafficCheckDue,
)
from ..load_messages import LowerLimits, ShedFrom
from ..messages import (
    Acquire,
    AcquireStream,
    CallReturned,
    FailoverReported,
    HedgeEnded,
    Settle,
    SilenceAllowed,
    SpendHedge,
    StopWaiting,
)
from ..permit import CallPermit
from ..place_messages import Admit, KeepPlace, PlaceWanted
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import InvalidRequestError, crashed
from ..policies.outcomes.waits import StatedWait
from .admission import Admission
from .alerts import ModelAlerts
from .changes import Changes
from .health_loop import HealthLoop
from .late_settlement import LateSettlement
from .load_control import LoadControl
from .readiness import Readiness
from .settlement import Settlement
from .state import ModelState
from .wait_news import WaitNews


class ModelActor(Actor):
    """Owns one model. `state` survives a crash of this actor; `router` hears what changes."""

    def __init__(self, state: ModelState, router: AnyRef, publish: Publish) -> None:
        super().__init__()
        ref = self.actor_ref
        self._state = state
        self._health = HealthLoop(state, ref)
        self._model_alerts = ModelAlerts(state, ref, publish)
        self._readiness = Readiness(state, ref, router, publish, self._model_alerts)
        self._changes = Changes(
            state, self._readiness, self._model_alerts, self._health, WaitNews(state, publish)
        )
        self._admission = Admission(state, ref, router)
        self._settlement = Settlement(state, self._admission, self._readiness, self._changes)
        self._load = LoadControl(state, self._admission, self._settlement)
        self._entry, self._exit = self._load.doors()

    def on_start(self) -> None:
        now = self.engine.now()
        self._state.starts += 1
        if self._state.starts > 1:
            self._state.breaker.crashed(now)
            self._admission.tell_drained()
            self._admission.offer(now)
        self._changes.after_change(now)

    def on_stop(self) -> None:
        now = self.engine.now()
        self._changes.silence()
        self._health.tell_checked(self._state.status(now))
        self._admission.stop_offering(now)
        self._admission.tell_drained(at_last=True)
        # A bound method would keep this actor.
        late = LateSettlement(self._admission, self._settlement, self.engine.now)
        self.set_dead_letter_handler(late.take)

    def stopped_while_down(self) -> None:
        self.on_stop()

    def before_restart(self) -> None:
        """The successor takes over everything as it is: calls, timers, and waiting callers."""

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Running calls belong to their callers, unless the configuration says otherwise."""
        if self._state.config.on_crash is not OnCrash.CANCEL:
            return
        for permit in tuple(self._state.permits):
            if permit.call is not None:
                permit.call.revoke(crashed(permit.model_id, exception_value))

    def salvage(self, message: object) -> None:
        """What comes only once must not be lost in a crash: permits above all."""
        now = self.engine.now()
        match message:
            case Settle(CallPermit() as permit) | CallReturned(CallPermit() as permit):
                self._settlement.release(permit, now)
                if not (isinstance(message, Settle) and message.lingering):
                    self._admission.leave(permit, now)
            case StopWaiting(waiter):
                self._stop_waiting(waiter, now)
            case Admit():
                self._admission.refuse_after_a_crash(message, now)
            case PlaceWanted():
                self._state.place_wanted = True
            case KeepPlace():
                self._admission.stop_offering(now)
            case ShedFrom() | LowerLimits():
                self._load.relieve(message, now)
            case Reconfigure():
                self._adopt(message, now)
            case Probed():
                self._state.probing = False
                self._health.tell_checked(self._state.status(now))
            case _:
                pass

    def receive(self, message: object) -> object:
        now = self.engine.instant
        # The two of every attempt go before the search through all the others.
        if type(message) is Acquire:
            return self._entry.acquire(message, now)
        if type(message) is Settle:
            return self._exit.settle(message, now)
        match message:
            case AcquireStream():
                return self._entry.acquire(message, now)
            case FailoverReported():
                self._state.metrics.count_failover()
            case SilenceAllowed(own, stream):
                return self._admission.silence(own, now, stream=stream)
            case InjectionCounted(fault, outcome):
                self._state.metrics.count_injected(fault, outcome)
            case SpendHedge():
                return self._admission.may_be_hedged()
            case HedgeEnded(won):
                self._state.metrics.count_hedge(won=won)
            case CallReturned(permit):
                self._admission.leave(permit, now)
            case StopWaiting(waiter):
                self._stop_waiting(waiter, now)
            case Admit():
                self._entry.admit(message, now)
            case PlaceWanted():
                self._admission.wanted(now)
            case KeepPlace():
                self._admission.stop_offering(now)
            case Park(seconds):
                self._park(seconds, now)
            case _:
                return self._hear_of_health(message, now)
        return None

    def _hear_of_health(self, message: object, now: float) -> object:
        match message:
            case Announce():
                self._readiness.announce(now)
            case ProbeDue():
                self._health.due(now)
            case TrafficCheckDue():
                self._model_alerts.look_due(now)
                self._readiness.notice(now)
            case AlertsDue():
                self._model_alerts.alerts_due(now)
            case Probed(check) if check != self._state.probe:
                self._health.outdated(now)
            case Probed(_, duration, error):
                self._probed(now, duration, error)
            case CheckHealth():
                return self._health.check() or self._state.status(now)
            case _:
                return self._obey(message, now)
        return None

    def _obey(self, message: object, now: float) -> object:
        match message:
            case Operate(switch, reason):
                self._operate(switch, reason, now)
            case Reconfigure():
                self._adopt(message, now)
                self._changes.after_change(now)
            case ShedFrom() | LowerLimits():
                self._load.relieve(message, now)
                self._entry, self._exit = self._load.doors()
            case DrainModel():
                return self._withdraw(now)
            case ReleaseExecutor(executor):
                return self._admission.drained(executor)
            case _:
                return super().receive(message)
        return None

    def on_receive(self, message: object) -> object:
        raise InvalidRequestError(
            f"a model's actor does not understand {type(message).__name__}; tasks go to the router",
            model_id=self._state.config.id,
        )

    def _park(self, seconds: float, now: float) -> None:
        self._state.breaker.park(now, seconds)
        self._changes.wait_stated(StatedWait(seconds), now)
        self._readiness.announce(now)

    def _stop_waiting(self, waiter: LoopFuture[object], now: float) -> None:
        unseen = self._admission.forsake(waiter.origin)
        if unseen is not None:
            self._settlement.settle(Settle(unseen, Outcome.CANCELLED, 0.0), now)

    def _probed(self, now: float, duration: float, error: BaseException | None) -> None:
        self._health.probed(now, duration, error)
        self._readiness.notice(now)
        self._model_alerts.probed(now, error)
        self._health.tell_checked(self._state.status(now))

    def _operate(self, switch: Switch, reason: str, now: float) -> None:
        breaker, health = self._state.breaker, self._state.health
        match switch:
            case Switch.TRIP:
                breaker.trip(now, reason or "operator")
            case Switch.RESET:
                self._reset(now)
            case Switch.FORCE_OPEN:
                breaker.force_open(now)
            case Switch.DISABLE:
                breaker.disable(now)
            case Switch.METRICS_ONLY:
                breaker.metrics_only(now)
            case Switch.ENTER_MAINTENANCE:
                health.enter_maintenance(now)
            case Switch.LEAVE_MAINTENANCE:
                health.leave_maintenance(now)
        self._changes.after_change(now)

    def _reset(self, now: float) -> None:
        """Give the model another chance at once: forget what was counted and asked for."""
        self._state.breaker.reset(now)
        self._state.limiter.reset()
        self._state.load.reset()
        self._load.apply(now)
        self._changes.known(now)

    def _withdraw(self, now: float) -> bool | Promise[bool]:
        """Take no more calls; answered with True once none is in flight."""
        self._state.leaving = True
        self._take_no_more(now)
        return self._admission.drained(None)

    def _adopt(self, message: Reconfigure, now: float) -> None:
        state = self._state
        if state.leaving:  # a caller that waits for its end waits in vain
            self._admission.tell_drained(at_last=True)
        replaced = message.terms.executor is not state.executor
        state.adopt(message.config, message.terms, now)
        if replaced:  # that executor was told to wait, or did not know the model
            state.breaker.end_parking()
            self._changes.known(now)
        self._admission.resized(now)
        self._entry, self._exit = self._load.doors()
        if state.withdrawn:
            self._take_no_more(now)
        else:
            self._model_alerts.reconfigured(now)

    def _take_no_more(self, now: float) -> None:
        self._state.withdrawn = True
        self._model_alerts.retire(now)
        self._health.stop()
        self._readiness.announce(now)
