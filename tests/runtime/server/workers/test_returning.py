"""Workers whose desk is a program of its own: it is killed, and the next one knows enough."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hive_resilience.runtime.server.siblings import words
from hive_resilience.runtime.server.workers import returning
from hive_resilience.runtime.server.workers.holds import Holds
from hive_resilience.runtime.server.workers.hub import Hub
from hive_resilience.runtime.server.workers.meeting import Meeting
from hive_resilience.runtime.server.workers.returning import Returning

from .test_hub import ONE, echo
from .workers_kit import on_a_loop


class Desks:
    """One desk at a time on the loop of the test; workers that look for one start it."""

    def __init__(self, folder: Path) -> None:
        self.meeting = Meeting(folder, None)
        self.clusters: list[bytes] = []
        self.hub: Hub | None = None
        self.may_start = asyncio.Event()
        self._starting: asyncio.Task[None] | None = None

    def look_for(self) -> None:
        if self.hub is None and self._starting is None and self.may_start.is_set():
            self._starting = asyncio.create_task(self._start())

    async def _start(self) -> None:
        hub = Hub(holds=Holds(self.meeting.holds), more={words.CLUSTER: self._cluster})
        await hub.start(self.meeting.hub)
        self.hub, self._starting = hub, None

    async def _cluster(self, known: bytes) -> bytes:
        self.clusters.append(known)
        return b'["127.0.0.1:5", {"RAY_AUTH_MODE": "token"}]'

    async def kill(self) -> None:
        hub, self.hub = self.hub, None
        assert hub is not None
        await hub.close()
        self.meeting.hub.unlink(missing_ok=True)


@asynccontextmanager
async def desks(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Desks]:
    folder = Path(tempfile.mkdtemp(prefix="hive-"))
    found = Desks(folder)
    found.may_start.set()

    def start(_: object) -> None:
        found.look_for()

    monkeypatch.setattr(returning._Starter, "start", start)
    try:
        yield found
    finally:
        if found.hub is not None:
            await found.hub.close()
        shutil.rmtree(folder)


@asynccontextmanager
async def a_worker(desks: Desks, number: int) -> AsyncGenerator[Returning]:
    """One that serves."""
    worker = Returning(number, desks.meeting)
    await worker.join()
    worker.ready()
    try:
        yield worker
    finally:
        await worker.leave()


@asynccontextmanager
async def two(
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[tuple[Desks, Returning, Returning]]:
    """Desks, and two workers that serve."""
    async with desks(monkeypatch) as found, a_worker(found, 1) as one, a_worker(found, 2) as other:
        yield found, one, other


async def until(worker: Returning, other: Returning) -> None:
    """Both are at the desk, which has heard all that they have said."""
    async with asyncio.timeout(5):
        while not (await worker.others(words.PING) and await other.others(words.PING)):
            await asyncio.sleep(0)


@on_a_loop
async def test_the_first_worker_starts_the_desk_and_the_next_one_finds_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with two(monkeypatch) as (found, one, other):
        other.on("who", echo("2"))

        assert found.hub is not None
        assert found.hub.lines == 2
        assert [said.body for said in await one.others("who", "is there")] == ["2 is there"]


@on_a_loop
async def test_a_place_stays_taken_at_the_next_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two(monkeypatch) as (found, one, other):
        ticket, _ = await one.enter("ci", ONE)
        gone, _ = await one.enter("others", ONE)
        one.let_out(gone, 0)
        await found.kill()
        await until(one, other)

        assert (await other.enter("ci", ONE))[1] is not None
        assert (await other.enter("others", ONE))[1] is None
        one.let_out(ticket, 0)
        await until(one, other)
        assert (await other.enter("ci", ONE))[1] is None


@on_a_loop
async def test_a_request_waits_for_the_next_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two(monkeypatch) as (found, one, other):
        await one.enter("ci", ONE)
        found.may_start.clear()
        await found.kill()

        asked = asyncio.create_task(other.enter("ci", ONE))
        await asyncio.sleep(0.01)
        assert not asked.done()
        found.may_start.set()

        assert (await asked)[1] is not None


@on_a_loop
async def test_a_state_is_known_at_the_next_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    async with two(monkeypatch) as (found, one, other):
        one.pin(["resp_1"], "large")
        await until(one, other)
        found.may_start.clear()
        await found.kill()
        one.pin(["resp_2"], "small")
        found.may_start.set()

        await until(one, other)

        assert await other.pinned("resp_1") == "large"
        assert await other.pinned("resp_2") == "small"


@on_a_loop
async def test_what_holds_is_told_at_the_next_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bytes] = []

    async def note(body: bytes) -> bytes:
        told.append(body)
        return b""

    async with two(monkeypatch) as (found, one, other):
        for worker in (one, other):
            worker.on("note", note)
        one.remember("before", "note", "1")
        await until(one, other)
        found.may_start.clear()
        await found.kill()
        while one._is_there.is_set():
            await asyncio.sleep(0)
        one.remember("meanwhile", "note", "2")
        found.may_start.set()
        await until(one, other)
        told.clear()

        later = Returning(3, found.meeting)
        later.on("note", note)
        await later.join()
        later.ready()

        async with asyncio.timeout(5):
            while sorted(told) != [b"1", b"2"]:
                await asyncio.sleep(0)
        await later.leave()


@on_a_loop
async def test_the_next_desk_is_asked_for_ray_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[object] = []

    def use_for_links(*found: object) -> None:
        given.append(found)

    monkeypatch.setattr(returning, "use_for_links", use_for_links)
    async with two(monkeypatch) as (found, one, other):
        assert await one.cluster() == ("127.0.0.1:5", {"RAY_AUTH_MODE": "token"})
        await found.kill()
        await until(one, other)

        async with asyncio.timeout(5):
            while not given:
                await asyncio.sleep(0)
        assert found.clusters == [b"null", b'"127.0.0.1:5"']
        assert given == [("127.0.0.1:5", {"RAY_AUTH_MODE": "token"})]


@on_a_loop
async def test_a_worker_that_takes_the_place_of_a_dead_one_has_none_of_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with two(monkeypatch) as (found, one, _):
        await one.enter("ci", ONE)

        async with a_worker(found, 1) as again:  # the end of the other has not been heard yet
            assert (await again.enter("ci", ONE))[1] is None


@on_a_loop
async def test_without_a_desk_a_worker_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returning, "JOIN_WITHIN", 0.05)
    async with desks(monkeypatch) as found:
        found.may_start.clear()

        with pytest.raises(TimeoutError):
            await Returning(1, found.meeting).join()
