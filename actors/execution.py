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
from .future import LoopFuture
from .journey import Journey
from .messages import Dispatch, Finished
from .parallel import race
from .paths import Paths
from .result import TaskResult
from .task import Plan, Task

_ANSWERED, _UNANSWERED = Finished(True), Finished(False)

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
    message = Dispatch(task, plan, strategy, journey.deadline)
    try:
        route = paths.router.call(message)
        if isinstance(route, LoopFuture):
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
    journey.attempts.extend(route.passed)
    token = task_deadline.set(journey.deadline)
    try:
        if route.strategy is Strategy.PARALLEL:
            await race(journey, route)
        elif route.candidate is not None:
            # Most tasks end with the first model, and need none of what follows a failure.
            journey.tried = (route.candidate.model_id,)
            await journey.serve(route.candidate)
            if not journey.over:
                await journey.go_on(route.candidate)
        else:
            await journey.go(None)
        return journey.result()
    finally:
        task_deadline.reset(token)
        paths.router.send(_UNANSWERED if journey.model_used is None else _ANSWERED)
