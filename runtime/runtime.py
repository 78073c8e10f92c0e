"""The runtime that an application embeds."""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from functools import partial
from os import PathLike
from threading import get_ident
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple, overload

from ..actors.engine.future import Promise
from ..actors.engine.reference import ActorRef
from ..actors.execution.execute import answer_told, execute
from ..actors.policies.outcomes.errors import RuntimeClosedError
from ..actors.result import TaskResult
from ..actors.task import Plan, Task, check_task, check_timeout, strategy_named
from ..config.settings.model import GivenExecutor, ModelConfig
from ..config.settings.runtime import RuntimeConfig, Strategy
from . import batches
from .configuration.assembly import assemble
from .configuration.file_watch import FileWatch
from .configuration.reload import Reloader, Source
from .executors.adapters import FunctionCall
from .fleet.fleet import Fleet
from .observability.event_bus import EventBus
from .observability.snapshot import DrainReport
from .operations import Operations, Stage
from .portal.loop_thread import LoopFactory, LoopThread
from .portal.portal import Portal
from .stream import Stream

if TYPE_CHECKING:
    from pykka import Future

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_OPEN = Stage.OPEN


class Runtime(Operations):
    """A fleet of models behind supervised actors. Nothing starts before `with` or `async with`.

    In an `async with` block the actors live on the running loop; in a `with` block they live on a
    loop in a thread of the runtime. Raises `ConfigurationError` for models that cannot be used.
    `draw` gives all chance (jitter, exploration) as numbers in [0, 1); seed it to repeat a run.
    `loop_factory` makes the loop of that thread: uvloop's by default, with the extra `fast`.
    """

    def __init__(
        self,
        config: RuntimeConfig | None = None,
        *,
        models: Iterable[ModelConfig] = (),
        executors: Mapping[str, GivenExecutor] | None = None,
        draw: Callable[[], float] = random.random,
        loop_factory: LoopFactory | None = None,
    ) -> None:
        assembled = assemble(config, models, executors)
        self._bus = EventBus()
        self._fleet = Fleet(assembled, self._bus, draw, lasting=executors or {})
        self._engine = self._fleet.engine
        self._stage = Stage.NEW
        self._thread = LoopThread(loop_factory)
        self._portal = Portal(self._engine, assembled.global_)
        self._reloader = Reloader(
            assembled, executors or {}, self._fleet, self._bus.publish, self._portal.adopt
        )
        self._watch: FileWatch | None = None

    @classmethod
    def from_file(
        cls,
        path: str | PathLike[str],
        *,
        executors: Mapping[str, GivenExecutor] | None = None,
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] | None = None,
        watch: bool = False,
    ) -> Self:
        """A runtime as a YAML, TOML or JSON file describes it; see `docs/configuration.md`.

        With `watch` it is reloaded whenever the file changes (extra `watch`). Raises
        `ConfigurationError` with all mistakes in the file, or where an extra is missing.
        """
        source = Source(path, environ, overrides)
        file_watch = FileWatch(source.path) if watch else None
        runtime = cls(source.read(), executors=executors)
        runtime._reloader.source = source
        runtime._watch = file_watch
        return runtime

    # Life.

    async def __aenter__(self) -> Self:
        self._begin()
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    def __enter__(self) -> Self:
        self._begin()
        self._thread.start()
        try:
            self._thread.run(self._start())
        except BaseException:
            self._thread.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._thread.run(self._close())
        finally:
            self._thread.close()
            self._portal.close()

    def drain(self, timeout: float | None = None) -> Future[DrainReport]:
        """Refuse new tasks from now on, and wait at most `timeout` seconds for the running tasks.

        Await the report of what remains, or call `.get(timeout=...)` in a blocking program. None:
        the setting `drain_timeout`.
        """
        if self._stage is not Stage.DRAINING:
            self._check_open()
        self._stage = Stage.DRAINING
        limit = self._fleet.config.global_.drain_timeout if timeout is None else timeout
        return self._portal.begin(partial(self._fleet.drain, limit), "drain")

    async def _close(self) -> None:
        if self._stage is Stage.CLOSED:
            return
        try:
            if self._watch is not None:
                await self._watch.stop()
            if self._stage is Stage.OPEN:
                await self.drain()
        finally:
            self._stage = Stage.CLOSED
            await self._portal.end(self._fleet.config.global_.stop_grace)
            await self._fleet.stop()
            await asyncio.to_thread(self._bus.close, self._fleet.config.global_.stop_grace)

    async def _start(self) -> None:
        try:
            self._fleet.start(self._run)
            if self._watch is not None:
                self._watch.start(self._reloader)
        except BaseException:
            self._stage = Stage.CLOSED
            await self._fleet.stop()
            raise

    def _begin(self) -> None:
        if self._stage is not Stage.NEW:
            raise RuntimeClosedError(f"this runtime {Stage.CLOSED.value}")
        self._stage = Stage.OPEN

    # Tasks.

    def execute(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> Coroutine[Any, Any, TaskResult]:
        """Find a model that answers the task; await the result.

        `plan` may be the name of a group. A failure of the models is not raised: `unwrap()` raises
        it. Raises `RuntimeClosedError`, and `InvalidRequestError` for an unknown strategy or group.
        """
        # As `_execute` and `awaited`, for the tasks that need neither: most of them, by far.
        if (
            self._stage is _OPEN
            and strategy is None
            and plan is None
            and type(task) is Task
            and get_ident() == self._engine.thread
        ):
            return execute(task, None, None, self._fleet.environment)
        return self._portal.awaited(self._execute(task, strategy, plan))

    def submit(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> concurrent.futures.Future[TaskResult]:
        """As `execute`, from any thread; cancelling the future cancels the calls."""
        return self._portal.submit(self._execute(task, strategy, plan))

    def stream(
        self, task: Task, *, strategy: Strategy | str | None = None, plan: Plan | str | None = None
    ) -> Stream:
        """The answer chunk by chunk: `async with` and `async for`, or `with` and `for`.

        Raises as `execute` does; see `docs/streams.md`.
        """
        self._check_takes_tasks()
        plan = None if plan is None else self._fleet.members.plans.resolve(plan)
        return Stream(task, plan, strategy, self._fleet.environment, self._check_takes_tasks)

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
        work = execute(task, plan, Strategy.SEQUENTIAL, self._fleet.environment, executor)
        return (await self._portal.awaited(work)).unwrap_single()

    @property
    def router(self) -> ActorRef[Any]:
        """The reference of the router: `router.ask(task)`, `router.tell(task)` from any thread."""
        self._check_open()
        return self._fleet.router

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
        return execute(task, plan, strategy, self._fleet.environment)

    def _run(self, task: Task, answer: Promise[TaskResult]) -> None:
        """Execute a task that was told to the router, in a task of the engine."""
        work = answer_told(task, answer, self._fleet.environment)
        self._engine.spawn(work, name=f"task {task.id}")
