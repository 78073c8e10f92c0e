"""Every message on the way of a task, with its answer; those of the fleet are in `fleet_messages`.

Messages are named tuples: made in half the time of a frozen dataclass, of which every task would
pay four. `policies.records.new` makes those four, in half of that time again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from ..config.settings.runtime import Strategy
from ..config.settings.strategy import HedgeWord
from .policies.families import Unfit
from .policies.outcomes.attempt import AttemptRecord, Outcome
from .policies.outcomes.fault import Fault
from .policies.outcomes.usage import Usage
from .policies.outcomes.waits import NOTHING_STATED, StatedWait
from .policies.task_kinds import USUAL, Kind
from .task import Plan, Task

if TYPE_CHECKING:
    from ..config.errors import ResilienceError
    from .engine.future import LoopFuture
    from .engine.reference import AnyRef
    from .permit import CallPermit
    from .policies.stream_pace import StreamFigures


class Candidate(NamedTuple):
    """A model that a task may try."""

    model_id: str
    ref: AnyRef


class Dispatch(NamedTuple):
    """To the router, once a task. Answer: `Route`, later if the task has to wait for its turn.

    Raises `OverloadedError`.
    """

    task: Task
    plan: Plan | None
    strategy: Strategy | None
    deadline: float
    kind: Kind = USUAL


class TaskFinished(NamedTuple):
    """To the router: a dispatched task is over, as the model that it was meant for has answered.

    At once, so that the model knows how long it took. A task ends with this or with `TaskEnded`.
    """


class TaskEnded(NamedTuple):
    """To the router: a dispatched task is over in any other way.

    `outcome` is success, failure or cancelled. `duration` is its seconds; None: it does not count,
    or the model knows it. `fallback`: the model that was meant, and the one that has answered.
    `of_request`: it failed by a fault of its own, or was refused so that others are served.
    """

    outcome: Outcome
    duration: float | None = None
    fallback: tuple[str, str] | None = None
    of_request: bool = False


class Route(NamedTuple):
    """How a task goes: the model to try first (None: none can serve), and those passed over.

    `plan` takes the place of the task's own where not all of its models may take the task: those
    in `unfit` may not. `is_over`: none may.
    """

    strategy: Strategy
    primary: str | None
    candidate: Candidate | None
    passed: tuple[AttemptRecord, ...]
    width: int
    """How many models the parallel strategy asks at once."""
    hedge_delay: float = 0.0
    """Seconds between their starts."""
    hedged: bool = False
    """Whether another model may be asked beside one that is silent, for a whole answer."""
    stream_hedged: bool = False
    """As `hedged`, for a stream."""
    plan: Plan | None = None
    unfit: tuple[tuple[str, Unfit], ...] = ()
    is_over: bool = False
    direct: bool = False
    """Whether one model is asked and no other beside it: most tasks then need no `TaskRun`."""
    answered: TaskFinished | TaskEnded = TaskFinished()
    """What the router is told if the first attempt of such a task answers."""


class Next(NamedTuple):
    """To the router: the next model for a task that has `tried` these. Answer: `Choice`."""

    plan: Plan | None
    strategy: Strategy
    tried: tuple[str, ...]
    session: str | None = None


class Choice(NamedTuple):
    """The model to try next; None: it is over, and `passed` names all models not tried."""

    candidate: Candidate | None
    passed: tuple[AttemptRecord, ...]


class LastResort(NamedTuple):
    """To the router: no model can serve; which wait ends first? Answer: `Candidate` or None."""

    plan: Plan | None
    tried: tuple[str, ...]


class SpendRetry(NamedTuple):
    """To the router: may the pool spend one more retry or hedge? Answer: bool."""


class SilenceAllowed(NamedTuple):
    """To a model: how long may a call be silent? Answer: `SilenceTerms`, or None: as it likes.

    `own`: what the plan of the task says about it.
    """

    own: HedgeWord | float | None
    stream: bool


class SpendHedge(NamedTuple):
    """To a model: may another one be asked beside a silent call? Answer: bool."""


class HedgeEnded(NamedTuple):
    """To that model, once it may: whether the answer came from the other one."""

    won: bool


class AttemptReported(NamedTuple):
    """To the router: what an attempt teaches about a model. `wait`: seconds that a failure asks."""

    model_id: str
    success: bool
    duration: float
    wait: float | None = None


class Acquire(NamedTuple):
    """To a model, before each attempt. Answer: `CallPermit` or `Refused`, later if it queues."""

    task: Task
    number: int
    deadline: float
    strategy: Strategy | None
    forced: bool = False
    """Past an open breaker, as the last resort; the result then counts for nothing."""


class Refused(NamedTuple):
    """No attempt: why. `ends`: every other model refuses a task that has not begun as well."""

    error: ResilienceError
    ends: bool = False


class ProviderFeedback(NamedTuple):
    """What an answer says about its provider's limits: headers, and the tokens it has cost.

    `tokens` are those that count against limits, `usage` is all that is told of them.
    What a failure says as well: `wait` before the next call, read by the wall clock, and `lasting`,
    that no other task can succeed there.
    """

    rate_limits: Mapping[str, str]
    tokens: float
    stream: StreamFigures | None = None
    """How fast it came, of a stream."""
    wait: StatedWait = NOTHING_STATED
    lasting: bool = False
    usage: Usage | None = None


NO_FEEDBACK = ProviderFeedback({}, 0)


class Full(NamedTuple):
    """No attempt just now: every place of the model is taken.

    `rate`: calls a second that it has lately ended, `span`: seconds of a slow one; None: not known.
    """

    error: ResilienceError
    rate: float | None
    span: float | None = None


class JoinLine(NamedTuple):
    """To the router: wait for the first free place. Answer: `Placed`, mostly later.

    `ids`: the models of a plan, or None for all, but for `left_out`. `numbers`: of the next attempt
    at a model that was asked before. `rate`: calls a second that the full models end; None: not
    known. `patient`: wait for models that cannot serve yet, too. `span`: seconds of a slow call.
    """

    acquire: Acquire
    ids: tuple[str, ...] | None
    left_out: tuple[str, ...]
    numbers: Mapping[str, int]
    rate: float | None
    patient: bool
    span: float = 0.0


class Placed(NamedTuple):
    """What the line has come to: what `candidate` said, or with None no place and why.

    `error` is None where no further model could serve the task.
    """

    candidate: Candidate | None
    found: CallPermit | Refused | None = None
    error: ResilienceError | None = None


class FailoverReported(NamedTuple):
    """To a model: a task that it failed went on to another one."""


class Settle(NamedTuple):
    """To a model, once a permit: how the attempt ended. Answer: `Verdict` for a failure.

    `lingering`: a thread still works at it, and gives the place back by `CallReturned`;
    `abandoned`: it would not end, but is over; `fault`: what kind of failure `error` is, which is
    judged once.
    """

    permit: CallPermit
    outcome: Outcome
    duration: float
    feedback: ProviderFeedback | None = None
    error: BaseException | None = None
    deadline: float = 0.0
    lingering: bool = False
    abandoned: bool = False
    previous_delay: float = 0.0
    fault: Fault | None = None
    direct: bool = False
    """Whether it is a task's first attempt and was made at once, so that it took as long."""

    @property
    def wait(self) -> float | None:
        """Seconds that a failure asks to wait; None: it does not say."""
        return None if self.feedback is None else self.feedback.wait.seconds


class Verdict(NamedTuple):
    """What follows from a failed attempt: the delay before the next one here (None: none)."""

    delay: float | None
    opened: bool
    here: bool = False
    """Whether the same model is asked again before another one."""


class CallReturned(NamedTuple):
    """To a model: an abandoned call has come to its end at last."""

    permit: CallPermit


class StopWaiting(NamedTuple):
    """To a model or the router: the caller that queued is gone; `late`: its deadline has passed."""

    waiter: LoopFuture[object]
    late: bool = False


class DispatchStream(Dispatch):
    """As `Dispatch`; what counts for hedging is the time to the first content."""

    __slots__ = ()


class AcquireStream(Acquire):
    """As `Acquire`. Answer: `CallPermit` or `Refused`."""

    __slots__ = ()


class StreamAttemptReported(AttemptReported):
    """As `AttemptReported`; the duration of a success is the time to its first content."""

    __slots__ = ()
