"""What requests have to look like before the application sees them."""

from __future__ import annotations

import asyncio

import pytest

from .server_kit import HOST, LOOPS, get, on, post, serving, status, story, told

CLOSE = b"Connection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
A_CHUNK = b"3\r\nabc\r\n0\r\n\r\n"


def posted(headers: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"POST / HTTP/%s\r\n%s\r\n%s" % (version, headers, body)


@pytest.mark.parametrize("loop", LOOPS)
def test_requests_follow_each_other_on_a_connection(loop: str) -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            for body in (b"one", b"", b"x" * 1_000_000):
                client.send(post(body))
                head, answered = await client.answer()
                assert (status(head), answered) == (200, body)
                assert b"connection: close" not in head

    on(loop, ask())


def test_the_application_gets_what_asgi_says() -> None:
    async def ask() -> None:
        async with serving() as served:
            await served.answer_to(get("/a%20b?c=d%20e", CLOSE + b"X-Y: Z\r\n"))
            (scope,) = served.application.scopes
        assert (scope["method"], scope["path"], scope["raw_path"], scope["query_string"]) == (
            *("GET", "/a b", b"/a%20b", b"c=d%20e"),
        )
        assert scope["headers"] == [(b"host", b"a"), (b"connection", b"close"), (b"x-y", b"Z")]
        assert (scope["type"], scope["http_version"], scope["client"][0]) == (
            *("http", "1.1", "127.0.0.1"),
        )

    story(ask())


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(posted(b""), id="no Host"),
        pytest.param(posted(HOST + HOST), id="two Hosts"),
        pytest.param(posted(b"Host: a/#@b\r\n"), id="a Host with a path"),
        pytest.param(posted(b"Host: a b\r\n"), id="a Host with a space"),
        pytest.param(posted(b"Host: u@a\r\n"), id="a Host with a user"),
        pytest.param(posted(b"Host: a\x00\r\n"), id="a Host with a zero"),
        pytest.param(b"GET http://evil/x HTTP/1.1\r\n" + HOST + b"\r\n", id="absolute form"),
        pytest.param(b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", id="asterisk"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n", id="CONNECT"),
        pytest.param(b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", id="a fragment"),
        pytest.param(b"GET /\xff HTTP/1.1\r\n" + HOST + b"\r\n", id="no ASCII"),
        pytest.param(b"GET /\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", id="HTTP/2.0"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2's own beginning"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(posted(HOST + b"Content-Length: 3\r\n" + CHUNKED, A_CHUNK), id="CL and TE"),
        pytest.param(posted(HOST + CHUNKED + b"Content-Length: 3\r\n", A_CHUNK), id="TE and CL"),
        pytest.param(
            posted(HOST + b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"), id="two CL"
        ),
        pytest.param(posted(HOST + b"Content-Length: +3\r\n", b"abc"), id="CL with a sign"),
        pytest.param(posted(HOST + b"Content-Length: 3, 3\r\n", b"abc"), id="CL as a list"),
        pytest.param(posted(HOST + CHUNKED, A_CHUNK, version=b"1.0"), id="TE in HTTP/1.0"),
        pytest.param(posted(HOST + CHUNKED + CHUNKED, A_CHUNK), id="two TE"),
        *(
            pytest.param(posted(HOST + b"Transfer-Encoding: %s\r\n" % coding, A_CHUNK), id=name)
            for coding, name in [
                (b"xchunked", "xchunked"),
                (b"gzip, chunked", "gzip"),
                (b"identity", "identity"),
                (b"\x0bchunked", "a control character"),
                (b"chunked, identity", "identity last"),
            ]
        ),
        pytest.param(posted(HOST + b"Transfer-Encoding : chunked\r\n", A_CHUNK), id="TE space"),
        pytest.param(posted(HOST + b" folded: chunked\r\n", A_CHUNK), id="a folded header"),
        pytest.param(posted(HOST + CHUNKED, b"3\nabc\n0\n\n"), id="bare LF in chunks"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="bare LF in headers"),
        pytest.param(posted(HOST + CHUNKED, b"-3\r\nabc\r\n0\r\n\r\n"), id="a chunk below zero"),
        pytest.param(posted(HOST + CHUNKED, b"g\r\n"), id="a chunk of no size"),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(request_: bytes) -> None:
    async def ask() -> None:
        async with serving() as served:
            answer = await served.answer_to(request_ + get("/second"))
            assert status(answer) == 400
            assert answer.count(b"HTTP/1.1 ") == 1
            assert told(answer)["error"]["type"] == "invalid_request_error"
            assert served.application.bodies == []
            assert await served.serves()

    story(ask())


@pytest.mark.parametrize("host", [b"a", b"a:80", b"127.0.0.1:1", b"[::1]:80", b"a_b-c.d"])
def test_usual_hosts_pass(host: bytes) -> None:
    async def ask() -> None:
        async with serving() as served:
            answer = await served.answer_to(b"GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (host, CLOSE))
            assert status(answer) == 200

    story(ask())


def test_http_1_0_needs_no_host_and_ends() -> None:
    async def ask() -> None:
        async with serving() as served:
            assert status(await served.answer_to(b"GET / HTTP/1.0\r\n\r\n")) == 200

    story(ask())


def test_trailers_are_no_headers() -> None:
    async def ask() -> None:
        async with serving() as served:
            trailers = b"0\r\nAuthorization: Bearer x\r\nHost: evil\r\n\r\n"
            answer = await served.answer_to(
                posted(HOST + CLOSE + CHUNKED, b"3\r\nabc\r\n" + trailers)
            )
            assert answer.endswith(b"abc")
            names = [name for name, _ in served.application.scopes[0]["headers"]]
            assert names == [b"host", b"connection", b"transfer-encoding"]

    story(ask())


@pytest.mark.parametrize("split", [False, True])
def test_a_body_is_read_where_http_2_is_offered(split: bool) -> None:
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\n"

    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            head, _, body = post(b'{"a": 1}', offer).partition(b"\r\n\r\n")
            client.send(head + b"\r\n\r\n")
            if split:
                await served.application.arrived.wait()
            client.send(body + post(b"smuggled"))
            answer = await client.rest()
            assert answer.endswith(b'\r\n\r\n{"a": 1}')
            assert served.application.bodies == [b'{"a": 1}']
            assert len(served.application.scopes) == 1

    story(ask())


def test_a_websocket_gets_an_answer_in_http() -> None:
    async def ask() -> None:
        async with serving() as served:
            offer = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
            assert status(await served.answer_to(get("/v1/realtime", offer))) == 200

    story(ask())


def test_pipelined_requests_are_answered_in_turn() -> None:
    async def ask() -> None:
        async with serving() as served:
            answer = await served.answer_to(post(b"one") + post(b"two") + post(b"three", CLOSE))
            assert [part[-5:] for part in answer.split(b"HTTP/1.1 200 OK")][1:] == [
                *(b"\r\none", b"\r\ntwo", b"three"),
            ]

    story(ask())


def test_an_error_behind_a_request_is_no_part_of_its_answer() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/held") + post(b"next") + b"nonsense\r\n\r\n")
            await served.application.arrived.wait()
            served.application.let_go.set()
            answer = await client.rest()
            assert answer.count(b"HTTP/1.1") == 2
            assert (b"400" in answer, b"\r\nheld" in answer, b"\r\nnext" in answer) == (
                *(False, True, True),
            )

    story(ask())


def test_a_waiting_request_that_turns_out_wrong_is_never_answered() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/held") + posted(HOST + CHUNKED, b"nonsense\r\n"))
            await served.application.arrived.wait()
            served.application.let_go.set()
            answer = await client.rest()
            assert (answer.count(b"HTTP/1.1"), answer[-4:]) == (1, b"held")
            assert len(served.application.scopes) == 1

    story(ask())


def test_requests_without_end_that_wait_for_an_answer_are_cut_off() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(get("/held") + get("/") * 1_000)
            await served.application.arrived.wait()
            served.application.let_go.set()
            assert (await client.rest()).count(b"HTTP/1.1 200") == 17

    story(ask())


def test_what_follows_a_last_request_is_not_read() -> None:
    async def ask() -> None:
        async with serving() as served:
            answer = await served.answer_to(post(b"last", CLOSE) + get("/more"))
            assert answer.count(b"HTTP/1.1 ") == 1
            assert len(served.application.scopes) == 1

    story(ask())


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_before_the_end_of_its_request_is_read_and_is_the_last(loop: str) -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(post(b"", path="/early").replace(b"Length: 0", b"Length: 9000000"))
            client.send(b"x" * 4_000_000)
            answer = await client.rest()
            assert (status(answer), answer[-5:]) == (200, b"early")
            assert b"connection: close" in answer

    on(loop, ask())


def test_a_connection_ends_where_its_answer_has_said_so() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            client.send(post(b"0123456789", path="/stream")[:-5])
            head = await client.reader.readuntil(b"first ")
            client.send(b"56789")
            await asyncio.sleep(0.02)
            served.application.let_go.set()
            assert b"connection: close" in head
            assert b"last" in await client.rest()

    story(ask())


def test_a_client_that_is_gone_is_told_to_the_application() -> None:
    async def ask() -> None:
        async with serving() as served:
            async with await served.connect() as client:
                client.send(post(b"").replace(b"Length: 0", b"Length: 10"))
                await served.application.arrived.wait()
            while not served.application.disconnected:
                await asyncio.sleep(0.005)

    story(ask())


def test_a_client_that_waits_for_permission_to_send_gets_it() -> None:
    async def ask() -> None:
        async with serving() as served, await served.connect() as client:
            head = post(b"abc", b"Expect: 100-continue\r\n").removesuffix(b"abc")
            client.send(head)
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.send(b"abc")
            assert (await client.answer())[1] == b"abc"

    story(ask())
