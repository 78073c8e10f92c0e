"""What telemetry wraps: a whole task, and the executor that its attempts call."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

from ..config.settings.strategy import Strategy
from .executor import Executor, Probe
from .policies.degradation.levels import Degradation
from .policies.outcomes.attempt import AttemptRecord
from .result import TaskResult
from .task import Plan, Task

Work: TypeAlias = Callable[[], Coroutine[Any, Any, TaskResult]]
"""Makes the coroutine of a task, which then is begun in the same step."""


class AroundTasks(Protocol):
    """What a degraded fleet does to tasks: other plans for them, and marks on their results."""

    def run(
        self, task: Task, plan: Plan | None, strategy: Strategy | None, executor: Executor | None, /
    ) -> Coroutine[Any, Any, TaskResult]:
        """Take a task its way."""
        ...

    def plan_of(self, plan: Plan | None, /) -> tuple[Plan | None, Degradation | None]:
        """The plan of a task that brings this one, and the mark on its result."""
        ...


class TaskHook(Protocol):
    """One hook round the task and one round the call. Where telemetry is off there is none."""

    def around(
        self,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        work: Work,
        attempts: Callable[[], list[AttemptRecord]] = list,
        /,
    ) -> Coroutine[Any, Any, TaskResult]:
        """The work itself, to be awaited in its place. `now` is the engine's clock.

        `attempts` has the records where the work ends without a result, as a stream does whose
        reader has left; what a hook changes in that list is in the result that the reader gets.
        """
        ...

    def probe(self, probe: Probe, model_id: str, /) -> Probe:
        """The health check of a model to use in place of this one."""
        ...

    def executor(self, executor: Executor, provider: str | None = None, /) -> Executor:
        """The executor to call in place of this one; `provider` is that of the settings."""
        ...
