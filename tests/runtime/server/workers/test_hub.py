from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest

from hive_resilience.runtime.server.siblings.line import Line, LineLostError
from hive_resilience.runtime.server.siblings.siblings import Said, Siblings

from .workers_kit import a_hub, on_a_loop, workers

ONE = (None, None, 1)
"""One request at once."""


def nothing(_word: str, _body: bytes) -> bytes:
    return b""


def echo(name: str) -> Callable[[bytes], Awaitable[bytes]]:
    async def answer(body: bytes) -> bytes:
        return f"{name} {body.decode()}".encode()

    return answer


@on_a_loop
async def test_a_place_of_a_key_is_taken_for_all_workers() -> None:
    async with workers(2) as (_, (one, other)):
        ticket, wait = await one.enter("ci", ONE)
        assert wait is None
        assert (await other.enter("ci", ONE))[1] is not None

        one.let_out(ticket, 0)

        assert (await one.enter("ci", ONE))[1] is None


@on_a_loop
async def test_a_worker_that_goes_leaves_no_place_taken() -> None:
    async with workers(2) as (_, (one, other)):
        await one.enter("ci", ONE)

        await one.leave()

        async with asyncio.timeout(5):
            while (await other.enter("ci", ONE))[1] is not None:
                await asyncio.sleep(0)


@on_a_loop
async def test_each_worker_knows_which_model_keeps_a_state() -> None:
    async with workers(2) as (_, (one, other)):
        one.pin(["resp_1", "conv_1"], "large")

        assert await other.pinned("conv_1") == "large"
        assert await other.pinned("resp_9") is None


@on_a_loop
async def test_the_word_of_a_state_may_come_a_moment_later() -> None:
    async with workers(2) as (_, (one, other)):
        asked = asyncio.create_task(other.pinned("resp_1"))
        await asyncio.sleep(0)
        await one.enter("ci", ONE)  # the question has come before it
        one.pin(["resp_1"], "large")

        assert await asked == "large"


@on_a_loop
async def test_a_worker_asks_all_others() -> None:
    async with workers(3) as (_, found):
        for one in found:
            one.on("who", echo(str(one.number)))

        said = await found[0].others("who", "are you")

        assert said == [Said(2, "2 are you"), Said(3, "3 are you")]


@on_a_loop
async def test_a_worker_that_fails_or_is_silent_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fails(_body: bytes) -> bytes:
        raise ValueError("not today")

    async def waits(_body: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with workers(4) as (_, found):
        for one, answer in zip(found[1:], (fails, waits, echo("4")), strict=True):
            one.on("who", answer)

        assert await found[0].others("who", "", 0.05) == [Said(4, "4 ")]
    assert "a worker could not be answered: who: ValueError" in caplog.text


@on_a_loop
async def test_a_worker_serves_once_it_says_so() -> None:
    async with workers(1) as (hub, (one,)):
        event = hub.expect(1)
        assert hub.ready == 0

        one.ready()

        await asyncio.wait_for(event.wait(), 5)
        assert hub.ready == 1


@on_a_loop
async def test_a_worker_that_does_not_serve_yet_is_not_asked() -> None:
    async with workers(1) as (_, (one,)):
        early = Siblings(2, one._path)
        await early.join()

        assert await one.others("who") == []

        early.on("who", echo("2"))
        early.ready()
        assert await early.pinned("what was said before has come") is None
        assert await one.others("who") == [Said(2, "2 ")]
        await early.leave()


@on_a_loop
async def test_without_its_supervisor_a_worker_asks_itself_to_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []

    def kill(pid: int, number: int) -> None:
        asked.append((pid, number))

    monkeypatch.setattr(os, "kill", kill)
    async with a_hub() as (hub, path):
        worker = Siblings(1, path)
        await worker.join()

        await hub.close()

        async with asyncio.timeout(5):
            while not asked:
                await asyncio.sleep(0)
        assert asked == [(os.getpid(), signal.SIGTERM)]
        with pytest.raises(LineLostError):
            await worker.enter("ci", ONE)
        assert await worker.others("who") == []
        assert await worker.pinned("resp_1") is None
        await worker.leave()


@on_a_loop
async def test_nothing_is_answered_before_the_hello(caplog: pytest.LogCaptureFixture) -> None:
    async with a_hub() as (_, path):
        line = Line(*await asyncio.open_unix_connection(path), answering=nothing)
        running = asyncio.create_task(line.run())

        with pytest.raises(LineLostError, match="ValueError"):
            await line.ask("pinned", b"resp_1", seconds=5)

        running.cancel()
        await asyncio.wait((running,))
    assert "could not be answered: pinned" in caplog.text


@on_a_loop
async def test_a_worker_that_starts_is_told_what_holds() -> None:
    told: list[bytes] = []

    async def note(body: bytes) -> bytes:
        told.append(body)
        return b""

    async with a_hub() as (_, path):
        first, second = Siblings(1, path), Siblings(2, path)
        await first.join()
        for subject, body in (("a", "1"), ("b", "2"), ("c", "3"), ("b", "4")):
            first.remember(subject, "note", body)
        first.forget("a")
        assert await first.pinned("x") is None  # all that has been told is there
        second.on("note", note)
        await second.join()

        second.ready()

        async with asyncio.timeout(5):
            while len(told) < 2:
                await asyncio.sleep(0)
        assert told == [b"3", b"4"]
        await first.leave()
        await second.leave()
