"""The supervisor of workers: it starts them, restarts those that die, and ends them all.

It serves no request and has no fleet. Its sockets are those of all workers: while one restarts,
the others take what comes, and where there is none the system holds it until there is.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import random
from typing import Any, Protocol

from ....actors.policies.restart import GiveUp, RestartPolicy
from ....config.settings.restart import RestartConfig
from ....config.values.log_fields import log_event
from ..process import systemd
from ..process.sockets import close
from ..siblings.line import LineLostError
from ..siblings.words import PING
from .hub import Hub
from .place import WorkerPlace

log: logging.Logger = logging.getLogger(__name__)

RESTARTS = RestartConfig(intensity=1_000_000, period=10.0, base_delay=0.2, max_delay=10.0)
"""A worker is tried for ever: what kills it may pass, and the others serve on."""
MARGIN = 8.0
"""Seconds for a worker to end, beyond what it gives its requests; then it is killed."""
LOOK = 5.0
"""Seconds between two looks at a worker."""
LONGEST_STAND = 30.0
"""Seconds that the loop of a worker may stand; then it is killed, and starts again."""
_FAILED = 1

CommandOf = Callable[[WorkerPlace], Sequence[str]]
"""The command line of a worker."""


class Ray(Protocol):
    """The cluster of the machine, where the settings name none."""

    variables: Mapping[str, str]

    @property
    def address(self) -> str:
        """For the settings of a worker."""
        ...

    async def start(self) -> None:
        """Returns when it can be joined."""
        ...

    def keep_no_more(self) -> None:
        """It may end from now on."""
        ...

    async def stop(self) -> None:
        """Returns when it is gone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """What the supervisor runs. `drain`: seconds that a worker gives its requests at the end."""

    count: int
    command: CommandOf
    drain: float
    announce: Callable[[], None]
    """Called once, when all of them serve."""


class Supervisor:
    """Runs workers on `sockets`; what they share on disk is in `folder`."""

    def __init__(
        self,
        workers: Workers,
        sockets: Sequence[socket.socket],
        folder: Path,
        ray: Ray | None = None,
    ) -> None:
        self._workers = workers
        self._sockets = sockets
        self._hub_path = folder / "hub"
        self._ray = ray
        self._hub = Hub()
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._to_reload: set[int] = set()
        self._stop = asyncio.Event()
        self._code = 0
        self._has_served = False

    async def run(self) -> int:
        """Until SIGTERM or SIGINT; the exit code. A second signal ends all at once.

        It is that of a worker which ends before any has served. Raises `LocalRayError`, `OSError`.
        """
        with self._signals():
            await self._hub.start(self._hub_path)
            try:
                if self._ray is not None and not await self._until_stop(self._ray.start()):
                    return self._code
                keepers = [
                    asyncio.create_task(self._keep(number), name=f"worker {number}")
                    for number in range(1, self._workers.count + 1)
                ]
                await self._stop.wait()
                await self._end(keepers)
            finally:
                if self._ray is not None:
                    await self._ray.stop()
                await self._hub.close()
        return self._code

    async def _until_stop(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether the work is done; False: it was given up, since all is to end."""
        task = asyncio.create_task(work)
        stop = asyncio.create_task(self._stop.wait())
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if task.done():
            task.result()
            return True
        task.cancel()
        await asyncio.wait((task,))
        return False

    # One worker.

    async def _keep(self, number: int) -> None:
        restarts = RestartPolicy(RESTARTS)
        while not self._stop.is_set():
            ready = self._hub.expect(number)
            process = await self._spawn(number)
            if self._stop.is_set():
                process.terminate()  # all others have been told already
            watching = asyncio.create_task(self._watch(number, process, ready))
            code = await process.wait()
            watching.cancel()
            del self._running[number]
            if self._stop.is_set():
                return
            if not ready.is_set() and not self._has_served:
                self._give_up(code)
                return
            ended = restarts.crashed if ready.is_set() else restarts.failed_start
            decision = ended(time.monotonic(), random)
            wait = decision.retry_after if isinstance(decision, GiveUp) else decision.delay
            self._warn(number, code, wait)
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()

    async def _spawn(self, number: int) -> asyncio.subprocess.Process:
        descriptors = tuple(one.fileno() for one in self._sockets)
        ray = self._ray
        place = WorkerPlace(
            number=number,
            workers=self._workers.count,
            hub=str(self._hub_path),
            sockets=descriptors,
            cluster=None if ray is None else ray.address,
        )
        process = self._running[number] = await asyncio.create_subprocess_exec(
            *self._workers.command(place),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=descriptors,
            start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor
            env={**_own_environment(), **({} if ray is None else ray.variables)},
        )
        return process

    async def _watch(
        self, number: int, process: asyncio.subprocess.Process, ready: asyncio.Event
    ) -> None:
        """Hear that it serves, and then ask now and then whether its loop still runs."""
        await ready.wait()
        if number in self._to_reload:
            self._to_reload.discard(number)
            process.send_signal(signal.SIGHUP)
        if not self._has_served and self._hub.ready == self._workers.count:
            self._has_served = True
            systemd.ready()
            self._workers.announce()
        with suppress(LineLostError):  # it ends
            while True:
                await asyncio.sleep(LOOK)
                try:
                    await self._hub.ask(number, PING, b"", LONGEST_STAND)
                except TimeoutError:
                    break
            log.error(
                "worker %d has not answered for %g s, and is killed",
                *(number, LONGEST_STAND),
                extra=log_event("worker.stands", worker=number, seconds=LONGEST_STAND),
            )
            process.kill()

    def _give_up(self, code: int) -> None:
        """What it could not do at the start, no other can."""
        self._code = code if code > 0 else _FAILED
        self._stop.set()

    def _warn(self, number: int, code: int, wait: float) -> None:
        log.warning(
            "worker %d has ended with %d, and starts again in %.1f s",
            *(number, code, wait),
            extra=log_event("worker.ended", worker=number, code=code, seconds=wait),
        )

    # All of them.

    async def _end(self, keepers: Sequence[asyncio.Task[None]]) -> None:
        systemd.stopping()
        close(self._sockets)  # nothing is to wait there for workers that take no more
        if self._ray is not None:
            self._ray.keep_no_more()
        for number, process in self._running.items():
            # A signal might be its second one: a service manager may send it one by itself.
            if not self._hub.end(number) and process.returncode is None:
                process.terminate()
        _, late = await asyncio.wait(keepers, timeout=self._workers.drain + MARGIN)
        if late:
            log.warning(
                "%d workers did not end in time", len(late), extra=log_event("workers.late")
            )
            self._kill_all()
            await asyncio.wait(late)

    def _kill_all(self) -> None:
        for process in self._running.values():
            if process.returncode is None:
                process.kill()

    @contextmanager
    def _signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop_on, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.remove_signal_handler(number)

    def _stop_on(self, number: signal.Signals) -> None:
        if self._stop.is_set():
            self._kill_all()
            os._exit(128 + number)
        self._stop.set()

    def _reload(self) -> None:
        """Have all workers read the settings again; the signal would end a worker that starts."""
        systemd.reloading()
        for number, process in self._running.items():
            if not self._hub.serves(number):
                self._to_reload.add(number)
            elif process.returncode is None:
                process.send_signal(signal.SIGHUP)
        systemd.ready()


def _own_environment() -> dict[str, str]:
    """What the workers get of it: they tell systemd nothing."""
    return {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
