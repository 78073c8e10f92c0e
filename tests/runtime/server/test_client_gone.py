"""A client that goes ends its call, in whatever phase: the model's server hears of it at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from hive_resilience.runtime.server.limits import ServerLimits

from ..executors.faulty_server import Request
from . import answers_kit as good
from .door_kit import Answer, Door, Reply, front_door

WITHIN = 1.0
"""Seconds, by the contract."""
PATHS = {"chat": "/v1/chat/completions", "message": "/v1/messages", "response": "/v1/responses"}


async def silent(reply: Reply, request: Request) -> None:
    await reply.stall()


async def begun(reply: Reply, request: Request) -> None:
    await reply.events(*good.CHAT_EVENTS[:2])
    await reply.stall()


@contextmanager
def client(door: Door, *, streams: bool, path: str = "chat") -> Generator[socket.socket]:
    """A connection with a request on it."""
    fields: dict[str, Any] = {"model": "m", "stream": streams, "max_tokens": 9}
    fields |= {"input": "Hi"} if path == "response" else {"messages": [_HI]}
    body = json.dumps(fields).encode()
    port = int(door.root.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as found:
        found.sendall(
            f"POST {PATHS[path]} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n".encode()
            + body
        )
        yield found


_HI = {"role": "user", "content": "Hi"}


def asked(door: Door, count: int = 1) -> None:
    door.run(door.until(lambda: door.upstream.open == count))


def check_left(door: Door) -> None:
    """The upstream has heard of it within a second, and nothing of it stays."""
    assert door.run(door.until(lambda: door.upstream.open == 0)) < WITHIN
    door.run(door.until(lambda: door.app.in_flight == 0))
    snapshot = door.runtime.model("m").snapshot()
    assert snapshot.under_way == 0
    assert snapshot.bulkhead.in_flight == 0
    assert snapshot.breaker.failed == 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("streams", "answer"),
    [(True, silent), (False, silent)],
    ids=["before the first content", "without a stream"],
)
def test_a_client_that_goes_ends_its_call(path: str, streams: bool, answer: Answer) -> None:
    with front_door(answer, circuit_breaker={"enabled": True}) as door:
        with client(door, streams=streams, path=path):
            asked(door)
        check_left(door)


def test_a_client_that_goes_in_its_stream_ends_its_call() -> None:
    with front_door(begun, circuit_breaker={"enabled": True}) as door:
        with client(door, streams=True) as connection:
            assert b"Hel" in _until(connection, b"Hel")
        check_left(door)


def test_a_client_that_goes_while_it_gets_signs_of_life_ends_its_call() -> None:
    limits = ServerLimits(header_hold=0.05, keep_alive_every=0.05)
    with front_door(silent, limits=limits, circuit_breaker={"enabled": True}) as door:
        with client(door, streams=True) as connection:
            assert b"200 OK" in _until(connection, b": ping")
        check_left(door)


@pytest.mark.parametrize("streams", [True, False])
def test_a_client_that_goes_while_it_waits_for_a_place_leaves_the_queue(streams: bool) -> None:
    places = {"max_concurrent": 1, "max_queue": 5, "queue_timeout": 60}
    with front_door(silent, circuit_breaker={"enabled": True}, bulkhead=places) as door:
        with client(door, streams=True):
            asked(door)
            with client(door, streams=streams):
                door.run(door.until(lambda: _waiting(door) == 1))
            assert door.run(door.until(lambda: _waiting(door) == 0)) < WITHIN
            assert len(door.upstream.requests) == 1
        check_left(door)


def _waiting(door: Door) -> int:
    return door.runtime.model("m").snapshot().bulkhead.waiting


def _until(connection: socket.socket, wanted: bytes) -> bytes:
    found = b""
    while wanted not in found:
        part = connection.recv(65536)
        assert part
        found += part
    return found
