"""A task under way: what it has, what it has come to so far, and how much time is left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ...config.settings.runtime import Strategy
from ..calls.bounded_call import BoundedCall, LimitReached
from ..calls.scope import Scope
from ..executor import Executor
from ..messages import Route, new
from ..permit import CallPermit
from ..policies.outcomes.attempt import AttemptRecord, Outcome
from ..policies.outcomes.errors import ModelTimeoutError
from ..task import Plan, Task
from .environment import TaskEnvironment
from .errors import no_answer, too_late

T = TypeVar("T")


class TaskRun:
    """One task under way; `Attempts` and `Failover` carry it on."""

    # What most tasks never set stands on the class: an instance then costs a third less.
    strategy = Strategy.SEQUENTIAL
    primary: str | None = None
    tried: tuple[str, ...] = ()
    model_used: str | None = None
    value: Any = None
    error: BaseException | None = None
    degraded = False
    opened = False
    over = False
    insisted = False
    """Whether one model was asked past its open breaker."""

    def __init__(
        self,
        task: Task,
        plan: Plan | None,
        paths: TaskEnvironment,
        executor: Executor | None,
        started: float,
        scope: Scope,
        route: Route | None = None,
    ) -> None:
        self.task = task
        self.plan = plan
        self.paths = paths
        self.executor = executor
        self.engine = paths.engine
        self.now: Callable[[], float] = paths.engine.now
        self.started = started
        self.scope = scope
        self.deadline = scope[0]
        self.attempts: list[AttemptRecord] = []
        if route is not None:
            self.strategy = route.strategy
            self.primary = route.primary
            self.attempts.extend(route.passed)

    def _record(
        self,
        model_id: str,
        number: int,
        outcome: Outcome,
        started: float,
        duration: float,
        error: BaseException | None = None,
    ) -> None:
        began = started - self.started
        record = (model_id, number, outcome, began, duration, error)
        self.attempts.append(new(AttemptRecord, record))

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
        """Neither this model nor another one any more: the deadline, or the runtime's end."""
        self.error = reached.reason or self.error
        self.over = True

    def bounded(self, call: Coroutine[Any, Any, T], until: float) -> BoundedCall[T]:
        paths = self.paths
        return BoundedCall(
            call, until, paths.grace, paths.waiting, owner=self.task.id, scope=self.scope
        )

    def _timed_out(self, permit: CallPermit, started: float) -> ModelTimeoutError:
        if self.deadline < started + permit.timeout:
            return self.too_late(permit.model_id)
        return no_answer(permit)

    def too_late(self, model_id: str | None = None) -> ModelTimeoutError:
        return too_late(self.deadline - self.started, model_id)
