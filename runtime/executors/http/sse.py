"""Server-sent events out of bytes as they come, without any input or output.

`text/event-stream` as the HTML standard defines it; `id` and `retry` are passed over, since nothing
here reconnects. Bytes stay bytes: whoever reads the data decides what is wrong with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_EVENT_BYTES = 4 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event: its `event` field, and its `data` fields joined by line feeds."""

    kind: bytes
    data: bytes


class EventTooLargeError(ValueError):
    """An event, or a line that does not end, is larger than any should be."""


class EventParser:
    """Takes pieces of a stream, cut anywhere, and gives the events that are complete.

    >>> parser = EventParser()
    >>> [*parser.feed(b"data: a"), *parser.feed(b"\\r\\ndata: b\\r\\n\\r\\n")]
    [ServerEvent(kind=b'message', data=b'a\\nb')]
    """

    __slots__ = ("_after_return", "_at_start", "_data", "_kind", "_line", "_most_bytes", "_size")

    def __init__(self, *, most_bytes: int = MAX_EVENT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._line = bytearray()
        self._data: list[bytes] = []
        self._kind = b""
        self._size = 0
        self._at_start = True
        self._after_return = False

    def feed(self, piece: bytes) -> Iterator[ServerEvent]:
        """The events that end in `piece`; raises `EventTooLargeError`. Must be read to its end."""
        for line in self._lines(piece):
            if line:
                self._take(line)
            elif (event := self._complete()) is not None:
                yield event

    def _lines(self, piece: bytes) -> Iterator[bytes]:
        if self._after_return and piece:
            # The line ended with the return already: a line feed now is the rest of its end.
            self._after_return = False
            piece = piece.removeprefix(b"\n")
        self._after_return = self._after_return or piece.endswith(b"\r")
        *ended, rest = _LINE_END.split(piece)
        for line in ended:
            self._line += line
            yield self._line_taken()
        self._line += rest
        self._check(self._size + len(self._line))

    def _line_taken(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        if self._at_start:
            self._at_start = False
            return line.removeprefix(_BYTE_ORDER_MARK)
        return line

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            # Empty lines count too, or no end of them would be too many.
            self._size += len(line)
            self._check(self._size)
            self._data.append(value.removeprefix(b" "))
        elif name == b"event":
            self._check(len(line))
            self._kind = value.removeprefix(b" ")

    def _complete(self) -> ServerEvent | None:
        kind, data = self._kind, self._data
        self._kind, self._data, self._size = b"", [], 0
        return ServerEvent(kind or b"message", b"\n".join(data)) if data else None

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            raise EventTooLargeError(f"an event is larger than {self._most_bytes} bytes")
