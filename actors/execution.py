"""The way of a task, from top to bottom: every task of the runtime goes through `execute`.

    Dispatch -> router      whom to try
    Acquire  -> model       a permit, or why not
    the call itself         here, in the caller's own task
    Settle   -> model       exactly once, whatever happened
    Next     -> router      whom to try after a failure
    Finished -> router      the task is over

The order of protection is fixed:
task deadline ( strategy picks ( retry ( breaker ( bulkhead ( attempt timeout ( executor )))))).
"""

from __future__ import annotations

from contextvars import ContextVar

from ..config.runtime import Strategy
from .bounded import Bounded, strange
from .call_permit import CallPermit
from .executor import ExecutionContext, Executor
from .journey import Journey
from .messages import Acquire, Dispatch, Finished, Route, new
from .outcomes import answered
from .paths import Paths
from .result import TaskResult
from .task import Plan, Task

_ANSWERED, _UNANSWERED = Finished(True), Finished(False)
_PARALLEL = Strategy.PARALLEL

task_deadline: ContextVar[float | None] = ContextVar("task_deadline", default=None)
"""The deadline of the task under way, on the loop's clock: what it calls gets no more time."""


async def execute(
    task: Task,
    plan: Plan | None,
    strategy: Strategy | None,
    paths: Paths,
    executor: Executor | None = None,
) -> TaskResult:
    """Take `task` its way. Raises only the caller's own cancellation.

    `executor` takes the place of the models' own.

    One long function on purpose: most tasks are answered by the first attempt, and each call that
    they are spared is a percent of what they cost. All that comes after is in `Journey`.
    """
    engine = paths.engine
    ask = engine.ask_now
    started = engine.now()
    deadline = started + (task.timeout or (plan and plan.timeout) or paths.task_timeout)
    outer = task_deadline.get()
    if outer is not None and outer < deadline:
        deadline = outer

    message = new(Dispatch, (task, plan, strategy, deadline))
    try:
        route = ask(paths.router.mailbox, message, started)
    except Exception as error:  # a refusal, or the router crashed on it
        route = error
    if type(route) is not Route:
        journey = Journey(task, plan, paths, executor, started, deadline)
        route = await journey.route(message, route)
        if type(route) is not Route:
            return journey.refused(route, strategy)

    end = _UNANSWERED
    token = task_deadline.set(deadline)
    try:
        candidate, strategy = route.candidate, route.strategy
        if candidate is None or strategy is _PARALLEL:
            journey = Journey(task, plan, paths, executor, started, deadline, route)
            result = await journey.travel(candidate)
            end = _UNANSWERED if result.model_used is None else _ANSWERED
            return result

        message = new(Acquire, (task, 1, deadline, strategy, False))
        model = candidate.ref.mailbox
        ...
    finally:
        task_deadline.reset(token)
