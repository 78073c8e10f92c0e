"""What a model with limits that adapt does beside its admission and its settlements.

At the defaults it takes no part: `doors` are those of admission and settlement themselves then.
"""

from __future__ import annotations

from ..load_messages import LowerLimits, ShedFrom
from ..messages import Acquire, Full, Refused, Settle, Verdict
from ..permit import CallPermit
from ..place_messages import Admit
from ..policies.adaptation.adaptive_limit import AdaptiveLimit
from ..policies.adaptation.refusals import is_refusal
from ..policies.adaptation.shedding import sheds
from ..policies.adaptation.throttling import Throttle
from ..policies.metrics.reasons import LOAD_SHED, THROTTLED
from ..policies.outcomes.attempt import Outcome
from ..policies.outcomes.errors import OverloadedError
from ..policies.outcomes.fault import Fault
from ..policies.outcomes.load_errors import LoadShedError, ThrottledError
from ..task import RANK
from .admission import Admission
from .settlement import Settlement
from .state import ModelState


class LoadControl:
    """Refuses calls that are shed or throttled, and moves the limit of one model."""

    __slots__ = ("_admission", "_settlement", "_state")

    def __init__(self, state: ModelState, admission: Admission, settlement: Settlement) -> None:
        self._state = state
        self._admission = admission
        self._settlement = settlement

    def doors(self) -> tuple[Admission | LoadControl, Settlement | LoadControl]:
        """Where calls come in and go out now: through here only where something is on."""
        return (self, self) if self._state.load.is_on else (self._admission, self._settlement)

    def relieve(self, message: ShedFrom | LowerLimits, now: float) -> None:
        """The fleet takes load off its models, or gives it back."""
        load = self._state.load
        if isinstance(message, ShedFrom):
            load.shed_from = message.x
        else:
            load.lower(message.share)
            self.apply(now)

    def apply(self, now: float) -> None:
        """Let the bulkhead have the limit that holds now. Only a higher one is offered."""
        bulkhead, places = self._state.bulkhead, self._state.load.places
        rises = places > bulkhead.limit
        bulkhead.limit = places
        if rises:
            self._admission.offer(now)

    # The doors.

    def acquire(self, acquire: Acquire, now: float) -> CallPermit | Refused | Full:
        """As `Admission.acquire`, for a task that is neither shed nor throttled."""
        load = self._state.load
        rank = RANK[acquire.task.priority]  # type: ignore[index]  # a Task made it a Priority
        if load.shed_from is not None and sheds(rank, load.shed_from):
            return self._refuse(self._shed(acquire), LOAD_SHED, ends=True)
        throttle = load.throttle
        if throttle is None:
            return self._admission.acquire(acquire, now)
        share = throttle.share(rank, now)
        if share and self._state.draw() < share:
            throttle.throttled(rank, now)
            return self._refuse(self._throttled(share), THROTTLED)
        found = self._admission.acquire(acquire, now)
        self._count_start(throttle, found, rank, now)
        return found

    def admit(self, admit: Admit, now: float) -> None:
        """As `Admission.admit`; a task that has waited is not refused here any more."""
        throttle, is_gone = self._state.load.throttle, admit.answer.settled
        self._admission.admit(admit, now)
        if throttle is not None and not is_gone:
            rank = RANK[admit.acquire.task.priority]  # type: ignore[index]  # as above
            self._count_start(throttle, admit.answer.get().found, rank, now)

    def settle(self, settle: Settle, now: float) -> Verdict:
        """As `Settlement.settle`, and learn from how the call went."""
        state = self._state
        in_flight = state.bulkhead.in_flight
        verdict = self._settlement.settle(settle, now)
        refused = is_refusal(settle.fault, settle.error)
        start, throttle = settle.permit.start, state.load.throttle
        if refused and start is not None and throttle is not None:
            throttle.refused(start, now)
        if state.load.limit is not None:
            _move(state.load.limit, settle, in_flight, now, refused=refused)
            self.apply(now)
        return verdict

    def _count_start(self, throttle: Throttle, found: object, rank: int, now: float) -> None:
        if isinstance(found, CallPermit):
            found.start = throttle.started(rank, now)

    def _refuse(self, error: OverloadedError, reason: str, *, ends: bool = False) -> Refused:
        self._state.metrics.count_rejection(reason)
        return Refused(error, ends)

    def _shed(self, acquire: Acquire) -> LoadShedError:
        return LoadShedError(
            f"the fleet sheds load, and tasks of {acquire.task.priority} priority with it",
            model_id=self._state.config.id,
        )

    def _throttled(self, share: float) -> ThrottledError:
        model_id = self._state.config.id
        told = f"{model_id} has refused so many calls that {share:.0%} of them are not made"
        return ThrottledError(told, model_id=model_id)


def _move(
    limit: AdaptiveLimit, settle: Settle, in_flight: int, now: float, *, refused: bool
) -> None:
    if settle.outcome is Outcome.SUCCESS:
        stream = settle.feedback and settle.feedback.stream
        duration = settle.duration if stream is None else stream.duration
        limit.succeeded(now, now - duration, in_flight, *_latencies(settle))
    elif refused and not (settle.fault is Fault.RATE_LIMITED and settle.wait):
        limit.refused(now)  # a 429 that says how long to wait parks the model instead


def _latencies(settle: Settle) -> tuple[float | None, float | None]:
    """Seconds to the first content of a stream, or for each token of a whole answer."""
    feedback = settle.feedback
    if feedback is None:
        return None, None
    if feedback.stream is not None:
        return feedback.stream.first_chunk, None
    tokens = 0 if feedback.usage is None else feedback.usage.output_tokens
    return None, settle.duration / tokens if tokens else None
