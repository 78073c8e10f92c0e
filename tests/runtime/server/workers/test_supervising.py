"""The supervisor with workers that only say their number: their lives, and its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.runtime.server.workers import supervising
from hive_resilience.runtime.server.workers.supervising import Supervisor, Workers

from .workers_kit import on_a_loop

FAKE = Path(__file__).with_name("fake_worker.py")


class FakeRay:
    """Notes its life."""

    variables: Mapping[str, str] = {}
    address = "127.0.0.1:1"

    def __init__(self) -> None:
        self.life: list[str] = []

    async def start(self) -> None:
        self.life.append("started")

    def keep_no_more(self) -> None:
        self.life.append("let go")

    async def stop(self) -> None:
        self.life.append("stopped")


class Supervised:
    """A supervisor that runs on the loop of the test."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.announced: list[int] = []
        self.running: asyncio.Task[int]

    def started(self) -> list[tuple[int, int]]:
        """Number and process of each worker that has ever started."""
        path = self.folder / "started"
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(number), int(pid)) for number, pid, _ in map(str.split, lines)]

    async def answers(self) -> str:
        """The number of the worker that a client reaches."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            return (await reader.read()).decode()
        finally:
            writer.close()

    async def ended(self, number: signal.Signals = signal.SIGTERM) -> int:
        """The exit code after a signal."""
        os.kill(os.getpid(), number)
        return await self.running


async def until(holds: Callable[[], Any]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


@asynccontextmanager
async def supervised(
    count: int = 2, *orders: str, drain: float = 5.0, ray: FakeRay | None = None
) -> AsyncGenerator[Supervised]:
    folder = Path(tempfile.mkdtemp(prefix="hive-"))
    (folder / "orders").write_text("\n".join(orders))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = Supervised(folder, listening.getsockname()[1])
        workers = Workers(
            count=count,
            command=lambda place: (sys.executable, "-I", "-S", str(FAKE), place.encoded()),
            drain=drain,
            announce=lambda: found.announced.append(1),
        )
        found.running = asyncio.create_task(Supervisor(workers, [listening], folder, ray).run())
        try:
            yield found
        finally:
            for _, pid in found.started():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            found.running.cancel()
            await asyncio.wait((found.running,))
            shutil.rmtree(folder)


@on_a_loop
async def test_workers_share_a_port_and_end_together() -> None:
    async with supervised() as found:
        await until(lambda: found.announced)

        numbers = {await found.answers() for _ in range(40)}
        code = await found.ended()

        assert numbers <= {"1", "2"}
        assert code == 0
        assert found.announced == [1]
        assert sorted(number for number, _ in found.started()) == [1, 2]
        with pytest.raises(ConnectionRefusedError):
            await found.answers()


@on_a_loop
async def test_a_dead_worker_starts_again_and_the_other_answers_meanwhile() -> None:
    async with supervised() as found:
        await until(lambda: found.announced)

        dead = dict(found.started())[1]
        os.kill(dead, signal.SIGKILL)
        await until(lambda: not_there(dead))  # what it has just accepted dies with it

        assert {await found.answers() for _ in range(5)} <= {"1", "2"}
        await until(lambda: len(found.started()) == 3)
        assert [number for number, _ in found.started()].count(1) == 2
        assert found.announced == [1]
        assert await found.ended(signal.SIGINT) == 0


@on_a_loop
async def test_without_any_worker_clients_wait_and_are_not_refused() -> None:
    async with supervised(1) as found:
        await until(lambda: found.announced)

        dead = found.started()[0][1]
        os.kill(dead, signal.SIGKILL)
        await until(lambda: not_there(dead))

        assert await found.answers() == "1"
        assert len(found.started()) == 2
        assert await found.ended() == 0


@on_a_loop
async def test_a_worker_that_cannot_start_ends_all_with_its_exit_code() -> None:
    async with supervised(2, "2 fails") as found:
        assert await found.running == 2
        assert found.announced == []
        assert all(not_there(pid) for _, pid in found.started())


@on_a_loop
async def test_a_worker_that_cannot_start_again_is_tried_on() -> None:
    async with supervised() as found:
        await until(lambda: found.announced)
        (found.folder / "orders").write_text("2 fails")

        os.kill(dict(found.started())[2], signal.SIGKILL)

        await until(lambda: [number for number, _ in found.started()].count(2) == 3)
        assert not found.running.done()
        assert await found.ended() == 0


@on_a_loop
async def test_a_hangup_reaches_all_workers() -> None:
    async with supervised() as found:
        await until(lambda: found.announced)

        os.kill(os.getpid(), signal.SIGHUP)

        told = [found.folder / f"reloaded{number}" for number in (1, 2)]
        await until(lambda: all(path.exists() for path in told))
        assert await found.ended() == 0


@on_a_loop
async def test_a_hangup_waits_for_a_worker_that_is_starting() -> None:
    async with supervised(2, "2 waits") as found:
        await until(lambda: len(found.started()) == 2)

        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: (found.folder / "reloaded1").exists())
        (found.folder / "go").touch()

        await until(lambda: (found.folder / "reloaded2").exists())
        assert len(found.started()) == 2
        assert await found.ended() == 0


@on_a_loop
async def test_a_worker_that_does_not_end_is_killed() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(supervising, "MARGIN", 0.05)
        async with supervised(2, "1 stays", drain=0.05) as found:
            await until(lambda: found.announced)

            assert await found.ended() == 0

            assert all(not_there(pid) for _, pid in found.started())


@on_a_loop
async def test_a_worker_that_stands_is_killed_and_starts_again() -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(supervising, "LOOK", 0.01)
        patched.setattr(supervising, "LONGEST_STAND", 0.2)
        async with supervised() as found:
            await until(lambda: found.announced)

            os.kill(dict(found.started())[1], signal.SIGSTOP)

            await until(lambda: len(found.started()) == 3)
            assert [number for number, _ in found.started()].count(2) == 1
            assert await found.ended() == 0


@on_a_loop
async def test_ray_starts_before_the_workers_and_ends_after_them() -> None:
    ray = FakeRay()
    async with supervised(1, ray=ray) as found:
        await until(lambda: found.announced)
        assert ray.life == ["started"]
        assert ray.address in (found.folder / "started").read_text()

        assert await found.ended() == 0

        assert ray.life == ["started", "let go", "stopped"]


def not_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
