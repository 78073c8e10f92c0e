"""Which calls a model takes: permits, refusals, and places for the line of the router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.errors import ResilienceError
from ..engine.future import LoopFuture, Promise
from ..messages import Acquire, AcquireStream, Candidate, Full, Placed, Refused
from ..permit import CallPermit
from ..place_messages import Admit, PlaceOffered
from ..policies.breaker.permit import Rejection
from ..policies.breaker.states import State
from ..policies.health.status import ModelStatus
from ..policies.hedging import SilenceTerms
from ..policies.metrics.reasons import (
    BULKHEAD_FULL,
    HALF_OPEN,
    RATE_LIMITED,
    RETRY_BUDGET,
)
from ..policies.outcomes.errors import (
    BulkheadFullError,
    RateLimitedError,
    RetryBudgetError,
    crashed,
)
from ..policies.unavailability import Unavailable, UnavailableReason, unavailable_of
from .state import LATE, ModelState

if TYPE_CHECKING:
    from ...config.settings.strategy import HedgeWord
    from ..engine.reference import AnyRef
    from ..executor import Executor

ENOUGH = 20
"""Durations before their median says how fast places become free."""

_STOPPING = Unavailable(UnavailableReason.STOPPING)


class Admission:
    """Gives the permits of one model and takes their places back."""

    __slots__ = ("_id", "_ref", "_router", "_state")

    def __init__(self, state: ModelState, ref: AnyRef, router: AnyRef) -> None:
        self._state = state
        self._ref = ref
        self._router = router
        self._id = state.config.id

    def acquire(self, acquire: Acquire, now: float) -> CallPermit | Refused | Full:
        """A permit, a refusal, or no place just now."""
        state = self._state
        if state.withdrawn or state.health.status is ModelStatus.MAINTENANCE:
            unavailable = state.unavailable_by_operator() or _STOPPING
            return self._refuse(unavailable.error(self._id, now), unavailable.reason.value)
        # A stream may last as long as its task; a call ends with a limit that the breaker knows.
        timeout = None if type(acquire) is Acquire else acquire.deadline - now + LATE
        admitted = state.breaker.admit(now, CallPermit, timeout)
        if isinstance(admitted, Rejection):
            if not acquire.forced:
                if admitted.state is State.HALF_OPEN:  # its trials are out: that soon changes
                    state.metrics.count_full(HALF_OPEN)
                    return Full(self._rejection(admitted, now).error(self._id, now), None)
                return self._refuse_rejected(admitted, now)
            admitted = state.breaker.uncounted(CallPermit)
        if state.limiter.active:
            wait = state.limiter.admit(now)
            if wait:
                admitted.ignore(now)
                return self._refuse(self._rate_limited(wait), RATE_LIMITED)
        if state.bulkhead.try_enter():
            if acquire.number > 1 and not state.budget.withdraw():
                admitted.ignore(now)
                state.limiter.refund()
                self._free(now)
                return self._refuse(self._no_budget(), RETRY_BUDGET)
            return self._fill_in(admitted, acquire)
        admitted.ignore(now)
        state.limiter.refund()
        state.bulkhead.refused += 1
        state.metrics.count_full(BULKHEAD_FULL)
        return Full(self._full(), *self._pace(now))

    def silence(
        self, own: HedgeWord | float | None, now: float, *, stream: bool
    ) -> SilenceTerms | None:
        """How long a call may be silent before another model is asked beside it."""
        state = self._state
        metrics = state.metrics
        recent = metrics.first_contents if stream else metrics.whole_answers
        usual = state.stream_silence if stream else state.silence
        return usual.terms(own or state.hedge_after, recent, now, stream=stream)

    def may_be_hedged(self) -> bool:
        """Whether the budget pays for a call of another model beside a silent one here."""
        state = self._state
        if not state.budget.withdraw():
            return False
        state.metrics.count_hedged()
        return True

    def leave(self, permit: CallPermit, now: float) -> None:
        """Give the permit's place back."""
        if not permit.in_place:
            return
        permit.in_place = False
        self._state.bulkhead.leave(now)
        if self._state.place_wanted:
            self.offer(now)

    def resized(self, now: float) -> None:
        """The bulkhead's limits are others now: there may be a place for the line."""
        self._state.bulkhead.resize(self._state.config.bulkhead, now)
        self._state.bulkhead.limit = self._state.load.places
        self.offer(now)

    # The line of the router.

    def wanted(self, now: float) -> None:
        """Tasks wait for places here."""
        self._state.place_wanted = True
        self.offer(now)

    def offer(self, now: float) -> None:
        """Hold a free place for the line, where tasks wait; the next one after the answer."""
        state = self._state
        if not state.place_wanted or state.place_held or not self._takes_calls(now):
            return
        if state.bulkhead.try_enter():
            state.place_held = True
            self._router.send(PlaceOffered(self._id))

    def admit(self, admit: Admit, now: float) -> None:
        """The held place goes to a call, if breaker and limiter still let it through."""
        if admit.answer.settled:  # the task is gone
            self.release_held(now)
            return self.offer(now)
        found = self._permit_for(admit.acquire, now)
        # Not before: a crash above is salvaged, and frees the place that is still held.
        self._state.place_held = False
        if not isinstance(found, CallPermit):
            self._state.bulkhead.leave(now)
        admit.answer.answer(Placed(Candidate(self._id, self._ref), found))
        self.offer(now)

    def release_held(self, now: float) -> None:
        """Free the held place, if there is one."""
        if self._state.place_held:
            self._state.place_held = False
            self._state.bulkhead.leave(now)

    def stop_offering(self, now: float) -> None:
        """No task waits for its places any more, or the model stops."""
        self._state.place_wanted = False
        self.release_held(now)

    def refuse_after_a_crash(self, admit: Admit, now: float) -> None:
        """Free the place that was held for a call whose admission crashed the actor."""
        self.release_held(now)
        found = Refused(crashed(self._id, None))
        admit.answer.answer(Placed(Candidate(self._id, self._ref), found))

    def forsake(self, answer: LoopFuture[object]) -> CallPermit | None:
        """The caller is gone. The permit that it got and never saw, if there is any."""
        found = answer.get() if answer.settled and not answer.failed else None
        return found if isinstance(found, CallPermit) and not found.settled else None

    def drained(self, executor: Executor | None) -> bool | Promise[bool]:
        """Whether the calls in flight have ended: all, or those of one executor. Perhaps later."""
        if not self._state.in_flight_by(executor):
            return True
        later: Promise[bool] = Promise()
        self._state.draining.append((executor, later))
        return later

    def tell_drained(self, *, at_last: bool = False) -> None:
        """Answer the callers that wait for the last call; at the stop even if calls remain."""
        state = self._state
        waiting, state.draining = state.draining, []
        for executor, later in waiting:
            busy = state.in_flight_by(executor)
            if at_last or not busy:
                later.set(not busy)
            else:
                state.draining.append((executor, later))

    def _free(self, now: float) -> None:
        self._state.bulkhead.leave(now)
        if self._state.place_wanted:
            self.offer(now)

    def _takes_calls(self, now: float) -> bool:
        state = self._state
        if state.withdrawn or state.health.status is ModelStatus.MAINTENANCE:
            return False
        return state.breaker.admits(now)

    def _fill_in(self, permit: CallPermit, acquire: Acquire) -> CallPermit:
        """The permit is out from now on, until it is settled."""
        state = self._state
        permit.model_id = self._id
        permit.number = acquire.number
        permit.executor = state.executor
        permit.timeout = state.attempt_timeout
        permit.strategy = acquire.strategy
        if state.health.status is ModelStatus.DEGRADED:
            permit.degraded = True
        if state.failure_if is not None:
            permit.failure_if = state.failure_if
        if state.prices is not None:
            permit.prices = state.prices
        if type(acquire) is AcquireStream:
            permit.stream = state.config.stream
        state.permits[permit] = None
        return permit

    def _refuse(self, error: ResilienceError, reason: str) -> Refused:
        self._state.metrics.count_rejection(reason)
        return Refused(error)

    def _refuse_rejected(self, rejection: Rejection, now: float) -> Refused:
        why = self._rejection(rejection, now)
        half_open = rejection.state is State.HALF_OPEN
        return self._refuse(why.error(self._id, now), HALF_OPEN if half_open else why.reason.value)

    def _pace(self, now: float) -> tuple[float | None, float | None]:
        """Calls a second that this model ends when all its places are taken, and the seconds of
        a slow one."""
        recent = self._state.metrics.recent_latency(now)
        median = recent.quantile(0.5) if recent.count >= ENOUGH else None
        if not median:
            return None, None
        return self._state.bulkhead.limit / median, recent.quantile(0.95)

    def _permit_for(self, acquire: Acquire, now: float) -> CallPermit | Refused:
        """What breaker, limiter and budget say now to a call that has waited for a place."""
        state = self._state
        timeout = None if type(acquire) is Acquire else acquire.deadline - now + LATE
        admitted = state.breaker.admit(now, CallPermit, timeout)
        if isinstance(admitted, Rejection):
            return self._refuse_rejected(admitted, now)
        wait = state.limiter.admit(now)
        if wait:
            admitted.ignore(now)
            return self._refuse(self._rate_limited(wait), RATE_LIMITED)
        if acquire.number > 1 and not state.budget.withdraw():
            admitted.ignore(now)
            state.limiter.refund()
            return self._refuse(self._no_budget(), RETRY_BUDGET)
        return self._fill_in(admitted, acquire)

    def _rejection(self, rejection: Rejection, now: float) -> Unavailable:
        until, served = now + rejection.retry_after, not self._state.unknown
        return unavailable_of(rejection.state, until, served=served)

    def _rate_limited(self, wait: float) -> RateLimitedError:
        return RateLimitedError(
            f"{self._id} has used up its rate limit; try again in {wait:.3g} s",
            retry_after=wait,
            model_id=self._id,
        )

    def _no_budget(self) -> RetryBudgetError:
        return RetryBudgetError(
            f"the retry budget of {self._id} is used up; a success adds to it", model_id=self._id
        )

    def _full(self) -> BulkheadFullError:
        bulkhead = self._state.bulkhead
        return BulkheadFullError(
            f"{self._id} has {bulkhead.in_flight} of {bulkhead.limit} calls in flight",
            limit=bulkhead.limit,
            waiting=0,
            model_id=self._id,
        )
