"""The way of a stream: the same as a task's, in a task of its own beside the reader.

Dispatch -> router      which model to try
Acquire  -> model       a permit, or why not
the chunks              into the channel, as far as the reader takes them
Settle   -> model       exactly once: a success only if the stream has ended properly
Next     -> router      after a failure before the first content, or by the plan after a cut
"""

from __future__ import annotations

import asyncio
from functools import partial

from ...config.errors import ResilienceError
from ...config.settings.runtime import Strategy
from ..calls.scope import call_scope, deadline_here
from ..execution.environment import TaskEnvironment, run_kind
from ..execution.failover import follow
from ..execution.router_calls import ended, route_for
from ..execution.task_run import TaskRun
from ..messages import AcquireStream, DispatchStream, Route, TaskEnded
from ..policies.outcomes.attempt import AttemptRecord, Outcome
from ..result import TaskResult
from ..task import Plan, Task
from .attempts import StreamAttempts
from .channel import StreamChannel
from .errors import cut_short, no_quorum_of_streams


class Streaming:
    """One stream under way: `channel` holds what the reader gets. Begun on the engine's loop."""

    __slots__ = ("_run", "_work", "channel")

    def __init__(
        self, task: Task, plan: Plan | None, strategy: Strategy | None, environment: TaskEnvironment
    ) -> None:
        self.channel = StreamChannel()
        started = environment.engine.now()
        mark = None
        if environment.degrading is not None:
            plan, mark = environment.degrading.plan_of(plan)
        deadline = started + environment.timeout_of(task, plan)
        scope = (min(deadline, deadline_here()), call_scope.get())
        self._run = run = TaskRun(task, plan, environment, None, started, scope)
        run.acquire = AcquireStream
        run.streams = True
        run.degradation = mark
        if environment.hook is None:
            work = _execute(run, self.channel, strategy)
        else:
            begin = partial(_execute, run, self.channel, strategy)
            work = environment.hook.around(task, plan, run.now, begin, lambda: run.attempts)
        self._work = environment.engine.loop.create_task(work, name=f"stream {task.id}")
        self._work.add_done_callback(partial(_finish, run, self.channel))
        environment.engine.tasks.adopt(self._work)

    @property
    def attempts(self) -> tuple[AttemptRecord, ...]:
        """What is over by now."""
        return tuple(self._run.attempts)

    async def leave(self) -> None:
        """The reader has enough: cancel what still runs, and wait for its clean-up."""
        self.cancel()
        if not self._work.done():
            await asyncio.wait((self._work,))
        _finish(self._run, self.channel, self._work)

    def cancel(self) -> None:
        """The reader is gone."""
        self.channel.left = True
        self.channel.chunks.clear()
        self._work.cancel()


async def _execute(run: TaskRun, channel: StreamChannel, strategy: Strategy | None) -> TaskResult:
    route = await _route(run, strategy)
    if isinstance(route, ResilienceError):
        return run.refused(route, strategy)
    run.take(route)
    run.hedged = route.stream_hedged
    call_scope.set(run.scope)
    end = TaskEnded(Outcome.CANCELLED)
    try:
        if route.strategy is Strategy.QUORUM:
            run.error, run.over = no_quorum_of_streams(), True
            result = run.result()
            end = ended(run, result)
            return result
        await follow(run, route, StreamAttempts(channel), channel)
        run.take_empty()
        if run.model_used is not None and not channel.taken:
            channel.give_empty()
        result = _result(run, channel)
        end = ended(run, result)
        return result
    finally:
        run.environment.router.send(end)


async def _route(run: TaskRun, strategy: Strategy | None) -> Route | ResilienceError:
    """The route, or why there is none."""
    kind = run_kind(run.task, run.environment, run.executor)
    message = DispatchStream(run.task, run.plan, strategy, run.deadline, kind)
    try:
        found: object = run.environment.router.call(message)
    except Exception as error:  # it refuses, or has crashed
        found = error
    return await route_for(run, message, found)


def _result(run: TaskRun, channel: StreamChannel) -> TaskResult:
    """What became of it; an interruption that no other model made good is its error."""
    found = run.result()
    if found.error is None or channel.interruption is None:
        return found
    return found._replace(error=channel.interruption)


def _finish(run: TaskRun, channel: StreamChannel, work: asyncio.Task[TaskResult]) -> None:
    """At an end of any kind, the reader hears of it."""
    if channel.result is not None:
        return
    if not work.cancelled() and work.exception() is None:
        channel.finish(work.result())
        return
    error = cut_short(channel) if work.cancelled() else work.exception()
    channel.finish(run.result()._replace(error=error))
