"""Who may call a model: permits, refusals, and the line before the bulkhead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...config.errors import ResilienceError
from ..engine.future import LoopFuture, Promise
from ..messages import Acquire, AcquireStream, Refused
from ..permit import CallPermit
from ..policies.breaker.permit import Rejection
from ..policies.health.status import ModelStatus
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import BulkheadFullError, ModelTimeoutError, RateLimitedError
from ..policies.unavailability import Unavailable, UnavailableReason, unavailable_of
from ..task import RANK
from .state import LATE, ModelState, Waiter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..executor import Executor
    from ..policies.limits.priority_queue import QueueEntry

_STOPPING = Unavailable(UnavailableReason.STOPPING)


class Admission:
    """Gives the permits of one model and takes their places back."""

    __slots__ = ("_id", "_state")

    def __init__(self, state: ModelState) -> None:
        self._state = state
        self._id = state.config.id

    def acquire(self, acquire: Acquire, now: float) -> CallPermit | Refused | Promise[object]:
        """A permit, a refusal, or a place in the line."""
        state = self._state
        if state.withdrawn or state.health.status is ModelStatus.MAINTENANCE:
            unavailable = state.unavailable_by_operator() or _STOPPING
            return self._refuse(unavailable.error(self._id, now), acquire, now)
        # A stream may last as long as its task; a call ends with a limit that the breaker knows.
        timeout = None if type(acquire) is Acquire else acquire.deadline - now + LATE
        admitted = state.breaker.admit(now, CallPermit, timeout)
        if isinstance(admitted, Rejection):
            if not acquire.forced:
                return self._refuse(self._rejected(admitted, now), acquire, now)
            admitted = state.breaker.uncounted(CallPermit)
        if state.limiter.active:
            wait = state.limiter.admit(now)
            if wait:
                admitted.ignore(now)
                return self._refuse(self._rate_limited(wait), acquire, now)
        if state.bulkhead.try_enter():
            return self._fill_in(admitted, acquire)
        admitted.ignore(now)
        state.limiter.refund()
        return self._wait_in_line(acquire, now)

    def leave(self, permit: CallPermit, now: float) -> None:
        """Give the permit's place to who is first in the line."""
        if not permit.in_place:
            return
        bulkhead = self._state.bulkhead
        ticket = bulkhead.leave(now)
        while ticket is not None and not self._serve(ticket, now):
            ticket = bulkhead.leave(now)
        # Not before: where serving the line crashes the actor, the place is still to be given back.
        permit.in_place = False
        if bulkhead.dropped:
            self._dismiss(bulkhead.drain_dropped(), now)

    def resize(self, now: float) -> None:
        """The bulkhead's limits are others now: who waits may have a place, or have to go."""
        bulkhead = self._state.bulkhead
        for served in bulkhead.resize(self._state.config.bulkhead, now):
            ticket: QueueEntry[Waiter] | None = served
            while ticket is not None and not self._serve(ticket, now):
                ticket = bulkhead.leave(now)
        self._dismiss(bulkhead.drain_dropped(), now)

    def forsake(self, answer: LoopFuture[object]) -> CallPermit | None:
        """The caller in the line is gone. The permit, if it had one by then that it never saw."""
        waiter = self._state.waiters.pop(answer, None)
        if waiter is not None and waiter.ticket is not None:
            self._state.bulkhead.withdraw(waiter.ticket)
            return None
        found = answer.get() if answer.settled and not answer.failed else None
        return found if isinstance(found, CallPermit) and not found.settled else None

    def send_all_away(self, now: float) -> None:
        """Nobody in the line will be served: the model stops."""
        unavailable = self._state.unavailable_by_operator() or _STOPPING
        self._dismiss(self._state.bulkhead.clear(), now, unavailable)

    def drained(self, executor: Executor | None) -> bool | Promise[bool]:
        """Whether the calls in flight have ended: all, or those of one executor. Perhaps later."""
        if not self._state.in_flight_by(executor):
            return True
        later: Promise[bool] = Promise()
        self._state.draining.append((executor, later))
        return later

    def tell_drained(self, *, at_last: bool = False) -> None:
        """Answer who waits for the last call; at the stop even if calls are left."""
        state = self._state
        waiting, state.draining = state.draining, []
        for executor, later in waiting:
            busy = state.in_flight_by(executor)
            if at_last or not busy:
                later.set(not busy)
            else:
                state.draining.append((executor, later))

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
        if type(acquire) is AcquireStream:
            permit.stream = state.config.stream
        state.permits[permit] = None
        return permit

    def _refuse(self, error: ResilienceError, acquire: Acquire, now: float) -> Refused:
        self._state.metrics.record(now, Outcome.REJECTED, 0.0, 0, None, acquire.strategy)
        return Refused(error)

    def _wait_in_line(self, acquire: Acquire, now: float) -> Refused | Promise[object]:
        state = self._state
        waiter = Waiter(acquire)
        rank = RANK[acquire.task.priority]  # type: ignore[index]  # a Task made it a Priority
        waiter.ticket = state.bulkhead.enqueue(waiter, rank, now, acquire.deadline)
        self._dismiss(state.bulkhead.drain_dropped(), now)
        if waiter.ticket is None:
            return self._refuse(self._full(), acquire, now)
        state.waiters[waiter.answer] = waiter
        return waiter.answer

    def _serve(self, ticket: QueueEntry[Waiter], now: float) -> bool:
        """Turn a place into a permit, if the breaker still lets anybody through."""
        waiter = ticket.owner
        self._state.waiters.pop(waiter.answer, None)
        try:
            found = self._permit_for(waiter.acquire, now)
        except BaseException as error:
            waiter.answer.fail(error)  # nobody comes back to it
            raise
        waiter.answer.set(found)
        return isinstance(found, CallPermit)

    def _permit_for(self, acquire: Acquire, now: float) -> CallPermit | Refused:
        """What breaker and limiter say now to who has waited for a place."""
        timeout = None if type(acquire) is Acquire else acquire.deadline - now + LATE
        admitted = self._state.breaker.admit(now, CallPermit, timeout)
        if isinstance(admitted, Rejection):
            return self._refuse(self._rejected(admitted, now), acquire, now)
        wait = self._state.limiter.admit(now)
        if wait:
            admitted.ignore(now)
            return self._refuse(self._rate_limited(wait), acquire, now)
        return self._fill_in(admitted, acquire)

    def _dismiss(
        self,
        tickets: Iterable[QueueEntry[Waiter]],
        now: float,
        unavailable: Unavailable | None = None,
    ) -> None:
        for ticket in tickets:
            waiter = ticket.owner
            self._state.waiters.pop(waiter.answer, None)
            if unavailable is not None:
                error = unavailable.error(self._id, now)
            else:
                late = waiter.acquire.deadline <= now
                error = self._expired() if late else self._full()
            waiter.answer.set(self._refuse(error, waiter.acquire, now))

    def _rejected(self, rejection: Rejection, now: float) -> ResilienceError:
        return unavailable_of(rejection.state, now + rejection.retry_after).error(self._id, now)

    def _rate_limited(self, wait: float) -> RateLimitedError:
        return RateLimitedError(
            f"{self._id} has used up its rate limit; try again in {wait:.3g} s",
            retry_after=wait,
            model_id=self._id,
        )

    def _full(self) -> BulkheadFullError:
        bulkhead = self._state.bulkhead
        return BulkheadFullError(
            f"{self._id} has {bulkhead.in_flight} of {bulkhead.limit} calls in flight "
            f"and {bulkhead.waiting} waiting",
            limit=bulkhead.limit,
            waiting=bulkhead.waiting,
            model_id=self._id,
        )

    def _expired(self) -> ModelTimeoutError:
        return ModelTimeoutError(
            f"the task's deadline passed while it waited for {self._id}",
            kind="task",
            limit=0.0,
            model_id=self._id,
        )
