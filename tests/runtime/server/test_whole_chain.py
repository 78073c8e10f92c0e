"""From the client's socket to the provider's: what only the whole chain shows."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime
from hive_resilience.config import CircuitBreakerConfig
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.process.server import Server

from ..executors.faulty_server import Request
from . import answers_kit as good
from .door_kit import Answer, Door, Reply, front_door
from .keys.keys_kit import entry, write
from .site_kit import USE, Site, keys_in, site, story
from .site_kit import Reply as Told

CHAT = "/v1/chat/completions"
HI = [{"role": "user", "content": "Hi"}]


def request_of(body: dict[str, Any], **headers: str) -> bytes:
    content = json.dumps(body).encode()
    told = {
        **{"host": "127.0.0.1", "content-type": "application/json"},
        **{name.replace("_", "-"): value for name, value in headers.items()},
        "content-length": str(len(content)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {CHAT} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content


def connected(door: Door, request: bytes) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    found.settimeout(20)
    found.connect(("127.0.0.1", int(door.root.rpartition(":")[2])))
    found.sendall(request)
    return found


def all_of(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


# A client that reads slowly.


def test_a_client_that_reads_nothing_stops_its_provider_and_costs_no_memory() -> None:
    event = good.chat_event({"content": "x" * 8_000})
    sent = 0

    async def floods(reply: Reply, request: Request) -> None:
        nonlocal sent
        await reply.events(good.CHAT_EVENTS[0])
        while True:
            await reply.chunk(event)
            sent += len(event)

    def memory() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    async def standing() -> int:
        before = -1
        while before != sent:
            before = sent
            await asyncio.sleep(0.2)
        return before

    with front_door(floods) as door:
        before = memory()
        with connected(door, request_of({"model": "m", "messages": HI, "stream": True})) as reader:
            assert door.run(standing()) < 20_000_000
            assert memory() - before < 20_000_000
            halted = sent
            for _ in range(200):
                reader.recv(65_536)
            door.run(door.until(lambda: sent > halted))


# Headers of a provider.

ODD = {
    "latin-1": b"x-ratelimit-note: caf\xe9\r\n",
    "no UTF-8": b"x-ratelimit-note: \xff\xfe\r\n",
    "a control character": b"x-ratelimit-note: a\x01b\r\n",
    "a tab": b"x-ratelimit-note: a\tb\r\n",
    "a long one": b"x-ratelimit-note: " + b"x" * 6_000 + b"\r\n",
    "what breaks out": b"x-ratelimit-note: a%0d%0aset-cookie: b=c\r\n",
    "one of ours": b"x-hive-model: evil\r\nx-request-id: evil\r\nx-hive-attempts: 99\r\n",
    "a cookie": b"set-cookie: a=b\r\nx-goog-api-key: secret\r\nconnection: x-secret\r\n",
}
BROKEN = {
    "a zero": b"x-ratelimit-note: a\0b\r\n",
    "a bare return": b"x-ratelimit-note: a\rset-cookie: b=c\r\n",
    "a folded one": b"x-ratelimit-note: a\r\n b\r\n",
    "two lengths": b"content-length: 3\r\n",
    "no name": b": a\r\n",
}


def written(header: bytes, body: bytes = good.CHAT) -> Answer:
    async def behave(reply: Reply, request: Request) -> None:
        length = str(len(body)).encode()
        await reply.raw(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            + header
            + b"content-length: "
            + length
            + b"\r\n\r\n"
            + body
        )

    return behave


def head_for(header: bytes) -> tuple[int, list[bytes]]:
    """The status of the server, and the lines of its headers."""
    with front_door(written(header)) as door:
        asked = request_of({"model": "m", "messages": HI}, connection="close")
        with connected(door, asked) as connection:
            head, _, _ = all_of(connection).partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return int(first.split(b" ")[1]), lines


@pytest.mark.parametrize("name", ODD)
def test_a_header_of_a_provider_is_no_header_of_ours(name: str) -> None:
    status, lines = head_for(ODD[name])

    assert status == 200
    check_headers(lines)
    assert b"x-hive-model: m" in lines
    assert b"x-hive-attempts: 1" in lines


@pytest.mark.parametrize("name", BROKEN)
def test_a_head_that_can_be_read_in_two_ways_is_no_answer_or_a_clean_one(name: str) -> None:
    status, lines = head_for(BROKEN[name])

    assert status in (200, 502, 503)
    check_headers(lines)


def check_headers(lines: list[bytes]) -> None:
    names = [line.partition(b":")[0] for line in lines]
    for line in lines:
        assert all(0x20 <= byte < 0x7F for byte in line), line
        assert line.partition(b": ")[1], line
    assert len(set(names)) == len(names)
    assert not {b"set-cookie", b"x-goog-api-key", b"x-secret"} & set(names)
    assert not [line for line in lines if b"evil" in line]


# A server that is a model of itself.


def test_a_server_that_is_its_own_model_ends_the_circle() -> None:
    async def tell() -> tuple[Told, int]:
        listening = socket.create_server(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        model = ModelConfig(
            id="m",
            endpoint=f"http://127.0.0.1:{port}/v1",
            retry=RetryConfig(max_retries=0),
            circuit_breaker=CircuitBreakerConfig(enabled=False),
        )
        async with Runtime(models=[model]) as runtime:
            app = Application(runtime)
            server = Server(app)
            await server.start([listening])
            found = await Site(app, port).post(CHAT, None, {"model": "m", "messages": HI})
            calls = runtime.snapshot().models["m"].metrics.attempts
            await server.drain(1.0)
        listening.close()
        return found, calls

    found, calls = story(tell())

    assert (found.status >= 500, calls) == (True, 3)


# The file of keys, under a server.


def test_a_removal_bites_at_the_next_request_and_a_stream_under_way_goes_on(
    tmp_path: Path,
) -> None:
    async def tell() -> None:
        let_go = asyncio.Event()

        async def streams(task: object) -> Any:
            yield "Hel"
            await let_go.wait()
            yield "lo"

        keys = keys_in(tmp_path, entry(USE, "user"), entry("k-other", "other"))
        model = ModelConfig(id="m", executor=streams)
        async with Runtime(models=[model]) as runtime, site(runtime, keys) as served:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
            body = {"model": "m", "messages": HI, "stream": True}
            writer.write(request_of(body, authorization=f"Bearer {USE}", connection="close"))
            await reader.readuntil(b"Hel")
            write(tmp_path / "keys.json", entry("k-other", "other"))
            assert await keys.reload()
            assert (await served.get("/v1/models", USE)).code == "invalid_api_key"
            assert (await served.get("/v1/models", "k-other")).status == 200
            let_go.set()
            assert b"[DONE]" in await reader.read()
            writer.close()

    story(tell())


@pytest.mark.parametrize("spoil", ["half", "empty", "unreadable", "gone"])
def test_a_spoilt_file_of_keys_shuts_nobody_out_and_lets_nobody_in(
    tmp_path: Path, spoil: str
) -> None:
    async def tell() -> None:
        keys = keys_in(tmp_path, entry(USE, "user"))
        path = tmp_path / "keys.json"
        async with Runtime(models=[_model()]) as runtime, site(runtime, keys) as served:
            content = path.read_bytes()
            if spoil == "gone":
                path.unlink()
            else:
                changed = {"half": content[: len(content) // 2], "empty": b""}
                path.write_bytes(changed.get(spoil, b"\xff\xfe\0\xd8"))
            assert not await keys.reload()
            assert (await served.get("/v1/models", USE)).status == 200
            for wrong in ("", "null", "k-other"):
                assert (await served.get("/v1/models", wrong)).status == 401

    story(tell())


def _model() -> ModelConfig:
    return ModelConfig(id="m", endpoint="http://127.0.0.1:9/v1")
