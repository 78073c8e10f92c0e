"""The runtime that an application embeds."""

from __future__ import annotations

import concurrent.futures
import random
from asyncio import get_running_loop
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from os import PathLike
from typing import Any, Self, TypeVar, TypeVarTuple, overload

from ..actors.calls.scope import call_scope
from ..actors.engine.future import Promise
from ..actors.engine.reference import ActorRef
from ..actors.execution.execute import answer_told, execute, watched
from ..actors.result import TaskResult
from ..actors.router.reference import AskedTask
from ..actors.task import Plan, Task, check_task, check_timeout, strategy_named
from ..config.settings.distribution.cluster import ClusterConfig
from ..config.settings.model import GivenExecutor, ModelConfig
from ..config.settings.runtime import RuntimeConfig, Strategy
from ..config.values.words import UnknownVariables
from . import batches
from .configuration.assembly import assemble
from .configuration.file_watch import FileWatch
from .configuration.reload import Source
from .executors.adapters import FunctionCall
from .forks import AfterFork
from .handles.degradation import DegradationHandle
from .handles.recovery import RecoveryHandle
from .lifecycle import Lifecycle
from .operations import Stage
from .portal.loop_thread import LoopFactory
from .stream import Stream

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_OPEN = Stage.OPEN


class Runtime(Lifecycle):
    """A fleet of models behind supervised actors. Nothing starts before `with`, `async with`,
    `start()` or `await astart()`.

    In an `async with` block the actors live on the running loop; in a `with` block they live on a
    loop in a thread of the runtime. Raises `ConfigurationError` for models that cannot be used.
    `cluster` takes the place of the settings of this name: processes that share their models.
    `draw` gives all chance (jitter, exploration) as numbers in [0, 1); seed it to repeat a run.
    `loop_factory` makes the loop of that thread: uvloop's by default, with the extra `fast`.
    In a forked process a runtime refuses all use; with `after_fork="restart"` it begins again there
    at the first use, in a thread.
    """

    def __init__(
        self,
        config: RuntimeConfig | None = None,
        *,
        models: Iterable[ModelConfig] = (),
        executors: Mapping[str, GivenExecutor] | None = None,
        cluster: ClusterConfig | None = None,
        draw: Callable[[], float] = random.random,
        loop_factory: LoopFactory | None = None,
        after_fork: AfterFork = "error",
    ) -> None:
        assembled = assemble(config, models, executors, cluster)
        super().__init__(assembled, executors or {}, draw, loop_factory, after_fork)

    @classmethod
    def from_file(
        cls,
        path: str | PathLike[str],
        *,
        executors: Mapping[str, GivenExecutor] | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] | None = None,
        env_prefix: str = "RESILIENCE_",
        unknown_variables: UnknownVariables = "error",
        defaults: Callable[[RuntimeConfig], RuntimeConfig] | None = None,
        watch: bool = False,
        after_fork: AfterFork = "error",
    ) -> Self:
        """A runtime as a YAML, TOML or JSON file describes it; see `docs/configuration.md`.

        Variables begin with `env_prefix`; those that fit no setting are an error, or are ignored.
        `defaults` fills what they do not state, at each reload too. With `watch` it is reloaded
        whenever the file changes (extra `watch`). Raises `ConfigurationError` with all mistakes in
        the file, or where an extra is missing.
        """
        source = Source(path, environ, overrides, env_prefix, unknown_variables, defaults)
        file_watch = FileWatch(source.path) if watch else None
        runtime = cls(source.load(executors), executors=executors, after_fork=after_fork)
        runtime._reloader.source = source
        runtime._watch = file_watch
        return runtime

    # Tasks.

    def execute(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> Coroutine[Any, Any, TaskResult]:
        """Find a model that answers the task; await the result.

        `plan` may be the name of a group. A failure of the models is not raised: `unwrap()` raises
        it. Raises `RuntimeClosedError`, and `InvalidRequestError` for an unknown strategy or group.
        """
        # As `_execute` and `awaited`, for the tasks that need neither: most of them, by far.
        try:
            if (
                self._stage is _OPEN
                and strategy is None
                and plan is None
                and type(task) is Task
                and get_running_loop() is self._loop
            ):
                environment = self._fleet.environment
                if environment.is_plain:
                    return execute(task, None, None, environment)
        except RuntimeError:  # no loop runs in this thread
            pass
        work = self._execute(task, strategy, plan)
        return self._portal.awaited(work)

    def submit(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> concurrent.futures.Future[TaskResult]:
        """As `execute`, from any thread; cancelling the future cancels the calls."""
        work = self._execute(task, strategy, plan)
        return self._portal.submit(work)

    def stream(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> Stream:
        """The answer chunk by chunk: `async with` and `async for`, or `with` and `for`.

        Raises as `execute` does; see `docs/streams.md`.
        """
        self._check_takes_tasks()
        plan = None if plan is None else self._fleet.members.plans.resolve(plan)
        return Stream(
            task, plan, strategy, self._fleet.environment, self._portal, self._check_takes_tasks
        )

    async def execute_all(
        self,
        tasks: Iterable[Task],
        *,
        strategy: Strategy | str | None = None,
        plan: Plan | str | None = None,
    ) -> list[TaskResult]:
        """All results in the order of the tasks; the first error is raised and cancels the rest."""
        execute = partial(self.execute, strategy=strategy, plan=plan)
        return await batches.execute_all(execute, tasks)

    async def execute_any(
        self,
        tasks: Iterable[Task],
        *,
        strategy: Strategy | str | None = None,
        plan: Plan | str | None = None,
    ) -> TaskResult:
        """The first success; the other tasks are cancelled. Raises `AllModelsFailedError`."""
        execute = partial(self.execute, strategy=strategy, plan=plan)
        return await batches.execute_any(execute, tasks)

    async def execute_settled(
        self,
        tasks: Iterable[Task],
        *,
        strategy: Strategy | str | None = None,
        plan: Plan | str | None = None,
    ) -> list[TaskResult]:
        """Every result, successes and failures, in the order of the tasks."""
        execute = partial(self.execute, strategy=strategy, plan=plan)
        return await batches.execute_settled(execute, tasks)

    @overload
    async def call(
        self,
        model_id: str,
        function: Callable[[*Ts], Awaitable[T]],
        *args: *Ts,
        timeout: float | None = None,
    ) -> T: ...
    @overload
    async def call(
        self,
        model_id: str,
        function: Callable[[*Ts], T],
        *args: *Ts,
        timeout: float | None = None,
    ) -> T: ...
    async def call(
        self,
        model_id: str,
        function: Callable[..., object],
        *args: object,
        timeout: float | None = None,
    ) -> object:
        """Run any function under the breaker, retries, bulkhead and metrics of one model.

        Raises the function's own error, or the reason why it was not called.
        """
        self._check_takes_tasks()
        if timeout is not None:
            check_timeout(timeout)
        member = self._fleet.member(model_id)
        executor = FunctionCall(function, args, member.threads)
        task = Task(None, type="call", timeout=timeout)
        plan = Plan(model_id)
        work = watched(task, plan, Strategy.SEQUENTIAL, self._fleet.environment, executor)
        return (await self._portal.awaited(work)).unwrap_single()

    @property
    def router(self) -> ActorRef[Any]:
        """The reference of the router: `router.ask(task)`, `router.tell(task)` from any thread."""
        self._check_open()
        return self._fleet.router

    @property
    def degradation(self) -> DegradationHandle:
        """How bad the fleet is, and the level by hand; see `docs/degradation.md`."""
        self._check_started()
        return DegradationHandle(self._fleet, self._portal.do, self._actions, self._bus)

    @property
    def recovery(self) -> RecoveryHandle:
        """What the runtime does by itself for models in trouble; see `docs/recovery.md`."""
        self._check_started()
        return RecoveryHandle(self._recovering, self._portal.do)

    def plan(self, plan: Plan | str) -> Plan:
        """The plan of a group as it is now. Raises `InvalidRequestError` for an unknown name."""
        return self._fleet.members.plans.resolve(plan)

    def _execute(
        self, task: Task, strategy: Strategy | str | None, plan: Plan | str | None
    ) -> Coroutine[Any, Any, TaskResult]:
        if self._stage is not Stage.OPEN:
            self._check_takes_tasks()
        if type(task) is not Task:
            check_task(task)
        if strategy is not None and type(strategy) is not Strategy:
            strategy = strategy_named(strategy)
        if plan is not None:
            plan = self._fleet.members.plans.resolve(plan)
        return watched(task, plan, strategy, self._fleet.environment)

    def _run(self, task: Task | AskedTask, answer: Promise[TaskResult]) -> None:
        """Execute a task that the router was told or asked, in a task of the engine."""
        context = None
        if isinstance(task, AskedTask):
            task, context = task
            context.run(call_scope.set, None)  # it is no part of its asker's task
        work = answer_told(task, answer, self._fleet.environment)
        self._engine.spawn(work, name=f"task {task.id}", context=context)
