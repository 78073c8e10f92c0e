"""What clients may take of the server: bytes, time, connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Any

import pytest

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

CLOSE = b"Connection: close\r\n"
SHORT = 0.2
UNFINISHED = b"POST / HTTP/1.1\r\n" + HOST


def refused(request: bytes, **limits: Any) -> bytes:
    """The answer to a request that is no use; the server serves on."""

    async def ask() -> bytes:
        async with serving(**limits) as served:
            answer = await served.answer_to(request)
            assert await served.serves()
            assert len(served.application.bodies) == 1
        return answer

    return story(ask())


def headers(count: int, size: int = 1) -> bytes:
    return b"".join(b"X-%d: %s\r\n" % (n, b"x" * size) for n in range(count))


# Bytes.


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(get("/", b"X: " + b"x" * 65_537 + b"\r\n"), id="one of 64 KiB + 1"),
        pytest.param(get("/", headers(90, 400)), id="many together"),
        pytest.param(get("/", headers(100)), id="101 of them"),
        pytest.param(UNFINISHED + b"X: " + b"x" * 2_000_000, id="one without end"),
        pytest.param(UNFINISHED + headers(20_000), id="many without end"),
    ],
)
def test_too_many_headers_are_refused(request_: bytes) -> None:
    answer = refused(request_)

    assert status(answer) == 431
    assert told(answer)["error"]["code"] == "headers_too_large"


def test_as_many_headers_as_are_allowed_pass() -> None:
    async def ask() -> None:
        async with serving(header_count=5, header_bytes=1_000) as served:
            assert status(await served.answer_to(get("/", CLOSE + headers(3, 200)))) == 200

    story(ask())


def test_trailers_count_as_headers() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(UNFINISHED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + headers(90, 400))
            assert status(await client.rest()) == 431

    story(ask())


@pytest.mark.parametrize("end", [b" HTTP/1.1\r\n\r\n", b""])
def test_a_target_that_is_too_long_is_refused(end: bytes) -> None:
    assert status(refused(b"GET /" + b"x" * 8_192 + end)) == 414


def test_a_body_that_is_too_long_is_refused_by_its_headers() -> None:
    answer = refused(UNFINISHED + b"Content-Length: 11\r\n\r\n", body_bytes=10)

    assert status(answer) == 413
    assert told(answer)["error"]["code"] == "request_too_large"


def test_an_absurd_length_is_refused() -> None:
    answer = refused(UNFINISHED + b"Content-Length: " + b"0" * 5_000 + b"\r\n\r\n")

    assert status(answer) == 413


def test_a_body_without_a_length_is_cut_off_where_it_is_too_long() -> None:
    chunk = b"6\r\nabcdef\r\n"
    answer = refused(UNFINISHED + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2, body_bytes=10)

    assert status(answer) == 413


def test_a_body_of_the_allowed_length_passes() -> None:
    async def ask() -> None:
        async with serving(body_bytes=10) as served:
            assert (await served.answer_to(post(b"x" * 10, CLOSE))).endswith(b"x" * 10)

    story(ask())


def test_messages_are_refused_in_their_own_shape() -> None:
    request = post(b"x" * 11, path="/v1/messages?beta=true")
    answer = refused(request, body_bytes=10)

    assert told(answer) == {
        "type": "error",
        "error": {
            "type": "request_too_large",
            "message": "The body of the request is too large.",
        },
    }


# Time.


def test_a_silent_client_is_dropped_without_a_word() -> None:
    async def ask() -> None:
        async with serving(headers_within=SHORT) as served, await served.connect() as client:
            assert await client.rest() == b""

    story(ask())


@pytest.mark.parametrize("loop", LOOPS)
def test_headers_that_come_in_drops_are_refused(loop: str) -> None:
    async def ask() -> None:
        async with serving(headers_within=SHORT) as served, await served.connect() as client:
            drip = asyncio.create_task(drop_by_drop(client, get() + b"x" * 1_000))
            assert status(await client.rest()) == 408
            drip.cancel()
            assert await served.serves()

    on(loop, ask())


def test_headers_of_a_later_request_have_the_same_time() -> None:
    async def ask() -> None:
        async with serving(headers_within=SHORT) as served, await served.connect() as client:
            client.send(post(b"first"))
            await client.answer()
            client.send(b"GET / HT")
            assert status(await client.rest()) == 408

    story(ask())


def test_an_unfinished_body_is_refused_and_the_application_hears_of_it() -> None:
    async def ask() -> None:
        async with serving(body_within=SHORT) as served, await served.connect() as client:
            client.send(UNFINISHED + b"Content-Length: 10\r\n\r\nabc")
            assert status(await client.rest()) == 408
            assert served.application.disconnected == 1

    story(ask())


def test_a_body_that_comes_in_drops_is_refused() -> None:
    async def ask() -> None:
        async with serving(body_grace=SHORT) as served, await served.connect() as client:
            client.send(UNFINISHED + b"Content-Length: 1000\r\n\r\n")
            drip = asyncio.create_task(drop_by_drop(client, b"x" * 1_000))
            assert status(await client.rest()) == 408
            drip.cancel()

    story(ask())


def test_a_body_that_keeps_its_pace_passes() -> None:
    async def ask() -> None:
        limits = {"body_grace": 0.1, "body_bytes_per_second": 100}
        async with serving(**limits) as served, await served.connect() as client:
            client.send(UNFINISHED + CLOSE + b"Content-Length: 100\r\n\r\n")
            for _ in range(10):
                client.send(b"x" * 10)
                await asyncio.sleep(0.03)
            assert status(await client.rest()) == 200

    story(ask())


def test_a_slow_answer_has_no_limit_here() -> None:
    async def ask() -> None:
        limits = {"headers_within": 0.1, "body_within": 0.1, "keep_alive": 0.1}
        async with serving(**limits) as served, await served.connect() as client:
            client.send(get("/held"))
            await asyncio.sleep(0.3)
            served.application.let_go.set()
            assert (await client.answer())[1] == b"held"

    story(ask())


def test_a_connection_without_requests_is_closed() -> None:
    async def ask() -> None:
        async with serving(keep_alive=SHORT) as served, await served.connect() as client:
            client.send(get())
            await client.answer()
            assert await client.rest() == b""

    story(ask())


async def drop_by_drop(client: Client, data: bytes) -> None:
    with suppress(OSError):
        for at in range(len(data)):
            client.send(data[at : at + 1])
            await asyncio.sleep(0.02)


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


def test_a_thousand_idle_connections_keep_no_other_from_its_answer() -> None:
    async def ask() -> None:
        async with serving() as served:
            idle = [await served.connect() for _ in range(1_000)]
            started = asyncio.get_running_loop().time()
            assert await served.serves()
            assert asyncio.get_running_loop().time() - started < 1
            for client in idle:
                client.writer.close()

    story(ask())


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
