"""The demonstration's side of the application: its processes, and what they say."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from ..servers import ServerStartError
from .account import Account, Tally
from .fleet import TASK_TIMEOUT
from .peer import Orders, encoded
from .processes import kill

_START = 60.0
_END = TASK_TIMEOUT + 5.0
_LONGEST_LINE = 1 << 20


class Peers:
    """So many processes of one application; none of them outlives the block."""

    def __init__(
        self,
        count: int,
        orders: Orders,
        folder: Path,
        variables: Mapping[str, str],
        account: Account,
    ) -> None:
        self._names = [f"process-{number}" for number in range(1, count + 1)]
        self._orders, self._account = orders, account
        self._folder, self._variables = folder, dict(variables)
        self._processes: dict[str, Process] = {}
        self._readers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        try:
            for name in self._names:
                await self._start(name)
            async with asyncio.timeout(_START):
                for name in self._names:
                    await self._hear_ready(name)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    def go(self) -> None:
        """Let the load begin."""
        for name, process in self._processes.items():
            self._readers.append(asyncio.create_task(self._read(name, process)))
            _order(process, b"go\n")

    async def kill(self, name: str) -> None:
        """SIGKILL to a process of the application."""
        self._account.tallies[name].killed = True
        kill([self._processes[name].pid])
        await self._processes[name].wait()

    async def stop(self) -> None:
        """Let the load end; returns once all have told the last of their results."""
        for process in self._processes.values():
            _order(process, b"stop\n")
        await asyncio.wait(self._readers, timeout=_END)

    async def _start(self, name: str) -> None:
        with Path(self._folder, f"{name}.log").open("wb") as errors:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"{__package__}.peer"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                env=self._variables,
                limit=_LONGEST_LINE,
                start_new_session=True,  # Ctrl-C is for the demonstration
            )
        _order(self._processes[name], encoded(self._orders))

    async def _hear_ready(self, name: str) -> None:
        process = self._processes[name]
        assert process.stdout is not None
        while line := await process.stdout.readline():
            told = json.loads(line)
            self._account.tallies.setdefault(name, Tally(process.pid))
            if told["kind"] == "ready":
                return
            self._account.hear(name, told)
        wrote = Path(self._folder, f"{name}.log").read_text("utf-8", errors="replace").strip()
        raise ServerStartError(f"{name} has ended: {wrote.rpartition(chr(10))[2] or 'no word'}")

    async def _read(self, name: str, process: Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with suppress(ValueError):  # a line that a kill has cut
                self._account.hear(name, json.loads(line))

    async def _end(self) -> None:
        processes = self._processes.values()
        kill(process.pid for process in processes if process.returncode is None)
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for process in processes:
            await process.communicate()


def _order(process: Process, line: bytes) -> None:
    assert process.stdin is not None
    if not process.stdin.is_closing():
        process.stdin.write(line)
