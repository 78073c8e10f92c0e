"""Secure connections, and those that go by a proxy."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelUnavailableError
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.runtime.executors.transport.options import ConnectionOptions

from .. import faulty_server as faulty
from ..faulty_server import FaultyServer, run
from .connection_kit import GOOD, asked

PEM = str(Path(__file__).parent / "localhost.pem")


# TLS and proxies.


@asynccontextmanager
async def secure_server(
    behaviour: faulty.Behaviour = GOOD, heard: list[faulty.Request] | None = None
) -> AsyncGenerator[str, None]:
    """A server over TLS with a certificate for `localhost`; what it is asked goes to `heard`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await faulty._read_request(reader)
                if heard is not None:
                    heard.append(request)
                await behaviour(writer)
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
