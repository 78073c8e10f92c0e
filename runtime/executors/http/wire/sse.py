"""Server-sent events out of bytes as they come, without any input or output.

`text/event-stream` as the HTML standard defines it, and as servers write it in spite of that: an
`error:` field is an event of that kind, and a line that begins a new object after a whole one
begins a new event. `id` and `retry` are passed over, since nothing here reconnects. Bytes stay
bytes: the reader of the data decides what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

MAX_EVENT_BYTES = 4 * 1024 * 1024
MAX_STREAM_BYTES = 64 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_ENDS = (b"\n", b"\r")
_COLON = ord(":")
_BEGINS_ANOTHER = (b"{", b"[DONE]")


class ServerEvent(NamedTuple):
    """One event: its `event` field, and its `data` fields joined by line feeds."""

    kind: bytes
    data: bytes


class StreamTooLargeError(ValueError):
    """An event, what comes without making one, or the whole stream is larger than any should be."""


class EventParser:
    """Takes pieces of a stream, cut anywhere, and gives the events that are complete.

    An event without data is none. At most `most_bytes` may come without an event being made of
    them, and `most_in_all` in the whole stream.

    >>> parser = EventParser()
    >>> [*parser.feed(b"data: a"), *parser.feed(b"\\r\\ndata: b\\r\\n\\r\\n")]
    [ServerEvent(kind=b'message', data=b'a\\nb')]
    """

    __slots__ = (
        *("_after_return", "_at_start", "_data", "_in_all", "_kind", "_line"),
        *("_most_bytes", "_most_in_all", "_without_event"),
    )

    def __init__(
        self, *, most_bytes: int = MAX_EVENT_BYTES, most_in_all: int = MAX_STREAM_BYTES
    ) -> None:
        self._most_bytes = most_bytes
        self._most_in_all = most_in_all
        self._line = bytearray()
        self._data: list[bytes] = []
        self._kind = b""
        self._without_event = self._in_all = 0
        self._at_start = True
        self._after_return = False

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """The events that end in `piece`; raises `StreamTooLargeError`. Must be read to its end."""
        self._count(len(piece))
        for line in self._lines(piece):
            if not line:
                if (self._data or self._kind) and (event := self._complete()) is not None:
                    yield event
            elif line[0] != _COLON and (event := self._take(line)) is not None:
                yield event

    def finish(self) -> ServerEvent | None:
        """What stands at the end of a body that ended properly, its line or event not closed."""
        event = self._take(self._line_taken(b"")) if self._line else None
        return event or self._complete()

    def _count(self, size: int) -> None:
        self._without_event += size
        self._in_all += size
        if self._without_event > self._most_bytes:
            what = "an event is" if self._data or self._line else "what comes without an event is"
            raise StreamTooLargeError(f"{what} larger than {self._most_bytes} bytes")
        if self._in_all > self._most_in_all:
            raise StreamTooLargeError(f"the stream is larger than {self._most_in_all} bytes")

    def _lines(self, piece: bytes) -> list[bytes]:
        """The lines that end in it, without their ends; what is left is kept."""
        if self._after_return:
            # The line ended with the return already: a line feed now is the rest of its end.
            piece = piece.removeprefix(b"\n")
            self._after_return = False
        if not piece:
            return []
        self._after_return = piece.endswith(b"\r")
        lines = piece.splitlines()
        rest = b"" if piece.endswith(_LINE_ENDS) else lines.pop()
        if lines and (self._line or self._at_start):
            lines[0] = self._line_taken(lines[0])
        self._line += rest
        return lines

    def _line_taken(self, end: bytes) -> bytes:
        line = bytes(self._line) + end
        self._line.clear()
        if self._at_start:
            self._at_start = False
            return line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _take(self, line: bytes) -> ServerEvent | None:
        """Note a line; the event before it, where it begins another without an empty line."""
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        before: ServerEvent | None = None
        if name == b"data":
            if self._data and value.startswith(_BEGINS_ANOTHER) and self._data[-1].endswith(b"}"):
                before = self._complete()
            self._data.append(value)
        elif name == b"event":
            self._kind = value
        elif name == b"error":
            before = self._complete()
            self._kind = name
            self._data.append(value)
        return before

    def _complete(self) -> ServerEvent | None:
        kind, data = self._kind, b"\n".join(self._data)
        self._kind = b""
        self._data.clear()
        if not data.strip():
            return None
        self._without_event = 0
        return ServerEvent(kind or b"message", data)
