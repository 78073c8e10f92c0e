"""A server in a process of its own, and what it tells systemd."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from .server_kit import Client

ROOT = Path(__file__).parents[4]
COMMAND = (sys.executable, "-W", "error", "-m", "tests.runtime.server.process.small_server")


class ServerProcess:
    """A running server."""

    def __init__(self, process: asyncio.subprocess.Process, supervisor: socket.socket) -> None:
        self._process = process
        self._supervisor = supervisor
        self.port = 0

    async def line(self) -> str:
        """The next line of standard output."""
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def logged(self, text: str) -> None:
        """Waits for a line of the log with this text."""
        assert self._process.stderr is not None
        while text not in (line := (await self._process.stderr.readline()).decode()):
            assert line, f"the log ended without {text!r}"

    async def notice(self) -> str:
        """The next state that systemd is told."""
        return (await asyncio.get_running_loop().sock_recv(self._supervisor, 1024)).decode()

    async def connect(self) -> Client:
        return Client(*await asyncio.open_connection("127.0.0.1", self.port))

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def exit_code(self) -> int:
        return await self._process.wait()


@asynccontextmanager
async def process(
    folder: Path, *, drain: float = 5.0, before: Callable[[], None] | None = None
) -> AsyncGenerator[ServerProcess]:
    """A server that has begun; `before` runs in its process first."""
    pipe = asyncio.subprocess.PIPE
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(folder / "notify"))
        supervisor.setblocking(False)
        os.environ["NOTIFY_SOCKET"] = str(folder / "notify")
        try:
            started = await asyncio.create_subprocess_exec(
                *COMMAND, str(drain), stdout=pipe, stderr=pipe, cwd=ROOT,
                preexec_fn=before, pass_fds=(3,) if before else (),
            )  # fmt: skip
        finally:
            del os.environ["NOTIFY_SOCKET"]
        found = ServerProcess(started, supervisor)
        try:
            found.port = int((await found.line()).rpartition(":")[2])
            yield found
        finally:
            if started.returncode is None:
                started.kill()
            await started.communicate()
