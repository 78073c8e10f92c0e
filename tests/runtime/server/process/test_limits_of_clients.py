"""What clients may take of the server: bytes, time, connections."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from .server_kit import (
    HOST,
    LOOPS,
    Client,
    get,
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


@pytest.mark.parametrize(
    "trailers", [headers(102), b"X: " + b"x" * 2_000_000], ids=["101 of them", "one without end"]
)
def test_trailers_count_as_headers(trailers: bytes) -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(UNFINISHED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + trailers)
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


def test_a_client_is_not_late_while_the_application_takes_nothing() -> None:
    async def ask() -> None:
        limits = {"body_within": 0.1, "body_grace": 0.1, "body_bytes_per_second": 10_000_000}
        async with serving(**limits) as served, await served.connect() as client:
            client.send(post(b"x" * 3_000_000, CLOSE, path="/late"))
            await asyncio.sleep(0.3)
            served.application.let_go.set()
            assert status(await client.rest()) == 200

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
