"""The orderly end of a server."""

from __future__ import annotations

import asyncio

import pytest

from .server_kit import LOOPS, get, on, post, serving, status, story


@pytest.mark.parametrize("loop", LOOPS)
def test_a_stream_under_way_ends_and_nothing_new_is_accepted(loop: str) -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/stream"))
            await client.reader.readuntil(b"first ")
            drain = asyncio.create_task(served.server.drain(5))
            await asyncio.sleep(0.02)

            with pytest.raises(OSError, match="Connect"):
                await served.connect()
            assert served.application.draining
            served.application.let_go.set()

            assert b"last" in await client.rest()
            await drain
            assert not served.application.interrupted.is_set()

    on(loop, stop())


def test_an_answer_that_has_not_begun_says_that_it_is_the_last() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/held"))
            await served.application.arrived.wait()
            drain = asyncio.create_task(served.server.drain(5))
            await asyncio.sleep(0)
            served.application.let_go.set()

            answer = await client.rest()
            assert b"connection: close" in answer
            assert answer.endswith(b"held")
            await drain

    story(stop())


def test_idle_connections_are_closed_soon() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as used, await served.connect():
            used.send(get())
            await used.answer()
            await asyncio.wait_for(served.server.drain(5), 1)
            assert await used.rest() == b""

    story(stop())


def test_a_request_that_was_on_its_way_is_still_answered() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(post(b"first"))
            await client.answer()
            drain = asyncio.create_task(served.server.drain(5))
            await asyncio.sleep(0)
            client.send(post(b"second"))

            answer = await client.rest()
            assert (status(answer), answer[-6:]) == (200, b"second")
            assert b"connection: close" in answer
            await drain

    story(stop())


def test_a_request_whose_body_is_still_coming_is_answered() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(post(b"0123456789")[:-5])
            await served.application.arrived.wait()
            drain = asyncio.create_task(served.server.drain(5))
            await asyncio.sleep(0.05)
            client.send(b"56789")

            assert (await client.rest()).endswith(b"0123456789")
            await drain

    story(stop())


def test_what_does_not_end_is_interrupted() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/stream"))
            await client.reader.readuntil(b"first ")

            await served.server.drain(0.1)

            assert b"interrupted" in await client.rest()

    story(stop())


def test_a_client_that_reads_nothing_does_not_keep_the_server() -> None:
    async def stop() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/flood"))
            while served.application.parts < 5:
                await asyncio.sleep(0.01)

            await asyncio.wait_for(served.server.drain(0.1), 2)
            assert served.server.connections == 0

    story(stop())
