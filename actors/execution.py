"""The way of a task, from top to bottom: every task of the runtime goes through `execute`.

    Dispatch -> router      whom to try
    Acquire  -> model       a permit, or why not
    the call itself         here, in the caller's own task
    Settle   -> model       exactly once, whatever happened
    Next     -> router      whom to try after a failure

The order of protection is fixed:
task deadline ( strategy picks ( retry ( breaker ( bulkhead ( attempt timeout ( executor )))))).
"""

from __future__ import annotations

from contextvars import ContextVar

from ..config.errors import ResilienceError
from ..config.runtime import Strategy
from .executor import Executor
from .journey import Journey
from .messages import Dispatch, Route, new
from .parallel import race
from .paths import Paths
from .result import TaskResult
from .task import Plan, Task

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
    """
    journey = Journey(task, plan, paths, task_deadline.get(), executor)
    message = new(Dispatch, (task, plan, strategy, journey.deadline))
    try:
        route = paths.engine.ask_now(paths.router.mailbox, message, journey.started)
        if type(route) is not Route:
            route = await journey.wait_for_route(route)
    except ResilienceError as error:
        return journey.refused(error, strategy)
    except Exception:  # the router crashed on it; its successor may do better
        again = await journey.ask_again(message)
        if isinstance(again, ResilienceError):
            return journey.refused(again, strategy)
        route = again
    journey.strategy = route.strategy
    journey.primary = route.primary
    if route.passed:
        journey.attempts.extend(route.passed)
    token = task_deadline.set(journey.deadline)
    try:
        if route.strategy is _PARALLEL:
            await race(journey, route)
        else:
            await journey.go(route.candidate)
        return journey.result()
    finally:
        task_deadline.reset(token)
        journey.finish()
