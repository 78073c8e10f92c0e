"""A Ray cluster of one machine, for the workers of one server: started, kept and ended here.

The supervisor imports nothing of Ray: the head is a process of its own.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from random import random

from ....actors.policies.restart import GiveUp, RestartPolicy
from ....config.settings.restart import RestartConfig
from ....config.values.log_fields import log_event
from ...cluster.framed_process import environment
from .ray_head import HOST, kill_session

log: logging.Logger = logging.getLogger(__name__)

START_WITHIN = 60.0
"""Seconds for the head to listen."""
END_WITHIN = 3.0
"""Seconds for it to end; then it is killed."""

_TRIES = 3
"""Another program may take the port between its choice and its use."""
_LOOK = 0.05
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""Ray then listens on the loopback interface alone, here as on those systems; otherwise it takes
an address of the machine in its place, and listens on all."""
_OF_A_USER = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
_ALWAYS = RestartConfig(intensity=1_000_000, period=10.0, base_delay=0.5, max_delay=10.0)

Command = Callable[[int, Path], tuple[str, ...]]
"""The command line of a head, from its port and its folder."""


class LocalRayError(Exception):
    """The head does not start."""


def head_command(port: int, folder: Path) -> tuple[str, ...]:
    """The head in a process of its own."""
    module = "hive_resilience.runtime.server.workers.ray_head"
    return (sys.executable, "-m", module, str(port), str(folder))


class LocalRay:
    """One head. Its port stays the same over restarts, so that links find it again.

    It is `port`, if that can be had.
    """

    def __init__(
        self, folder: Path, *, command: Command = head_command, port: int | None = None
    ) -> None:
        self._folder = folder
        self._command = command
        self._wanted = port
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.variables: Mapping[str, str] = _variables(folder)
        """What a process needs in its environment to join."""

    @property
    def address(self) -> str:
        """For `cluster.address`."""
        return f"{HOST}:{self._port}"

    async def start(self) -> None:
        """Start the head, and keep it; returns when it listens. Raises `LocalRayError`."""
        for wanted in (self._wanted, *(None,) * (_TRIES - 1)):
            self._port = wanted or _free_port()
            await self._spawn()
            if await self._listens():
                self._keeping = asyncio.create_task(self._keep(), name="local Ray")
                return
            await self._end()
        raise LocalRayError(f"Ray does not start on this machine:\n{self._last_words()}")

    def keep_no_more(self) -> None:
        """Start it no more where it ends: a service manager may signal all processes at once."""
        if self._keeping is not None:
            self._keeping.cancel()

    async def stop(self) -> None:
        """End it; returns when it is gone."""
        self.keep_no_more()
        if self._keeping is not None:
            await asyncio.wait((self._keeping,))
        await self._end()

    async def _keep(self) -> None:
        restarts = RestartPolicy(_ALWAYS)
        listens = True
        while True:
            process = self._process
            if process is not None:
                await process.wait()
                kill_session(process.pid)
            ended = restarts.crashed if listens else restarts.failed_start
            decision = ended(time.monotonic(), random)
            wait = decision.retry_after if isinstance(decision, GiveUp) else decision.delay
            log.warning(
                "local Ray has ended, and starts again in %.1f s; the workers go on alone",
                wait,
                extra=log_event("workers.ray_lost", seconds=wait),
            )
            await asyncio.sleep(wait)
            await self._spawn()
            listens = await self._listens()

    async def _spawn(self) -> None:
        with Path(self._folder, "ray.log").open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(self._port, self._folder),
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor
                env={**_without(os.environ, "RAY_ADDRESS"), **self.variables},
            )

    async def _listens(self) -> bool:
        """Wait for it; False: it has ended, or takes too long."""
        process, until = self._process, time.monotonic() + START_WITHIN
        while process is not None and process.returncode is None and time.monotonic() < until:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, self._port)
                writer.close()
                return True
            await asyncio.sleep(_LOOK)
        return False

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN):
                await process.wait()
        kill_session(process.pid)
        await process.wait()

    def _last_words(self) -> str:
        with suppress(OSError):
            text = Path(self._folder, "ray.log").read_text("utf-8", "replace")
            return "\n".join(line for line in text.splitlines() if line.strip())[-1_000:]
        return "it says nothing"


def _variables(folder: Path) -> Mapping[str, str]:
    """A token of this head alone, unless the environment has one for all clusters."""
    found = environment(os.environ)
    chosen = {name: found[name] for name in ("RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED")}
    chosen |= _LOOPBACK
    if not any(name in found for name in _OF_A_USER):
        path = Path(folder, "token")
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), "ascii")
        chosen["RAY_AUTH_TOKEN_PATH"] = str(path)
    return chosen


def _without(environ: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in environ.items() if key != name}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port
