"""The desk as a program: how long it is there, and the head of Ray that it may own."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from hive_resilience.runtime.server.workers import desk_program, returning
from hive_resilience.runtime.server.workers.desk_program import (
    LINGER,
    LOCK,
    DeskProgram,
    Patience,
    command,
    main,
)
from hive_resilience.runtime.server.workers.local_ray import LocalRay, LocalRayError
from hive_resilience.runtime.server.workers.meeting import Manager, Meeting
from hive_resilience.runtime.server.workers.returning import Returning

from .workers_kit import on_a_loop

FAKE = Path(__file__).with_name("fake_head.py")
GONE = Manager(os.getpid(), "long ago")


def nothing(*_: object) -> None:
    """In place of what a test is not about."""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """That of a desk which looks often."""
    monkeypatch.setattr(desk_program, "LOOK", 0.01)
    monkeypatch.setattr(desk_program, "leave_the_worker", lambda: None)
    monkeypatch.setattr(returning._Starter, "start", nothing)
    found = Path(tempfile.mkdtemp(prefix="hive-"))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
def heads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which heads of the standard library alone have theirs."""

    def fake(port: int, where: Path) -> tuple[str, ...]:
        return (sys.executable, "-I", "-S", str(FAKE), str(port), str(where))

    monkeypatch.setattr(desk_program, "LocalRay", partial(LocalRay, command=fake))
    monkeypatch.setattr(desk_program, "short_folder", lambda: str(folder))
    return folder


@asynccontextmanager
async def a_desk(
    folder: Path, manager: Manager | None = None
) -> AsyncGenerator[tuple[Meeting, asyncio.Task[None]]]:
    meeting = Meeting(folder, manager)
    meeting.hub.unlink(missing_ok=True)
    running = asyncio.create_task(DeskProgram(meeting).run())
    while not meeting.hub.exists() and not running.done():
        await asyncio.sleep(0)
    try:
        yield meeting, running
    finally:
        running.cancel()
        await asyncio.wait((running,))


def test_a_desk_is_there_as_long_as_a_worker_is() -> None:
    patience = Patience(now=0.0)

    assert not patience.is_over(workers=1, is_awaited=False, now=100.0)
    assert not patience.is_over(workers=0, is_awaited=True, now=100.0 + LINGER - 0.1)
    assert patience.is_over(workers=0, is_awaited=True, now=100.0 + LINGER)


def test_a_desk_waits_for_a_worker_that_takes_the_place_of_the_last_one() -> None:
    patience = Patience(now=0.0)

    assert not patience.is_over(workers=0, is_awaited=True, now=LINGER - 0.1)
    assert not patience.is_over(workers=1, is_awaited=True, now=LINGER)
    assert not patience.is_over(workers=0, is_awaited=True, now=LINGER + 0.1)


def test_a_desk_does_not_wait_where_no_process_starts_another_worker() -> None:
    assert Patience(now=0.0).is_over(workers=0, is_awaited=False, now=LINGER / 2)


@on_a_loop
async def test_it_ends_after_the_last_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_desk(folder) as (meeting, running):
        worker = Returning(1, meeting)
        await worker.join()
        monkeypatch.setattr(desk_program, "LINGER", 0.0)
        await asyncio.sleep(0.1)
        assert not running.done()

        await worker.leave()

        await asyncio.wait_for(running, 15)


@on_a_loop
async def test_it_does_not_wait_where_none_will_start_a_worker(folder: Path) -> None:
    async with a_desk(folder, manager=GONE) as (_, running):
        await asyncio.wait_for(running, 15)


@on_a_loop
async def test_a_signal_does_not_end_it(folder: Path) -> None:
    async with a_desk(folder) as (_, running):
        os.kill(os.getpid(), signal.SIGTERM)

        await asyncio.sleep(0.05)

        assert not running.done()


@on_a_loop
async def test_workers_have_one_head_of_ray_which_ends_with_the_desk(heads: Path) -> None:
    async with a_desk(heads) as (meeting, running):
        workers = [Returning(number, meeting) for number in (1, 2)]
        for worker in workers:
            await worker.join()

        one, other = await asyncio.gather(*(worker.cluster() for worker in workers))

        assert one == other
        host, port = one.address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        running.cancel()
        await asyncio.wait((running,))
        for worker in workers:
            await worker.leave()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(host, int(port))
        assert not list(heads.glob("hive-*"))


@on_a_loop
async def test_the_next_desk_starts_the_head_where_links_look_for_it(
    heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "use_for_links", nothing)
    async with a_desk(heads) as (meeting, _):
        worker = Returning(1, meeting)
        await worker.join()
        before = (await worker.cluster()).address
        await worker.leave()
    async with a_desk(heads) as (meeting, _):
        await worker.join()

        assert (await worker.cluster()).address == before

        await worker.leave()


@on_a_loop
async def test_a_head_that_does_not_start_is_told_to_the_worker(
    heads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: LocalRay) -> None:
        raise LocalRayError("there is no memory")

    monkeypatch.setattr(LocalRay, "start", fails)
    async with a_desk(heads) as (meeting, _):
        worker = Returning(1, meeting)
        await worker.join()

        with pytest.raises(LocalRayError, match="there is no memory"):
            await worker.cluster()

        assert not list(heads.glob("hive-*"))
        await worker.leave()


def test_there_is_one_desk_in_a_folder(folder: Path) -> None:
    lock = Meeting(folder, None).lock(LOCK)
    assert lock is not None

    main(str(folder))  # returns at once

    assert not Meeting(folder, None).hub.exists()
    os.close(lock)


def test_it_ends_with_its_folder(folder: Path) -> None:
    main(str(folder), str(GONE.pid), GONE.began)

    assert not folder.exists()


def test_its_command_line_says_where_and_for_whom() -> None:
    meeting = Meeting(Path("/run/hive"), Manager(7, "11"))

    assert command(meeting)[-3:] == ("/run/hive", "7", "11")
    assert command(Meeting(Path("/run/hive"), None))[-1] == "/run/hive"
