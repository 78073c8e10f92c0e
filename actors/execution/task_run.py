"""What a task has come to, once it needs more than its first attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from ...config.errors import ResilienceError
from ...config.settings.strategy import RouteRequestErrors, Strategy
from ..calls.bounded_call import BoundedCall, LimitReached
from ..calls.scope import Scope
from ..engine.interface import EngineInterface
from ..executor import Executor
from ..messages import Acquire, Candidate, Full, ProviderFeedback, Route
from ..permit import CallPermit
from ..policies.balancing.ballot import NoQuorumError
from ..policies.degradation.levels import Degradation
from ..policies.families import Unfit
from ..policies.hedging import SilenceTerms
from ..policies.outcomes.attempt import AttemptRecord, Outcome
from ..policies.outcomes.classify import classify
from ..policies.outcomes.errors import EmptyAnswerError, ModelTimeoutError, RuntimeClosedError
from ..policies.outcomes.fault import Fault
from ..policies.outcomes.moving_on import all_empty, ends_the_task
from ..policies.outcomes.usage import Usage, cost_of
from ..policies.records import new
from ..policies.repetition import Repetitions
from ..result import TaskResult
from ..task import Plan, Task
from .answers import EmptyAnswer, RejectedAnswer
from .environment import TaskEnvironment
from .errors import any_open, final_error, too_late

T = TypeVar("T")


class TaskRun:
    """One task under way: what it has tried, what came of it, and how much time it has.

    Attempts and failover write into it; it decides nothing. `started` and `deadline` are points on
    the engine's clock.
    """

    # What most tasks never set stands on the class: an instance then costs a third less.
    strategy: Strategy = Strategy.SEQUENTIAL
    primary: str | None = None
    """The model that was meant to answer; an answer of another model is a fallback."""
    tried: tuple[str, ...] = ()
    """The models that are not asked again."""
    model_used: str | None = None
    value: object = None
    error: BaseException | None = None
    """The failure that came last."""
    usage: Usage | None = None
    cost: float | None = None
    """What the answer has used, and what that costs."""
    degraded: bool = False
    opened: bool = False
    """Whether a breaker opened because of one of its attempts."""
    over: bool = False
    """Whether nothing more is tried."""
    stopped: Exception | None = None
    """Why it ended before its deadline, where the runtime or its caller ended it."""
    acquire: type[Acquire] = Acquire
    """How a permit is asked for: a stream asks in its own way."""
    insisted = False
    """Whether one model was asked past its open breaker."""
    empty: EmptyAnswer | None = None
    """The first answer with nothing in it."""
    streams = False
    """Whether its answer is a stream."""
    hedged: bool = False
    """Whether another model may be asked beside one that is silent."""
    rival = ""
    """Of a branch: the model that it asks."""
    rival_since: float = 0.0
    """When the branch has begun its attempt."""
    silence: SilenceTerms | None = None
    """How long the model of the branch may be silent."""
    unfit: tuple[tuple[str, Unfit], ...] = ()
    """The models that may not take it."""
    lost = False
    """Whether a rival that ran beside it has won, and it was cancelled for that."""
    degradation: Degradation | None = None
    hung = False
    """Whether it lost because its model has hung."""
    voters: tuple[str, ...] = ()
    """The models that agree on the answer, of a quorum."""

    def __init__(
        self,
        task: Task,
        plan: Plan | None,
        environment: TaskEnvironment,
        executor: Executor | None,
        started: float,
        scope: Scope,
        route: Route | None = None,
    ) -> None:
        self.task: Task = task
        self.plan: Plan | None = plan
        self.environment: TaskEnvironment = environment
        self.executor: Executor | None = executor
        self.engine: EngineInterface = environment.engine
        self.now: Callable[[], float] = environment.engine.now
        self.started: float = started
        self.scope: Scope = scope
        self.deadline: float = scope[0]
        self.attempts: list[AttemptRecord] = []
        self.full: dict[str, Full] = {}
        """The models that had no free place for it."""
        self.repetitions: Repetitions = Repetitions()
        self.failed: dict[str, Candidate] = {}
        """The models that may be asked again."""
        if route is not None:
            self.take(route)

    def take(self, route: Route) -> None:
        """Note where it is going, and which models were passed over."""
        if route.unfit or route.is_over:
            self.plan = route.plan
            self.unfit = route.unfit
            self.over = route.is_over
        self.strategy = route.strategy
        self.primary = route.primary
        self.attempts.extend(route.passed)
        self.hedged = route.hedged

    def name_unfit(self) -> None:
        """Note the models that may not take it, once it needs more than its first attempt."""
        known = {record.model_id for record in self.attempts}
        others = [one for one in self.unfit if one[0] not in known]
        self.attempts.extend(unfit.record(model_id, self.now()) for model_id, unfit in others)
        self.unfit = ()

    def record(
        self,
        model_id: str,
        number: int,
        outcome: Outcome,
        started: float,
        duration: float,
        error: BaseException | None = None,
    ) -> None:
        """Note an attempt that began at `started`, or with number 0 a model that refused it."""
        fields = (model_id, number, outcome, started - self.started, duration, error)
        self.attempts.append(new(AttemptRecord, fields))

    def answer(self, model_id: str, value: object, *, degraded: bool) -> None:
        """Note the answer; nothing more is tried."""
        self.value = value
        self.model_used = model_id
        self.degraded = degraded
        self.over = True

    def charge(self, permit: CallPermit, feedback: ProviderFeedback | None) -> None:
        """Note what the answer has used, as far as that is told."""
        if feedback is not None:
            self.usage = feedback.usage
            self.cost = cost_of(feedback.usage, permit.prices)

    def keep_if_empty(self, permit: CallPermit, rejected: RejectedAnswer) -> None:
        """Note an answer that is a failure because nothing is in it, where it is the first."""
        if self.empty is not None or not isinstance(rejected.error, EmptyAnswerError):
            return
        usage = None if rejected.feedback is None else rejected.feedback.usage
        cost = cost_of(usage, permit.prices)
        self.empty = EmptyAnswer(permit.model_id, rejected.answer, permit.degraded, usage, cost)

    def take_empty(self) -> None:
        """Make the first empty answer the result, if no model that was asked has more."""
        if self.empty is not None and not self.over and all_empty(self.attempts):
            model_id, value, degraded, self.usage, self.cost = self.empty
            self.answer(model_id, value, degraded=degraded)

    def ends_with(self, error: BaseException, fault: Fault | None = None) -> bool:
        """Whether no other model is asked after this failure."""
        if isinstance(error, RuntimeClosedError | NoQuorumError):
            return True
        plan = self.plan
        rule = (plan and plan.route_request_errors) or self.environment.route_request_errors
        return ends_the_task(
            fault or classify(error),
            route_request_errors=RouteRequestErrors(rule),
            route_refusals=plan is not None and plan.route_refusals,
        )

    @property
    def at_most_once(self) -> bool:
        """Whether a call that may have reached its model ends the task."""
        if self.plan is not None and self.plan.at_most_once is not None:
            return self.plan.at_most_once
        return self.environment.at_most_once

    @property
    def may_fail_over(self) -> bool:
        """Whether another model may be asked, as always before the first call."""
        return self.environment.failover or not any(record.number for record in self.attempts)

    # Time.

    async def pause(self, delay: float) -> bool:
        """Wait; False where the deadline or the runtime's end comes first."""
        try:
            await self.bounded(asyncio.sleep(delay), self.deadline)
        except LimitReached as reached:
            self.end_early(reached)
            return False
        return True

    def end_early(self, reached: LimitReached) -> None:
        """Try nothing more: the deadline has passed, or the runtime ends."""
        self.stopped = reached.reason
        self.error = reached.reason or self.error
        self.over = True

    def bounded(self, call: Coroutine[object, object, T], until: float) -> BoundedCall[T]:
        """The call within a limit, on behalf of this task."""
        environment = self.environment
        return BoundedCall(
            call,
            until,
            environment.grace,
            environment.waiting,
            owner=self.task.id,
            scope=self.scope,
        )

    def too_late(self, model_id: str | None = None) -> ModelTimeoutError:
        """The error of a task whose deadline has passed."""
        return too_late(self.deadline - self.started, model_id)

    def merge(self, branch: TaskRun, *, late: bool = False) -> None:
        """Take over what a branch has found; a `late` branch cannot win any more."""
        self.attempts.extend(branch.attempts)
        self.opened = self.opened or branch.opened
        self.empty = self.empty or branch.empty
        self.full.update(branch.full)
        self.failed.update(branch.failed)
        self.repetitions.update(branch.repetitions)
        if late or self.model_used is not None:
            return
        self.error = branch.error or self.error
        self.value = branch.value
        self.model_used = branch.model_used
        self.degraded = branch.degraded
        self.usage, self.cost = branch.usage, branch.cost
        self.over = self.over or branch.over

    # The result.

    def refused(self, error: ResilienceError, strategy: Strategy | None) -> TaskResult:
        """The result of a task that was not dispatched at all."""
        self.error = error
        if strategy is not None:
            self.strategy = strategy
        return self.result()

    def result(self) -> TaskResult:
        """The result of the task, with every attempt."""
        attempts = tuple(self.attempts)
        error = None if self.model_used is not None else self._final_error(attempts)
        retries, triggered = 0, False
        if len(attempts) > 1 or error is not None:
            retries = sum(record.number > 1 for record in attempts)
            triggered = self.opened or any_open(attempts)
        fields = (
            self.task.id,
            error is None,
            self.value,
            self.model_used,
            self.now() - self.started,
            self.strategy,
            error is None and self.model_used != self.primary,
            retries,
            triggered,
            error,
            attempts,
            self.degraded,
            self.task.metadata,
            self.usage,
            self.cost,
            self.degradation,
            self.voters,
        )
        return new(TaskResult, fields)

    def _final_error(self, attempts: tuple[AttemptRecord, ...]) -> BaseException:
        last = self.error
        if last is not None and (not attempts or self.ends_with(last)):
            return last
        return final_error(
            last,
            attempts,
            self.deadline - self.started if self.now() >= self.deadline else None,
            self.environment.max_parking,
            self.task.payload,
        )
