"""The way of a stream: the same as a task's, in a task of its own beside the reader.

Dispatch -> router      whom to try
Acquire  -> model       a permit, or why not
the chunks              into the flow, as far as the reader takes them
Settle   -> model       exactly once: a success only if the stream has ended properly
Next     -> router      after a failure before the first content, or by the plan after a cut
"""

from __future__ import annotations

import asyncio
from functools import partial

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy
from ..calls.scope import call_scope, deadline_here
from ..execution.environment import TaskEnvironment
from ..execution.parallel import race
from ..messages import DispatchStream, Route, TaskFinished
from ..result import TaskResult
from ..task import Plan, Task
from .channel import StreamChannel
from .failover import StreamFailover


class Streaming:
    """One stream under way: `flow` is what the reader gets of it. Begun on the engine's loop."""

    __slots__ = ("_journey", "_work", "flow")

    def __init__(
        self, task: Task, plan: Plan | None, strategy: Strategy | None, paths: TaskEnvironment
    ) -> None:
        self.flow = StreamChannel()
        started = paths.engine.now()
        deadline = started + paths.timeout_of(task, plan)
        scope = (min(deadline, deadline_here()), call_scope.get())
        journey = StreamFailover(task, plan, paths, started, scope, self.flow)
        self._journey = journey
        travel = _travel(journey, strategy)
        self._work = paths.engine.loop.create_task(travel, name=f"stream {task.id}")
        self._work.add_done_callback(partial(_finish, journey))
        paths.engine.tasks.adopt(self._work)

    async def leave(self) -> None:
        """The reader has enough: cancel what still runs, and wait for its clean-up."""
        self.cancel()
        if not self._work.done():
            await asyncio.wait((self._work,))
        _finish(self._journey, self._work)

    def cancel(self) -> None:
        """The reader is gone."""
        self.flow.left = True
        self.flow.chunks.clear()
        self._work.cancel()


async def _travel(journey: StreamFailover, strategy: Strategy | None) -> TaskResult:
    paths = journey.paths
    route = await _route(journey, strategy)
    if isinstance(route, ResilienceError):
        return journey.refused(route, strategy)
    journey.strategy = route.strategy
    journey.primary = route.primary
    journey.attempts.extend(route.passed)
    call_scope.set(journey.scope)
    try:
        if route.strategy is Strategy.PARALLEL:
            await race(journey, route, journey.flow.rivals)
        else:
            await journey.go(route.candidate)
        return journey.result()
    finally:
        paths.router.send(TaskFinished(journey.model_used is not None))


async def _route(journey: StreamFailover, strategy: Strategy | None) -> Route | ResilienceError:
    """The route, or why there is none."""
    message = DispatchStream(journey.task, journey.plan, strategy, journey.deadline)
    try:
        route = journey.paths.router.call(message)
    except Exception as error:  # it refuses, or has crashed
        route = error
    return route if isinstance(route, Route) else await journey.route(message, route)


def _finish(journey: StreamFailover, work: asyncio.Task[TaskResult]) -> None:
    """Whatever happened, the reader hears of it."""
    if journey.flow.result is not None:
        return
    if work.cancelled():
        result = journey.left()
    elif (error := work.exception()) is not None:
        result = journey.left()._replace(error=error)
    else:
        result = work.result()
    journey.flow.finish(result)
