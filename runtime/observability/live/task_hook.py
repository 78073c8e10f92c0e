"""Hands each result to a log, in an application where no server has it anyway."""

from __future__ import annotations

from collections.abc import Callable

from ....actors.executor import Executor, Probe
from ....actors.policies.outcomes.attempt import AttemptRecord
from ....actors.result import TaskResult
from ....actors.task import Plan, Task
from ....actors.task_hook import TaskHook, Work


class LoggedTasks:
    """A hook round every task; telemetry that was there before goes on inside of it."""

    def __init__(self, add: Callable[[TaskResult], None], inner: TaskHook | None) -> None:
        self._add = add
        self._inner = inner

    async def around(
        self,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        work: Work,
        attempts: Callable[[], list[AttemptRecord]] = list,
        /,
    ) -> TaskResult:
        """The work, and its result for the log."""
        inner = self._inner
        result = await (work() if inner is None else inner.around(task, plan, now, work, attempts))
        self._add(result)
        return result

    def executor(self, executor: Executor, provider: str | None = None, /) -> Executor:
        """Only telemetry wraps executors."""
        return executor if self._inner is None else self._inner.executor(executor, provider)

    def probe(self, probe: Probe, model_id: str, /) -> Probe:
        """As the hook that was there before has it."""
        return probe if self._inner is None else self._inner.probe(probe, model_id)
