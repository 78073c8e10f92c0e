"""Readers that are slow, and connections that are many."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from hive_resilience.runtime.server.process.file_limit import raise_file_limit
from hive_resilience.runtime.server.process.server import Server

from .server_kit import (
    HOST,
    LOOPS,
    MOST,
    Client,
    Served,
    SmallApplication,
    get,
    listening,
    on,
    post,
    serving,
    status,
    story,
    told,
)

UNFINISHED = b"POST / HTTP/1.1\r\n" + HOST

# Readers.


async def standing(application: SmallApplication) -> int:
    """Parts of the stream that were sent, once no more are."""
    before = -1
    while application.parts != before:
        before = application.parts
        await asyncio.sleep(0.05)
    return before


def slow_reader(served: Served) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    found.connect(("127.0.0.1", served.port))
    found.sendall(get("/flood"))
    found.setblocking(False)
    return found


@pytest.mark.parametrize("loop", LOOPS)
def test_a_client_that_reads_nothing_stops_its_stream_and_is_dropped(loop: str) -> None:
    async def ask() -> None:
        async with serving(reader_idle=0.5) as served:
            with slow_reader(served):
                parts = await standing(served.application)
                assert parts * len(MOST) < 1_000_000
                while served.server.connections:
                    await asyncio.sleep(0.02)

    on(loop, ask())


def test_a_client_that_reads_slowly_goes_on() -> None:
    async def ask() -> None:
        async with serving(reader_idle=0.5) as served:
            with slow_reader(served) as reader:
                for _ in range(40):
                    await asyncio.get_running_loop().sock_recv(reader, 65_536)
                    await asyncio.sleep(0.02)
                assert served.server.connections == 1

    story(ask())


# Connections.


def test_one_connection_too_many_is_told_so() -> None:
    async def ask() -> None:
        async with serving(connections=2) as served:
            async with await served.connect(), await served.connect():
                answer = await served.answer_to(get())
                assert status(answer) == 503
                assert b"retry-after: 1\r\n" in answer
                assert told(answer)["error"]["code"] == "overloaded"
            while served.server.connections:
                await asyncio.sleep(0.005)
            assert await served.serves()

    story(ask())


def test_connections_far_over_the_limit_hear_nothing() -> None:
    async def ask() -> None:
        async with serving(connections=1) as served, await served.connect():
            clients = [await served.connect() for _ in range(200)]
            while served.server.connections > 129:
                await asyncio.sleep(0.005)
            for client in clients:
                client.writer.close()

    story(ask())


def resident() -> int:
    """Bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def silent(port: int) -> socket.socket:
    """A connection without the streams of a client, which would count as the server's memory."""
    found = socket.socket()
    found.setblocking(False)
    await asyncio.get_running_loop().sock_connect(found, ("127.0.0.1", port))
    return found


def check_idle(count: int, each: int) -> None:
    """So many connections that say nothing, of so many bytes, keep no other from its answer."""

    async def ask() -> None:
        async with serving(connections=count + 10) as served:
            before = resident()
            idle = [await silent(served.port) for _ in range(count)]
            while served.server.connections < len(idle):
                await asyncio.sleep(0.01)
            assert resident() - before < len(idle) * each
            started = asyncio.get_running_loop().time()
            assert await served.serves()
            assert asyncio.get_running_loop().time() - started < 1
            for client in idle:
                client.close()
            while served.server.connections:
                await asyncio.sleep(0.01)

    on("uvloop", ask(), limit=50.0)


linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@linux
def test_a_thousand_idle_connections_keep_no_other_from_its_answer() -> None:
    check_idle(1_000, 20_000)


@linux
@pytest.mark.conformance
def test_five_thousand_idle_connections_do_not_either() -> None:
    files = raise_file_limit()
    if files is not None and files < 10_500:
        pytest.skip(f"this machine allows {files} open files, and both ends of each are here")

    check_idle(5_000, 20_000)


def test_what_clients_do_to_their_connections_leaves_nothing_behind() -> None:
    async def ask() -> None:
        async with serving() as served:
            for request in (b"", get("/held"), get("/stream"), UNFINISHED, post(b"x") * 3):
                client = await served.connect()
                client.send(request)
                await asyncio.sleep(0.01)
                reset(client)
            served.application.let_go.set()
            while served.server.connections:
                await asyncio.sleep(0.005)

    story(ask())


def reset(client: Client) -> None:
    """End it as a crash does."""
    connection = client.writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.writer.close()


def test_the_smaller_limit_of_connections_counts() -> None:
    async def ask() -> None:
        application = SmallApplication()
        server = Server(application, most_connections=1)
        bound = listening()
        await server.start([bound])
        served = Served(application, server, bound.getsockname()[1])
        async with await served.connect():
            assert status(await served.answer_to(get())) == 503
        await server.drain(0)

    story(ask())
