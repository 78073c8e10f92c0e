"""Model servers as processes of their own, which can be killed and brought back."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

_START_TIMEOUT = 30.0
_END_TIMEOUT = 2.0
_REVIVALS = 5
_PAUSE = 0.2


class ServerStartError(RuntimeError):
    """A model server did not come up; the message says what it wrote."""


@dataclass(frozen=True, slots=True)
class ServerSpec:
    """One server: `order` is how many words it looks back, `delay` its seconds for an answer.

    `pause` is its seconds for each word of a stream; 0: as long in all as the answer in one piece.
    """

    name: str
    order: int
    delay: float
    pause: float = 0.0


class Servers:
    """Servers on free ports of 127.0.0.1; none of them outlives the `async with` block."""

    def __init__(self, specs: Iterable[ServerSpec]) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self._ports: dict[str, int] = {}
        self._processes: dict[str, Process] = {}

    async def __aenter__(self) -> Self:
        starts = [asyncio.create_task(self._start(spec, 0)) for spec in self._specs.values()]
        try:
            await asyncio.gather(*starts)
        except BaseException:
            for start in starts:
                start.cancel()
            await asyncio.wait(starts)
            await self.end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.end()

    def url(self, name: str) -> str:
        """Where its interface is, now and after a revival."""
        return f"http://127.0.0.1:{self._ports[name]}/v1"

    def is_up(self, name: str) -> bool:
        """Whether its process runs and has said that it listens."""
        process = self._processes.get(name)
        return process is not None and process.returncode is None

    async def kill(self, name: str) -> None:
        """End it with SIGKILL: no goodbye to anybody."""
        process = self._processes.pop(name)
        process.kill()
        await _gone(process)

    async def revive(self, name: str) -> None:
        """Start it again where it was; returns when it listens."""
        for _ in range(_REVIVALS - 1):
            # Another program may have the port just now: ports are free for all.
            with suppress(ServerStartError):
                return await self._start(self._specs[name], self._ports[name])
            await asyncio.sleep(_PAUSE)
        await self._start(self._specs[name], self._ports[name])

    def hang(self, name: str) -> None:
        """Let it do nothing, and keep its connections: it neither answers nor refuses."""
        self._processes[name].send_signal(signal.SIGSTOP)

    def go_on(self, name: str) -> None:
        """Let it work again after it hung."""
        self._processes[name].send_signal(signal.SIGCONT)

    async def end(self) -> None:
        """End all that run; those that do not listen to SIGTERM are killed."""
        processes, self._processes = list(self._processes.values()), {}
        for process in processes:
            with suppress(ProcessLookupError):
                process.terminate()
                if os.name == "posix":
                    process.send_signal(signal.SIGCONT)  # a stopped process hears nothing else
        await asyncio.gather(*(_end(process) for process in processes))

    async def _start(self, spec: ServerSpec, port: int) -> None:
        process = await asyncio.create_subprocess_exec(
            *_command(spec, port),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            # Ctrl-C is for the demonstration, which ends its servers itself.
            start_new_session=os.name == "posix",
        )
        try:
            self._ports[spec.name] = await asyncio.wait_for(_port_of(process), _START_TIMEOUT)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            await _gone(process)
            raise
        self._processes[spec.name] = process


def _command(spec: ServerSpec, port: int) -> list[str]:
    command = [sys.executable, "-m", f"{__package__}.server", "--port", str(port)]
    command += ["--model", spec.name, "--order", str(spec.order)]
    command += ["--delay", str(spec.delay), "--pause", str(spec.pause)]
    return command


async def _port_of(process: Process) -> int:
    assert process.stdout is not None
    assert process.stderr is not None
    word, _, address = (await process.stdout.readline()).decode().partition(" ")
    if word == "listening":
        return int(address.rpartition(":")[2])
    wrote = (await process.stderr.read()).decode(errors="replace").strip()
    last = wrote.rpartition("\n")[2] or "nothing"
    raise ServerStartError(f"a model server should say that it listens; it wrote: {last}")


async def _end(process: Process) -> None:
    try:
        await asyncio.wait_for(_gone(process), _END_TIMEOUT)
    except TimeoutError:
        process.kill()
        await _gone(process)


async def _gone(process: Process) -> None:
    """Wait for its end and read its pipes to the end, which closes them."""
    await process.communicate()
