"""The life of a runtime: it starts, it ends, and a fork finds it in another process."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Self

from ..actors.engine.future import Promise, WouldDeadlockError
from ..actors.policies.chance import Draw
from ..actors.policies.outcomes.errors import RuntimeClosedError
from ..actors.router.reference import AskedTask
from ..actors.task import Task
from ..config.settings.runtime import RuntimeConfig
from . import forks
from .configuration.file_watch import FileWatch
from .configuration.reload import Adopting, Reloader, Source
from .fleet.chaos import chaos_of
from .fleet.figures import WatchedFleet
from .fleet.fleet import Fleet
from .observability.event_bus import EventBus
from .observability.parts import PARTS
from .observability.switch import parts_of, telemetry_of
from .observability.watching import Watching
from .offering import offering
from .operations import Operations, Stage
from .portal.loop_thread import LoopFactory, LoopThread, a_loop_runs
from .portal.portal import Portal
from .portal.portal_future import send_to
from .recovery.recovering import Recovering


class Lifecycle(Operations):
    """The half of `Runtime` that starts and ends the fleet."""

    def __init__(
        self,
        config: RuntimeConfig,
        executors: Mapping[str, object],
        draw: Draw,
        loop_factory: LoopFactory | None,
        after_fork: forks.AfterFork,
    ) -> None:
        self._after_fork = forks.checked(after_fork)
        self._executors = executors
        self._draw = draw
        self._loop_factory = loop_factory
        self._bus = EventBus()
        self._prepare(config)

    def _prepare(self, config: RuntimeConfig, source: Source | None = None) -> None:
        """Make all that a fleet needs, new."""
        self._stage = Stage.NEW
        self._entering = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self._closing = False
        self._fleet = Fleet(config, self._bus, self._draw, lasting=self._executors)
        self._engine = self._fleet.engine
        self._thread = LoopThread(self._loop_factory)
        self._in_thread = False
        self._portal = Portal(self._engine, config.global_)
        self._watching = Watching((*PARTS, partial(offering, self)))
        self._reloader = Reloader(
            config,
            self._executors,
            self._fleet,
            self._bus.publish,
            Adopting(self._portal.adopt, self._watching.adopt),
            self._actions,
        )
        self._reloader.source = source
        self._recovering = Recovering(self._fleet, self._bus, self._actions, self._reloader)
        self._watch: FileWatch | None = None

    # For blocking programs.

    def start(self) -> Self:
        """Start the fleet in a thread of its own; does nothing where it runs there already.

        Raises `RuntimeError` on a running event loop, which would stand meanwhile: `astart` is for
        those.
        """
        if a_loop_runs():
            raise RuntimeError("start() would block the running event loop: await astart()")
        if self._stage is Stage.OPEN and self._in_thread:
            return self
        return self.__enter__()

    def close(self) -> None:
        """Drain and end the fleet, as leaving a `with` block does; does nothing after the end.

        From any thread, a signal handler or `atexit`. Takes `drain_timeout` and `stop_grace` at
        most. Raises `WouldDeadlockError` on the loop of the fleet: `aclose` is for that.
        """
        if self._is_away() or (self._stage is Stage.CLOSED and self._engine.is_here()):
            return
        if self._engine.is_here():
            raise WouldDeadlockError(
                "close() would block the loop on which this runtime lives: use `async with`, "
                "or await aclose()"
            )
        self._close_from_elsewhere()

    def __enter__(self) -> Self:
        self._begin()
        try:
            self._in_thread = self._portal.keeps_interrupts = True
            self._thread.start()
            self._thread.run(self._start())
        except BaseException:
            self._stage = Stage.CLOSED
            self._give_up()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # For asyncio programs.

    async def astart(self) -> Self:
        """Start the fleet on the running loop; does nothing where it runs there already."""
        if self._stage is Stage.OPEN and self._engine.is_running_here():
            return self
        return await self.__aenter__()

    async def aclose(self) -> None:
        """Drain and end the fleet, as leaving an `async with` block does.

        Raises `WouldDeadlockError` on another loop of the same thread: that of the fleet stands.
        """
        if self._is_away() or (self._ended is not None and self._ended.is_set()):
            return
        if self._engine.is_running_here():
            await self._close()
        else:
            if self._loop is not None and not self._loop.is_closed():
                self._engine.check_not_standing()
            await asyncio.to_thread(self._close_from_elsewhere)

    async def __aenter__(self) -> Self:
        self._begin()
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # Its steps.

    def _is_away(self) -> bool:
        """Whether there is nothing to end in this process."""
        return self._stage is Stage.NEW or self._stage is Stage.FORKED

    def _begin(self) -> None:
        with self._entering:
            if self._stage is Stage.FORKED:
                self._check_open()
            elif self._stage is not Stage.NEW:
                raise self._refusal()
            self._stage = Stage.STARTING

    async def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        try:
            telemetry = self._telemetry or telemetry_of(self._fleet.config.global_.telemetry)
            self._chaos = chaos_of(self._fleet, self._bus, self._watching.part, self._actions)
            hook = telemetry if self._chaos is None else self._chaos.hook(telemetry)
            self._fleet.start(self._run, hook)
            chaos = () if self._chaos is None else (self._chaos,)
            others = (*parts_of(telemetry), *chaos, self._recovering)
            await self._fleet.joined()
            await self._watching.start(WatchedFleet(self._fleet), self._bus, others)
            if self._watch is not None:
                self._watch.start(self._reloader)
        except BaseException:
            self._stage = Stage.CLOSED
            self._closing = True
            self._ended.set()
            await self._watching.stop(self._grace())
            await self._fleet.stop(self._loop.time() + self._grace())
            raise
        self._stage = Stage.OPEN
        forks.watch(self)

    async def _close(self) -> None:
        assert self._ended is not None
        if self._closing:
            await self._ended.wait()
            return
        self._closing = True
        try:
            if self._watch is not None:
                await self._watch.stop()
            if self._stage is Stage.OPEN:
                self._stage = Stage.DRAINING
                limit = self._fleet.config.global_.drain_timeout
                await self._portal.begin(partial(self._fleet.drain, limit), "drain")
        finally:
            self._stage = Stage.CLOSED
            await self._end_all()

    async def _end_all(self) -> None:
        """End everything in order, in `stop_grace` seconds together."""
        assert self._ended is not None
        clock = asyncio.get_running_loop().time
        until = clock() + self._grace()
        try:
            await self._portal.finish(self._grace())
            await self._fleet.stop(until)
            await self._watching.stop(max(0.0, until - clock()))
            await self._bus.close(max(0.0, until - clock()))
        finally:
            self._dismiss()
            self._ended.set()

    def _close_from_elsewhere(self) -> None:
        loop = self._thread.loop if self._in_thread else self._loop
        work = self._close()
        try:
            if loop is None:  # it has not begun to start
                raise RuntimeError
            closed = send_to(loop, work)
        except RuntimeError:  # the loop is closed, and the fleet ended with it
            work.close()
            self._stage = Stage.CLOSED
            return
        try:
            # Another thread may be faster: its close has ended this one, or the loop with it.
            with suppress(concurrent.futures.CancelledError, RuntimeClosedError):
                closed.result()
        finally:
            self._join()

    def _give_up(self) -> None:
        """End what has begun: after a Ctrl-C in `start` other threads may use it already."""
        try:
            if self._thread.loop is not None and self._thread.is_alive():
                self._thread.run(self._close_begun())
        finally:
            self._thread.close()
            if self._loop is not None:
                self._portal.close()

    async def _close_begun(self) -> None:
        if self._ended is not None:
            await self._close()

    def _join(self) -> None:
        if self._in_thread:
            self._thread.close()
            self._portal.close()
            self._dismiss()

    def _dismiss(self) -> None:
        """Let idle threads end: after a Ctrl-C in `close` nothing else does."""
        self._bus.dismiss()
        self._fleet.members.dismiss_threads()

    def _grace(self) -> float:
        return self._fleet.config.global_.stop_grace

    @abstractmethod
    def _run(self, task: Task | AskedTask, answer: Promise[Any]) -> None:
        """Execute a task that was told to the router."""

    # A fork.

    def forked(self) -> None:
        """This is a forked process: the loop, its thread and all connections are the parent's."""
        if self._stage in (Stage.NEW, Stage.CLOSED):
            return
        self._stage = Stage.FORKED
        self._entering = threading.RLock()
        self._engine.leave_behind()
        self._portal.refuse(self._refusal())
        forks.keep(self._fleet, self._thread, self._portal, self._reloader, self._watch)
        forks.keep(self._watching)
        self._bus.keeper = None

    def _revive(self) -> None:
        """Begin again in a forked process, if that is wanted."""
        if self._after_fork == "error":
            return
        with self._entering:
            if self._stage is Stage.FORKED:
                source = self._reloader.source
                watched = self._watch is not None
                self._bus.revive()
                self._prepare(self._reloader.config, source)
                if watched and source is not None:
                    self._watch = FileWatch(source.path)
                Lifecycle.__enter__(self)
