"""Connections: how they are made, kept, and what happens when one dies."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelTimeoutError, ModelUnavailableError
from hive_resilience.config.errors import ConfigurationError, ResilienceError
from hive_resilience.runtime.executors.transport import aiohttp_connections, aiohttp_protocol
from hive_resilience.runtime.executors.transport.aiohttp_transport import AiohttpTransport
from hive_resilience.runtime.executors.transport.httpx_transport import limits
from hive_resilience.runtime.executors.transport.options import ConnectionOptions
from hive_resilience.runtime.executors.transport.protocol import (
    MAX_PIECE_BYTES,
    Request,
    TransportError,
)

from .. import faulty_server as faulty
from ..asking import Context, Task
from ..faulty_server import FaultyServer, answer, completion, run

PEM = str(Path(__file__).parent / "localhost.pem")
GOOD = answer(200, completion())
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def no_proxy_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def asked(executor: OpenAICompatible, times: int = 1) -> list[str]:
    return [str(await executor.execute(Task("Hi"), Context())) for _ in range(times)]


# Connections that have died.


def at_each_reuse(then: faulty.Behaviour) -> tuple[faulty.Behaviour, ...]:
    return (GOOD, then, GOOD)


def test_a_reused_connection_that_is_closed_is_replaced_at_once() -> None:
    async def story() -> tuple[list[str], int]:
        async with FaultyServer(*at_each_reuse(faulty.close_without_answer)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor, 2)
            await executor.close()
        return found, server.connections

    assert run(story()) == (["Hello", "Hello"], 2)


async def reset_without_answer(writer: asyncio.StreamWriter) -> None:
    await faulty.reset(writer)


def test_a_reused_connection_that_is_reset_is_replaced_at_once() -> None:
    async def story() -> list[str]:
        async with FaultyServer(*at_each_reuse(reset_without_answer)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor, 2)
            await executor.close()
        return found

    assert run(story()) == ["Hello", "Hello"]


async def failing_second(*script: faulty.Behaviour) -> tuple[ResilienceError, int]:
    """How the second call fails, and how many requests there were."""
    async with FaultyServer(*script) as server:
        executor = OpenAICompatible(server.base_url, "tiny")
        await asked(executor)
        with pytest.raises(ResilienceError) as caught:
            await asked(executor)
        await executor.close()
    return caught.value, len(server.requests)


async def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200")
    await writer.drain()
    writer.close()


async def half_a_head_and_reset(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-")
    await writer.drain()
    await asyncio.sleep(0.05)  # or the reset would overtake it
    await faulty.reset(writer)


@pytest.mark.parametrize("begun", [half_a_head, half_a_head_and_reset, faulty.close_mid_answer])
def test_it_is_not_replaced_once_a_byte_of_the_answer_has_come(begun: faulty.Behaviour) -> None:
    error, requests = run(failing_second(GOOD, begun, GOOD))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 2


def test_it_is_replaced_once_only() -> None:
    error, requests = run(failing_second(GOOD, faulty.close_without_answer))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 3


def test_it_is_not_replaced_when_it_dies_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_protocol, "_SENT_AT_ONCE", -1.0)

    error, requests = run(failing_second(GOOD, faulty.close_without_answer, GOOD))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 2


def test_a_fresh_connection_that_dies_is_not_replaced() -> None:
    async def story() -> int:
        async with FaultyServer(faulty.close_without_answer, GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(ModelUnavailableError):
                await asked(executor)
            await executor.close()
        return len(server.requests)

    assert run(story()) == 1


def test_a_connection_that_waits_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_connections, "KEEP_ALIVE", 0.01)

    async def story() -> None:
        async with FaultyServer(GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            await asked(executor)
            await server.hung_up.wait()
            await executor.close()

    run(story())


def test_an_answer_that_nobody_asked_for_is_nobodys_answer() -> None:
    async def twice(writer: asyncio.StreamWriter) -> None:
        await answer(200, completion("first"))(writer)
        await answer(200, completion("planted"))(writer)

    async def story() -> list[str]:
        async with FaultyServer(twice, GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor)
            await asyncio.sleep(0)
            found += await asked(executor)
            await executor.close()
        return found

    assert run(story()) == ["first", "Hello"]


def test_as_many_connections_as_calls_are_open_at_once() -> None:
    async def story() -> int:
        together = asyncio.Barrier(150)

        async def when_all_are_there(writer: asyncio.StreamWriter) -> None:
            await together.wait()
            await GOOD(writer)

        async with FaultyServer(when_all_are_there) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            await asyncio.gather(*(asked(executor) for _ in range(150)))
            await executor.close()
        return server.connections

    assert run(story()) == 150


# Time.


def full_listener() -> tuple[str, list[socket.socket]]:
    """A URL of a host that drops what comes."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    kept = [full]
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(full.getsockname())
        kept.append(waiting)
    return f"http://127.0.0.1:{full.getsockname()[1]}/v1", kept


@pytest.mark.parametrize(
    "settings", [{"connect_timeout": 0.1}, {"connect_timeout": lambda: 0.1}], ids=["span", "said"]
)
def test_a_host_that_does_not_answer_costs_the_connect_timeout(settings: Any) -> None:
    url, kept = full_listener()

    async def story() -> None:
        executor = OpenAICompatible(url, "tiny", **settings)
        with pytest.raises(ModelTimeoutError) as caught:
            await executor.execute(Task("Hi"), Context(deadline=15.0))
        await executor.close()
        assert caught.value.limit == 0.1

    run(story())
    for one in kept:
        one.close()


def test_tighter_limits_of_a_client_are_kept() -> None:
    own = httpx2.Timeout(9.0, connect=1.0)

    assert limits(5.0, 5.0, own) == httpx2.Timeout(5.0, connect=1.0)
    assert limits(60.0, 5.0, own) == httpx2.Timeout(9.0, connect=1.0)
    assert limits(None, 5.0) == httpx2.Timeout(None, connect=5.0)


# The body.


async def body_of(transport: AiohttpTransport, url: str) -> list[bytes]:
    response = await transport.send(Request("GET", url, {}))
    try:
        return [piece async for piece in response]
    finally:
        await response.aclose()


def test_a_large_body_comes_in_small_pieces() -> None:
    async def story() -> list[bytes]:
        transport = AiohttpTransport()
        async with FaultyServer(answer(200, bytes(10 * MAX_PIECE_BYTES))) as server:
            pieces = await body_of(transport, server.base_url)
            await transport.close()
        return pieces

    pieces = run(story())

    assert sum(map(len, pieces)) == 10 * MAX_PIECE_BYTES
    assert max(map(len, pieces)) <= MAX_PIECE_BYTES


def test_what_came_before_the_connection_broke_is_read_first() -> None:
    async def story() -> bytes:
        transport = AiohttpTransport()
        async with FaultyServer(faulty.close_mid_answer) as server:
            response = await transport.send(Request("GET", server.base_url, {}))
            await server.hung_up.wait()
            await asyncio.sleep(0.05)
            found = await anext(response)
            with pytest.raises(TransportError, match="broke"):
                await anext(response)
            await response.aclose()
            await transport.close()
        return found

    assert run(story()) == b'{"choices": ['


@pytest.mark.parametrize("header", ["a\r\nX-Evil: 1", "a\nb", "caf\u20ac"])
def test_a_header_that_none_can_be_is_not_sent(header: str) -> None:
    async def story() -> int:
        transport = AiohttpTransport()
        async with FaultyServer(GOOD) as server:
            with pytest.raises(TransportError) as caught:
                await transport.send(Request("GET", server.base_url, {"X-Mine": header}))
            assert header not in str(caught.value)
            await transport.close()
        return len(server.requests)

    assert run(story()) == 0


def test_a_response_that_is_forgotten_is_complained_about_and_closed() -> None:
    async def story() -> None:
        transport = AiohttpTransport()
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _told: None)
        async with FaultyServer(answer(200, bytes(100))) as server:
            forgotten = [await transport.send(Request("GET", server.base_url, {}))]
            with pytest.warns(ResourceWarning, match="Unclosed connection"):
                forgotten.clear()
            await server.hung_up.wait()
            await transport.close()

    run(story())


# TLS and proxies.


@asynccontextmanager
async def secure_server() -> AsyncGenerator[str, None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await faulty._read_request(reader)
                await GOOD(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


def test_a_certificate_of_the_authorities_in_a_file_is_trusted() -> None:
    async def story() -> list[str]:
        async with secure_server() as url:
            executor = OpenAICompatible(url, "tiny", ca_file=PEM)
            found = await asked(executor, 2)
            await executor.close()
            await asyncio.sleep(0.05)  # the good ends of two TLS connections
        return found

    assert asyncio.run(story()) == ["Hello", "Hello"]


def test_a_certificate_of_nobody_is_an_unavailable_model_that_says_so() -> None:
    async def story() -> None:
        async with secure_server() as url:
            executor = OpenAICompatible(url, "tiny")
            with pytest.raises(ModelUnavailableError, match="certificate does not hold"):
                await asked(executor)
            await executor.close()
            await asyncio.sleep(0.05)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), ("no certificate", "no PEM file")]
)
def test_a_file_without_authorities_is_a_configuration_error(
    content: str | None, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)

    with pytest.raises(ConfigurationError, match=says):
        OpenAICompatible("https://host/v1", "tiny", ca_file=str(path))


Setting = Callable[[pytest.MonkeyPatch, str], dict[str, Any]]


def in_settings(_: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    return {"proxy": url}


def in_the_environment(monkeypatch: pytest.MonkeyPatch, url: str) -> dict[str, Any]:
    monkeypatch.setenv("HTTP_PROXY", url.replace("//", "//me:hunter2@"))
    return {}


@pytest.mark.parametrize("say", [in_settings, in_the_environment])
def test_a_proxy_is_asked_for_the_whole_url(say: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> faulty.Request:
        async with FaultyServer(GOOD) as proxy:
            url = proxy.base_url.removesuffix("/v1")
            executor = OpenAICompatible("http://model.invalid/v1", "m", **say(monkeypatch, url))
            await asked(executor)
            await executor.close()
        return proxy.requests[0]

    request = run(story())

    assert request.path == "http://model.invalid/v1/chat/completions"
    assert request.headers["host"] == "model.invalid"
    expected = "Basic bWU6aHVudGVyMg==" if say is in_the_environment else None
    assert request.headers.get("proxy-authorization") == expected


def test_a_host_among_those_without_proxy_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "example.com, 127.0.0.1")

    async def story() -> list[str]:
        async with FaultyServer(GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor)
            await executor.close()
        return found

    assert run(story()) == ["Hello"]


@asynccontextmanager
async def tunnelling_proxy(status: int = 200) -> AsyncGenerator[tuple[str, list[str]], None]:
    """A proxy for CONNECT, and the heads that it was sent."""
    heads: list[str] = []
    pipes: set[asyncio.Task[None]] = set()

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(f"HTTP/1.1 {status} -\r\n\r\n".encode())
        if status != 200:
            writer.close()
            return
        _, port = heads[-1].split(" ")[1].split(":")
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", int(port))
        pipes.add(asyncio.ensure_future(pipe(reader, inner_writer)))
        pipes.add(asyncio.ensure_future(pipe(inner_reader, writer)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()
        for task in pipes:
            task.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)


def test_a_proxy_only_carries_what_is_for_a_server_with_tls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")

    async def story() -> tuple[list[str], list[str]]:
        async with secure_server() as url, tunnelling_proxy() as (proxy, heads):
            monkeypatch.setenv("HTTPS_PROXY", proxy.replace("//", "//me:hunter2@"))
            executor = OpenAICompatible(url, "tiny", ca_file=PEM, api_key_env="HIVE_KEY")
            found = await asked(executor, 2)
            await executor.close()
            await asyncio.sleep(0.05)
        return found, heads

    found, (head,) = asyncio.run(story())

    assert found == ["Hello", "Hello"]
    assert head.startswith("CONNECT localhost:")
    assert "Basic bWU6aHVudGVyMg==" in head
    assert "a-key" not in head


def test_a_proxy_that_makes_no_connection_says_so() -> None:
    async def story() -> None:
        async with tunnelling_proxy(403) as (proxy, _):
            executor = OpenAICompatible("https://localhost:1/v1", "tiny", proxy=proxy)
            with pytest.raises(ModelUnavailableError, match="the proxy answered 403"):
                await asked(executor)
            await executor.close()

    asyncio.run(story())


def test_a_proxy_that_is_not_there_says_so() -> None:
    async def story() -> None:
        executor = OpenAICompatible("http://host/v1", "tiny", proxy="http://127.0.0.1:1")
        with pytest.raises(ModelUnavailableError, match="no connection to the proxy"):
            await asked(executor)
        await executor.close()

    run(story())


@pytest.mark.parametrize("url", ["socks5://me:hunter2@host:1", "hunter2"])
def test_a_proxy_of_another_kind_is_an_error_that_shows_no_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="proxy") as caught:
        ConnectionOptions(proxy=url)

    assert "hunter2" not in str(caught.value)


def test_a_proxy_of_another_kind_in_the_environment_fails_the_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1")

    async def story() -> None:
        executor = OpenAICompatible("http://127.0.0.1:1/v1", "tiny")
        with pytest.raises(ModelUnavailableError, match="'socks5'") as caught:
            await asked(executor)
        assert "hunter2" not in str(caught.value)
        await executor.close()

    run(story())
