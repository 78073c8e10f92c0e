"""A hostile server costs nobody else anything: bounded, on time, and never the loop for long."""

from __future__ import annotations

import asyncio
import gc
import gzip
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain, repeat
from typing import Any, Self

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    ModelTimeoutError,
    ModelUnavailableError,
    StreamInterruptedError,
)
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.reading import whole_answer
from hive_resilience.runtime.executors.transport.protocol import MAX_PIECE_BYTES, Request
from hive_resilience.runtime.executors.transport.unpacking import Unpacker

from ..asking import Context, Task
from ..canned import DONE, CannedTransport, asked, compatible, piece, streamed
from ..faulty_server import run

KIB, MIB = 1024, 1024 * 1024


@pytest.fixture(autouse=True)
def no_old_garbage() -> Iterator[None]:
    """A collection of all that other tests have left would be counted, too."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


TURN = 0.1
"""Seconds of this thread's own time: five times what is promised, since others run here too."""


class Pouring:
    """A transport and its response: pieces as fast as they are taken, for ever if need be."""

    def __init__(self, pieces: Iterator[bytes], status: int = 200, **headers: str) -> None:
        self.status = status
        self.headers: Mapping[str, str] = {"content-type": "text/event-stream", **headers}
        self._pieces = pieces
        self.read = 0

    async def send(self, request: Request) -> Self:
        return self

    async def close(self) -> None:
        """There is nothing to close."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for found in self._pieces:
            self.read += len(found)
            return found
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """There is nothing to let go of."""


def packed(content: bytes, encoding: str = "gzip") -> Iterator[bytes]:
    """What the transport makes of it: unpacked, in pieces."""
    return Unpacker(encoding).feed(content)


@cache
def line_feeds(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b"\n" * MIB
    return b"".join([*(packer.compress(block) for _ in range(size // MIB)), packer.flush()])


def divided(content: bytes) -> Iterator[bytes]:
    return (
        content[start : start + MAX_PIECE_BYTES]
        for start in range(0, len(content), MAX_PIECE_BYTES)
    )


def event(content: bytes) -> bytes:
    return b"data: " + content + b"\n\n"


SMALL = event(b'{"choices":[{"index":0,"delta":{"content":"x"}}]}')
LISTS = b"[" + b"[]," * MIB + b"[]]"
STREAMS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a gzip of line feeds": lambda: packed(line_feeds(24 * MIB)),
    "a gzip of a gzip": lambda: packed(gzip.compress(line_feeds(24 * MIB)), "gzip, gzip"),
    "comments": lambda: repeat(b":\n" * (32 * KIB)),
    "carriage returns": lambda: repeat(b"\r" * (64 * KIB)),
    "unknown fields": lambda: repeat(b"a\n" * (32 * KIB)),
    "empty data": lambda: repeat(b"data\n\n" * (10 * KIB)),
    "data without an end": lambda: repeat(b"data\n" * (12 * KIB)),
    "small events": lambda: repeat(SMALL * (KIB)),
    "large events": lambda: chain.from_iterable(
        divided(event(b'{"choices":[{"delta":{"content":"' + b"x" * MIB + b'"}}]}'))
        for _ in repeat(None)
    ),
    "divided events": lambda: divided(event(b'{"choices":' + LISTS + b"}")),
    "events for the slow way": lambda: repeat(event(b"[" + b"[]," * (16 * KIB) + b"NaN]")),
    "events with halves": lambda: chain.from_iterable(
        divided(event(b'{"choices":[{"delta":{"content":"' + rb"\ud83d" * (100 * KIB) + b'"}}]}'))
        for _ in repeat(None)
    ),
}


async def longest_turn(work: Any) -> tuple[BaseException | None, float]:
    """How it ends, and the longest that the loop was kept by it."""
    longest, over = 0.0, False

    async def watch() -> None:
        nonlocal longest
        before = time.thread_time()
        while not over:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, before = max(longest, now - before), now

    watching = asyncio.ensure_future(watch())
    failure: BaseException | None = None
    try:
        await work
    except ResilienceError as error:
        failure = error
    over = True
    await watching
    return failure, longest


async def poured(transport: Pouring, *, most: int, deadline: float) -> None:
    executor = compatible(CannedTransport())
    executor._transport = transport
    executor.most_stream_bytes = most
    async for _ in executor.stream(Task("Hi"), Context(deadline=deadline)):
        pass


@pytest.mark.parametrize("pieces", STREAMS.values(), ids=STREAMS)
def test_a_stream_is_bounded_and_lets_others_run(pieces: Callable[[], Iterator[bytes]]) -> None:
    transport = Pouring(pieces())

    failure, turn = run(longest_turn(poured(transport, most=8 * MIB, deadline=60.0)), limit=60.0)

    assert isinstance(failure, ModelUnavailableError | StreamInterruptedError)
    assert transport.read <= 9 * MIB
    assert turn < TURN


def test_the_deadline_is_looked_at_while_a_server_never_pauses() -> None:
    transport = Pouring(repeat(SMALL))

    async def story() -> tuple[BaseException | None, float]:
        began = time.monotonic()
        failure, _ = await longest_turn(poured(transport, most=10**12, deadline=0.2))
        return failure, time.monotonic() - began

    failure, took = run(story())

    assert isinstance(failure, ModelTimeoutError)
    assert took < 5.0


ANSWERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a gzip of line feeds": lambda: packed(line_feeds(24 * MIB)),
    "a gzip of zeros": lambda: packed(gzip.compress(bytes(24 * MIB))),
    "lists": lambda: divided(LISTS),
    "small lists for the slow way": lambda: divided(b"[" + b"[]," * (16 * KIB) + b"NaN]"),
    "a long text": lambda: divided(b'{"choices": "' + b"x" * (4 * MIB) + b'"}'),
    "without end": lambda: repeat(b"x" * MAX_PIECE_BYTES),
}


@pytest.mark.parametrize("pieces", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("status", [200, 500])
def test_a_whole_answer_is_bounded_and_lets_others_run(
    pieces: Callable[[], Iterator[bytes]], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_answer, "MAX_ANSWER_BYTES", 8 * MIB)
    transport = Pouring(pieces(), status)
    executor = compatible(CannedTransport())
    executor._transport = transport

    failure, turn = run(longest_turn(asked(executor, deadline=60.0)), limit=60.0)

    assert isinstance(failure, ModelUnavailableError)
    assert transport.read <= (13 * MIB if status == 200 else 256 * KIB)
    assert turn < TURN


def test_a_large_answer_that_is_meant_is_read() -> None:
    text = "x\N{HONEY POT}\n" * (200 * KIB)
    tokens = [{"token": "x", "logprob": -0.5, "bytes": [120]}] * 15_000
    event = piece(text) + piece("y", logprobs={"content": tokens}) + piece(None, "stop") + DONE

    chunks = run(streamed(compatible(CannedTransport(*divided(event)))), limit=60.0)

    assert "".join(map(str, chunks)) == text + "y"
