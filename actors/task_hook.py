"""What telemetry wraps: a whole task, and the executor that its attempts call."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeAlias

from .executor import Executor, Probe
from .policies.outcomes.attempt import AttemptRecord
from .result import TaskResult
from .task import Plan, Task

Work: TypeAlias = Callable[[], Coroutine[Any, Any, TaskResult]]
"""Makes the coroutine of a task, which then is begun in the same step."""


class TaskHook(Protocol):
    """One hook round the task and one round the call. Where telemetry is off there is none."""

    def around(
        self,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        work: Work,
        attempts: Callable[[], Sequence[AttemptRecord]] = tuple,
        /,
    ) -> Coroutine[Any, Any, TaskResult]:
        """The work itself, to be awaited in its place. `now` is the engine's clock.

        `attempts` says what is known where the work ends without a result, as a stream does whose
        reader has left.
        """
        ...

    def probe(self, probe: Probe, model_id: str, /) -> Probe:
        """The health check of a model to use in place of this one."""
        ...

    def executor(self, executor: Executor, provider: str | None = None, /) -> Executor:
        """The executor to call in place of this one; `provider` is that of the settings."""
        ...
