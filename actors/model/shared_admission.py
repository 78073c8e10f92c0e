"""Admission and settlement of a model that many processes share.

The share and the view of its owner are asked beside the model's own policies. A process without a
cluster has none of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..messages import Acquire, Full, Refused, Settle, Verdict
from ..permit import CallPermit
from ..policies.breaker.permit import Rejection
from ..policies.breaker.states import State
from ..policies.cluster.records import IGNORED, SUCCESS
from ..policies.cluster.shared_model import Barred, SharedModel
from ..policies.metrics.reasons import BULKHEAD_FULL, HALF_OPEN, RATE_LIMITED
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.classify import classify
from ..policies.outcomes.fault import UNCOUNTED
from .admission import Admission
from .settlement import Settlement
from .state import ModelState

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from .changes import Changes
    from .readiness import Readiness


class Tell(Protocol):
    """Lets the owner hear of it: at once, or soon."""

    def __call__(self, *, urgent: bool = True) -> None: ...


_SUCCESS = Outcome.SUCCESS
_A_MOMENT = 0.1
"""Seconds after which the owner may have granted what is missing now."""


class SharedAdmission(Admission):
    """As `Admission`, within the share. `tell` says that the owner should hear of it now."""

    __slots__ = ("_shared", "_tell")

    def __init__(
        self,
        state: ModelState,
        ref: AnyRef,
        router: AnyRef,
        shared: SharedModel,
        tell: Tell,
    ) -> None:
        super().__init__(state, ref, router)
        self._shared, self._tell = shared, tell

    def acquire(self, acquire: Acquire, now: float) -> CallPermit | Refused | Full:
        shared = self._shared
        if now < shared.plain_until:
            found = super().acquire(acquire, now)
            if type(found) is CallPermit:
                found.shared = shared.plain
                return found
            return self._missed(found)
        self.fit(now)
        barred = self._shared.bars(now, forced=acquire.forced)
        if barred is not None:
            return self._turn_away(barred, now)
        passes = acquire.forced and not self._shared.admits(now)
        found = super().acquire(acquire, now)
        if type(found) is CallPermit:
            found.shared = self._shared.started(now, forced=passes)
            return found
        return self._missed(found)

    def offer(self, now: float) -> None:
        self.fit(now)
        super().offer(now)

    def fit(self, now: float) -> None:
        """Let the bulkhead have the places of the share, as far as the model's own limit goes."""
        self._state.bulkhead.limit = min(self._state.load.places, self._shared.places(now))

    def _missed(self, found: CallPermit | Refused | Full) -> CallPermit | Refused | Full:
        """A share that is too short is news."""
        if type(found) is Full:
            self._shared.short += 1
            if self._shared.short == 1:
                self._tell(urgent=False)
        return found

    def _pace(self, now: float) -> tuple[float | None, float | None]:
        # Without places there is no pace: more of them may come at any time.
        return super()._pace(now) if self._state.bulkhead.limit else (None, None)

    def _takes_calls(self, now: float) -> bool:
        return super()._takes_calls(now) and self._shared.admits(now)

    def _permit_for(self, acquire: Acquire, now: float) -> CallPermit | Refused:
        barred = self._shared.bars(now)
        if barred is not None:
            turned_away = self._turn_away(barred, now)
            return turned_away if type(turned_away) is Refused else Refused(turned_away.error)
        found = super()._permit_for(acquire, now)
        if type(found) is CallPermit:
            found.shared = self._shared.started(now)
        return found

    def _turn_away(self, barred: Barred, now: float) -> Refused | Full:
        shared, metrics = self._shared, self._state.metrics
        match barred:
            case Barred.RATE:
                if not shared.is_out:
                    shared.is_out = True
                    self._tell(urgent=False)
                return self._refuse(self._rate_limited(_A_MOMENT), RATE_LIMITED)
            case Barred.PLACES:
                metrics.count_full(BULKHEAD_FULL)
                return Full(self._full(), None)
            case Barred.VIEW:
                wait = shared.sight.waits(now)
                if wait > 0.0:
                    return self._refuse_rejected(Rejection(wait, State.OPEN), now)
                self._tell()
                metrics.count_full(HALF_OPEN)
                rejection = Rejection(_A_MOMENT, State.HALF_OPEN)
                return Full(self._rejection(rejection, now).error(self._id, now), None)


class SharedSettlement(Settlement):
    """As `Settlement`; the owner hears how each attempt ended, and of a failure at once."""

    __slots__ = ("_shared", "_tell")

    def __init__(
        self,
        state: ModelState,
        admission: Admission,
        readiness: Readiness,
        changes: Changes,
        shared: SharedModel,
        tell: Tell,
    ) -> None:
        super().__init__(state, admission, readiness, changes)
        self._shared, self._tell = shared, tell

    def settle(self, settle: Settle, now: float) -> Verdict:
        verdict = super().settle(settle, now)
        permit, shared = settle.permit, self._shared
        success = shared.plain_success
        if success is not None and permit.shared is shared.plain and settle.outcome is _SUCCESS:
            shared.news.add(success)
            return verdict
        outcome = _outcome_of(settle)
        if permit.shared is not None:
            slow_call = self._state.config.circuit_breaker.slow_call
            slow = slow_call is not None and settle.duration >= slow_call
            self._shared.ended(permit.shared, outcome, slow=slow, wait=settle.wait or 0.0)
        if settle.feedback is not None and settle.feedback.tokens:
            self._shared.used(settle.feedback.tokens, now)
        if outcome not in (SUCCESS, IGNORED) or (permit.shared and permit.shared.trial):
            self._tell()
        return verdict

    def release(self, permit: CallPermit, now: float) -> None:
        super().release(permit, now)
        if permit.shared is not None:
            self._shared.ended(permit.shared, IGNORED, slow=False, wait=0.0)


def _outcome_of(settle: Settle) -> str:
    if settle.outcome is _SUCCESS:
        return SUCCESS
    if settle.error is None or settle.outcome is Outcome.CANCELLED:
        return IGNORED
    fault = settle.fault or classify(settle.error)
    return IGNORED if fault in UNCOUNTED else fault.value
