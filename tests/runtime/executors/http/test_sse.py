"""Events are read alike however the bytes are cut, and memory for them is bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.runtime.executors.http.wire.sse import (
    EventParser,
    ServerEvent,
    StreamTooLargeError,
)

LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
LINES = st.one_of(
    st.sampled_from([b"", b"data", b"data:", b": comment", b"event: ping", b"id: 7", b"retry: 9"]),
    st.sampled_from([b'data: {"a": 1}', b"data: [DONE]", b"error: {}", b"error: no", b"data: {"]),
    st.builds(b"".join, st.tuples(st.sampled_from([b"data:", b"data: ", b"event:"]), st.binary())),
    st.binary(max_size=20),
)
STREAMS = st.lists(st.tuples(LINES, LINE_ENDS)).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)


def parsed(*pieces: bytes, finished: bool = False) -> list[ServerEvent]:
    parser = EventParser()
    events = [event for piece in pieces for event in parser.feed(piece)]
    last = parser.finish() if finished else None
    return events if last is None else [*events, last]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\n\n", [(b"message", b"a")]),
        (b"data:a\r\n\r\ndata:  b\r\rdata:c\n\n", [(b"message", e) for e in (b"a", b" b", b"c")]),
        (b"event: error\ndata: {\ndata: }\n\n", [(b"error", b"{\n}")]),
        (b"event: ping\n\ndata: a\n\n", [(b"message", b"a")]),
        (b": a comment\n\n:\ndata: a:b\n\n", [(b"message", b"a:b")]),
        (b"\xef\xbb\xbfdata: a\n\n", [(b"message", b"a")]),
        (b"id: 1\nretry: 5\nnonsense\ndata: a\n\n", [(b"message", b"a")]),
        (b"data: not ended", []),
        (b"data: ended by one line only\n", []),
    ],
)
def test_a_stream_is_read_as_the_standard_says(
    stream: bytes, events: list[tuple[bytes, bytes]]
) -> None:
    assert parsed(stream) == [ServerEvent(*event) for event in events]


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b'error: {"code": 500}\n\n', [(b"error", b'{"code": 500}')]),
        (b'data: {"a": 1}\nerror: no\n\n', [(b"message", b'{"a": 1}'), (b"error", b"no")]),
        (b"data:\n\ndata: \n\ndata: a\n\n", [(b"message", b"a")]),
        (
            b'data: {"a": 1}\ndata: {"b": 2}\ndata: [DONE]\n\n',
            [(b"message", data) for data in (b'{"a": 1}', b'{"b": 2}', b"[DONE]")],
        ),
        (b'data: {"a":\ndata: {"b": 2}}\n\n', [(b"message", b'{"a":\n{"b": 2}}')]),
    ],
    ids=["error field", "error after data", "empty data", "no empty lines", "one object"],
)
def test_what_servers_write_in_spite_of_it_is_read_as_it_is_meant(
    stream: bytes, events: list[tuple[bytes, bytes]]
) -> None:
    assert parsed(stream) == [ServerEvent(*event) for event in events]


@pytest.mark.parametrize("stream", [b"data: a", b"data: a\n", b"event: x\ndata: a", b"error: a"])
def test_what_stands_at_a_proper_end_is_the_last_event(stream: bytes) -> None:
    assert [event.data for event in parsed(stream, finished=True)] == [b"a"]
    assert parsed(b": nothing", finished=True) == []


@given(STREAMS, st.lists(st.integers(min_value=0, max_value=200)))
def test_it_does_not_matter_where_a_stream_is_cut(stream: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]

    assert parsed(*pieces) == parsed(stream)
    assert parsed(*pieces, finished=True) == parsed(stream, finished=True)
    assert parsed(*(bytes([byte]) for byte in stream)) == parsed(stream)


@given(
    st.lists(st.lists(st.text("aä€\N{HONEY POT}:= ", max_size=9), min_size=1)),
    LINE_ENDS,
    st.booleans(),
)
def test_what_a_server_writes_is_what_is_read(
    events: list[list[str]], end: bytes, marked: bool
) -> None:
    stream = b"".join(
        b"".join(b"data: " + line.encode() + end for line in lines) + end for lines in events
    )
    pieces = (bytes([byte]) for byte in (b"\xef\xbb\xbf" if marked else b"") + stream)

    written = ["\n".join(lines) for lines in events]
    assert [event.data.decode() for event in parsed(*pieces)] == list(filter(str.strip, written))


@given(st.lists(st.tuples(st.sampled_from(["data", "x", ""]), st.text("ab: ")), max_size=9))
def test_another_parser_reads_the_same(fields: list[tuple[str, str]]) -> None:
    stream = "".join(f"{name}:{value}\n\n" for name, value in fields).encode()

    theirs = asyncio.run(by_httpx2(stream))
    assert [event.data.decode() for event in parsed(stream)] == list(filter(str.strip, theirs))


async def by_httpx2(stream: bytes) -> list[str]:
    async def body() -> AsyncIterator[bytes]:
        yield stream

    headers = {"Content-Type": "text/event-stream"}
    request = httpx2.Request("GET", "http://server")
    response = httpx2.Response(200, headers=headers, content=body(), request=request)
    return [event.data async for event in httpx2.EventSource(response)]


def test_an_event_is_there_with_the_byte_that_ends_it() -> None:
    parser = EventParser()

    assert list(parser.feed(b"data: a\r")) == []
    assert list(parser.feed(b"\r")) == [ServerEvent(b"message", b"a")]
    assert list(parser.feed(b"\ndata: b\n\n")) == [ServerEvent(b"message", b"b")]


@pytest.mark.parametrize(
    "piece",
    [b"x" * 10, b": comment ", b"data: 12345\n", b"data:\n", b"event: a-long-one\n", b"\n\n\n"],
    ids=["a line", "a comment", "a large event", "empty data", "a kind", "empty lines"],
)
def test_memory_is_bounded_whatever_does_not_end(piece: bytes) -> None:
    parser = EventParser(most_bytes=16)
    events = (event for _ in range(10) for event in parser.feed(piece))

    with pytest.raises(StreamTooLargeError, match="larger than 16 bytes"):
        list(events)


def test_comments_between_events_are_no_growth() -> None:
    parser = EventParser(most_bytes=24)

    events = [event for _ in range(100) for event in parser.feed(b": comment\n\ndata: 1\n\n")]

    assert len(events) == 100


def test_a_whole_stream_is_bounded_whatever_its_events_are() -> None:
    parser = EventParser(most_in_all=100)
    events = (event for _ in range(100) for event in parser.feed(b"data: 1\n\n"))

    with pytest.raises(StreamTooLargeError, match="the stream is larger than 100 bytes"):
        list(events)
