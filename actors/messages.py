"""Every message between the actors of a runtime, with its answer.

Messages are named tuples: immutable, and made in half the time of a frozen dataclass, of which
every task would pay four. Those four are made by `new(Class, (fields))`, which takes half the time
again.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from ..config.settings.alerts import AlertsConfig
from ..config.settings.model import ModelConfig
from ..config.settings.runtime import GlobalConfig, Strategy
from .policies.outcomes.attempt import AttemptRecord, Outcome
from .policies.outcomes.fault import Fault
from .policies.unavailability import Unavailable
from .task import Plan, Task

if TYPE_CHECKING:
    from ..config.errors import ResilienceError
    from .engine.future import LoopFuture
    from .engine.reference import ActorRef
    from .executor import Executor, Probe
    from .permit import CallPermit
    from .policies.stream_pace import StreamFigures


new = tuple.__new__
"""`new(Dispatch, (task, ...))`: a named tuple of all its fields, without its constructor."""

# The way of a task.


class Candidate(NamedTuple):
    """A model that a task may try."""

    model_id: str
    ref: ActorRef[Any]


class Dispatch(NamedTuple):
    """To the router, once a task. Answer: `Route`, later if the task has to wait for its turn.

    Raises `OverloadedError`.
    """

    task: Task
    plan: Plan | None
    strategy: Strategy | None
    deadline: float


class Route(NamedTuple):
    """How a task goes: whom to try first (None: nobody can serve), and who was passed over."""

    strategy: Strategy
    primary: str | None
    candidate: Candidate | None
    passed: tuple[AttemptRecord, ...]
    width: int
    """How many models the parallel strategy asks at once."""
    hedge_delay: float = 0.0
    """Seconds between their starts."""


class Next(NamedTuple):
    """To the router: the next model for a task that has `tried` these. Answer: `Choice`."""

    plan: Plan | None
    strategy: Strategy
    tried: tuple[str, ...]


class Choice(NamedTuple):
    """Whom to try next; None: it is over, and `passed` names all that were not tried."""

    candidate: Candidate | None
    passed: tuple[AttemptRecord, ...]


class LastResort(NamedTuple):
    """To the router: nobody can serve; whose wait ends first? Answer: `Candidate` or None."""

    plan: Plan | None
    tried: tuple[str, ...]


class SpendRetry(NamedTuple):
    """To the router: may the pool spend one more retry or hedge? Answer: bool."""


class TaskFinished(NamedTuple):
    """To the router, once a dispatched task, whatever became of it."""

    answered: bool


class AttemptReported(NamedTuple):
    """To the router: what an attempt teaches about a model."""

    model_id: str
    success: bool
    duration: float


class Acquire(NamedTuple):
    """To a model, before each attempt. Answer: `CallPermit` or `Refused`, later if it queues."""

    task: Task
    number: int
    deadline: float
    strategy: Strategy | None
    forced: bool = False
    """Past an open breaker, as the last resort; the result then counts for nothing."""


class Refused(NamedTuple):
    """No attempt: why."""

    error: ResilienceError


class ProviderFeedback(NamedTuple):
    """What an answer says about its provider's limits: headers, and the tokens it has cost."""

    rate_limits: Mapping[str, str]
    tokens: float
    stream: StreamFigures | None = None
    """How fast it came, of a stream."""


class FailoverReported(NamedTuple):
    """To a model: a task that it failed went on to another one."""


class Settle(NamedTuple):
    """To a model, once a permit: how the attempt ended. Answer: `Verdict` for a failure.

    `alternatives`: whether another model could take the task over; `lingering`: a thread still
    works at it, and gives the place back by `CallReturned`; `abandoned`: it would not end, but is
    over; `fault`: what kind of failure `error` is, which is judged once.
    """

    permit: CallPermit
    outcome: Outcome
    duration: float
    told: ProviderFeedback | None = None
    error: BaseException | None = None
    deadline: float = 0.0
    alternatives: bool = False
    lingering: bool = False
    abandoned: bool = False
    previous_delay: float = 0.0
    fault: Fault | None = None


class Verdict(NamedTuple):
    """What follows from a failed attempt: the delay before the next one here (None: none)."""

    delay: float | None
    opened: bool


class CallReturned(NamedTuple):
    """To a model: an abandoned call has come to its end at last."""

    permit: CallPermit


class StopWaiting(NamedTuple):
    """To a model or the router: the caller that queued is gone."""

    waiter: LoopFuture[Any]


# The state of models.


class ModelChanged(NamedTuple):
    """To the router: whether a model can serve (`unavailable` None), and if it has come back."""

    model_id: str
    unavailable: Unavailable | None
    recovered: bool = False


class QuotaParked(NamedTuple):
    """To the router: a model's provider wants to be left alone, and others share its quota."""

    model_id: str
    quota: str
    seconds: float


class Park(NamedTuple):
    """To a model: one that shares its quota was told to wait so many seconds."""

    seconds: float


class AddModel(NamedTuple):
    """To the router: one more model."""

    config: ModelConfig
    ref: ActorRef[Any]


class RemoveModel(NamedTuple):
    """To the router: no more tasks for this model."""

    model_id: str


class FleetChanged(NamedTuple):
    """To the router: what is different from now on; None: not that.

    `models` have another weight or quota, perhaps; `order` names all of them.
    """

    settings: GlobalConfig | None
    models: tuple[ModelConfig, ...]
    order: tuple[str, ...] | None


class Terms(NamedTuple):
    """How a model is called from now on, and what the runtime's settings mean for it."""

    executor: Executor
    probe: Probe | None
    attempt_timeout: float
    max_parking: float
    health_interval: float
    alerts: AlertsConfig


class Reconfigure(NamedTuple):
    """To a model: other settings from now on. One that was being removed stays."""

    config: ModelConfig
    terms: Terms


class ReleaseExecutor(NamedTuple):
    """To a model, about an executor that was replaced. Answer, later: True once it has no calls."""

    executor: Executor


class Switch(Enum):
    """What an operator may do to a model."""

    TRIP = "trip"
    RESET = "reset"
    FORCE_OPEN = "force_open"
    DISABLE = "disable"
    METRICS_ONLY = "metrics_only"
    ENTER_MAINTENANCE = "enter_maintenance"
    LEAVE_MAINTENANCE = "leave_maintenance"


class Operate(NamedTuple):
    """To a model, from an operator."""

    switch: Switch
    reason: str = ""


class CheckHealth(NamedTuple):
    """To a model: probe now. Answer, later: the status."""


class ProbeDue(NamedTuple):
    """To a model, from its own clock."""


class Probed(NamedTuple):
    """To a model, from its own probe: how long `check` took, and what it said."""

    check: Probe
    duration: float
    error: BaseException | None


class TrafficCheckDue(NamedTuple):
    """To a model, from its own clock: look at how its traffic goes."""


class AlertsDue(NamedTuple):
    """To a model or the router, from its own clock: an alert was held back until now."""


class Announce(NamedTuple):
    """To a model: tell the router whether you can serve; also from its own clock."""


class DrainModel(NamedTuple):
    """To a model: take no more calls. Answer, later: True once none is in flight."""


class DispatchStream(Dispatch):
    """As `Dispatch`; what counts for hedging is the time to the first content."""

    __slots__ = ()


class AcquireStream(Acquire):
    """As `Acquire`. Answer: `CallPermit` or `Refused`."""

    __slots__ = ()


class StreamAttemptReported(AttemptReported):
    """As `AttemptReported`; the duration of a success is the time to its first content."""

    __slots__ = ()
