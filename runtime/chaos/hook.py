"""The hook round tasks and calls, there where chaos is enabled; telemetry stands round it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from ...actors.executor import Executor, Probe
from ...actors.policies.chaos.experiments import Hit
from ...actors.policies.outcomes.attempt import AttemptRecord
from ...actors.result import TaskResult
from ...actors.task import Plan, Task
from ...actors.task_hook import TaskHook, Work
from .call_hits import HITS, CallHit
from .effects import fail_probe
from .executor import ChaosExecutor, Hits


class Watcher(Hits, Protocol):
    """Says what is hit, and hears how tasks end."""

    def of_probe(self, model_id: str) -> Hit | None:
        """The fault for a health check; None: none."""
        ...

    def ended(self, result: TaskResult, hits: Sequence[CallHit]) -> TaskResult:
        """A task is over; the result with its marks."""
        ...

    def cut(self, attempts: list[AttemptRecord], hits: Sequence[CallHit]) -> None:
        """A task was ended from outside: put the marks on its records."""
        ...


class ChaosHook:
    """A `TaskHook`: `inner` is the hook that was there before, which sees what is marked."""

    def __init__(self, watcher: Watcher, inner: TaskHook | None) -> None:
        self._watcher = watcher
        self._inner = inner

    def around(
        self,
        task: Task,
        plan: Plan | None,
        now: Callable[[], float],
        work: Work,
        attempts: Callable[[], list[AttemptRecord]] = list,
        /,
    ) -> Coroutine[Any, Any, TaskResult]:
        """The work, with a list for the hits of its calls."""
        own = partial(self._watched, work, attempts)
        inner = self._inner
        return own() if inner is None else inner.around(task, plan, now, own, attempts)

    def executor(self, executor: Executor, provider: str | None = None, /) -> Executor:
        """The executor with chaos as the innermost of its wrappers."""
        wrapped: Executor = ChaosExecutor(executor, self._watcher)
        return wrapped if self._inner is None else self._inner.executor(wrapped, provider)

    def probe(self, probe: Probe, model_id: str, /) -> Probe:
        """The health check, which an experiment may hit as well."""
        watcher = self._watcher

        async def probed() -> object:
            hit = watcher.of_probe(model_id)
            if hit is not None:
                await fail_probe(hit, model_id)
            return await probe()

        return probed

    async def _watched(self, work: Work, attempts: Callable[[], list[AttemptRecord]]) -> TaskResult:
        hits: list[CallHit] = []
        token = HITS.set(hits)
        try:
            result = await work()
        except BaseException:
            self._watcher.cut(attempts(), hits)
            raise
        finally:
            with suppress(ValueError):  # closed from another context, which never had it
                HITS.reset(token)
        return self._watcher.ended(result, hits)
