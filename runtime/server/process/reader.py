"""Requests, read with limits: from bytes to what a connection does with them.

httptools parses. What it lets pass and no application should see is refused here, as early as it
shows: a request is never read further than its limits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote

import httptools

from ..limits import ServerLimits
from .head import Header, wrong_with
from .refusals import LARGE_BODY, LARGE_HEADERS, LONG_TARGET, NOT_HTTP, Refusal

_BETWEEN = 4
"""Bytes of a header beside its name and value."""
_MOST_DIGITS = 18
_ABOUT_THE_BODY = (b"content-length", b"transfer-encoding")


@dataclass(frozen=True, slots=True)
class Head:
    """A request whose headers are complete; `scope` is what ASGI says of it."""

    scope: dict[str, Any]
    stays_open: bool
    """Whether its connection may take another one."""
    expects_continue: bool


class Requests(Protocol):
    """Takes what is read."""

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        ...

    def head_ends(self, head: Head) -> None:
        """All of its headers are there. Raises `Refusal`."""
        ...

    def body_comes(self, body: bytes) -> None:
        """A part of its body."""
        ...

    def request_ends(self) -> None:
        """All of it is there."""
        ...


class RequestReader:
    """Reads one request after the other; `scope` is what ASGI says of the connection."""

    def __init__(
        self, scope: Callable[[], dict[str, Any]], requests: Requests, limits: ServerLimits
    ) -> None:
        self._scope = scope
        self._requests = requests
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._body_parser: _BodyParser | None = None
        self._refusal: Refusal | None = None
        self._in_head = self._in_body = False
        self._unfinished_bytes = self._header_bytes = 0
        self._expects_continue = False
        self._headers: list[Header] = []
        self.target = b""
        self.body_bytes = 0
        """Of the body that is being read."""

    def feed(self, data: bytes) -> None:
        """Read on. Raises `Refusal`; the reader is of no use then."""
        most = self._limits.header_bytes + self._limits.request_line_bytes
        # A header is told when it is complete: what comes of one without end counts here.
        self._unfinished_bytes = self._unfinished_bytes + len(data) if self._in_head else 0
        try:
            (self._body_parser or self._parser).feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_over_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse()
        if self._in_head and self._unfinished_bytes > most:
            raise LARGE_HEADERS

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._in_head, self._in_body = True, False
        self._header_bytes = self.body_bytes = 0
        self._expects_continue = False
        self._headers = []
        self.target = b""
        self._requests.head_begins()

    def on_url(self, url: bytes) -> None:
        self.target += url
        if len(self.target) > self._limits.request_line_bytes:
            self._stop(LONG_TARGET)

    def on_header(self, name: bytes, value: bytes) -> None:
        limits = self._limits
        self._header_bytes += len(name) + len(value) + _BETWEEN
        if self._header_bytes > limits.header_bytes or len(self._headers) >= limits.header_count:
            self._stop(LARGE_HEADERS)
        if self._in_body:
            return  # a trailer: the headers have been judged, and nothing is added to them
        name = name.lower()
        if name == b"content-length" and self._is_too_long(value):
            self._stop(LARGE_BODY)
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body = False, True
        parser = self._parser
        version = parser.get_http_version()
        refusal = wrong_with(version, self.target, self._headers)
        if refusal is not None:
            self._stop(refusal)
        stays_open = version == "1.1" and parser.should_keep_alive()
        stays_open = stays_open and not parser.should_upgrade()
        try:
            self._requests.head_ends(Head(self._asgi(version), stays_open, self._expects_continue))
        except Refusal as refused:
            self._stop(refused)

    def on_body(self, body: bytes) -> None:
        self.body_bytes += len(body)
        if self.body_bytes > self._limits.body_bytes:
            self._stop(LARGE_BODY)
        self._requests.body_comes(body)

    def on_message_complete(self) -> None:
        # Where another protocol is offered, httptools stops before the body.
        if self._body_parser is not None or not self._parser.should_upgrade():
            self._requests.request_ends()

    # Steps.

    def _stop(self, refusal: Refusal) -> None:
        """Leave the parser; it reports no error of its callbacks as it is."""
        self._refusal = refusal
        raise refusal

    def _refuse(self) -> None:
        # No `from`: the parser's error has the bytes around it.
        raise self._refusal or NOT_HTTP from None

    def _is_too_long(self, length: bytes) -> bool:
        return len(length) > _MOST_DIGITS or int(length) > self._limits.body_bytes

    def _asgi(self, version: str) -> dict[str, Any]:
        raw_path, _, query = self.target.partition(b"?")
        path = raw_path.decode("ascii")
        scope = self._scope()
        scope["http_version"] = version
        scope["method"] = self._parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        scope["headers"] = self._headers
        return scope

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """Go on in HTTP/1.1. Java's own client offers HTTP/2 with each POST, and bears that."""
        self._body_parser = _BodyParser(self, self._headers)
        self.feed(rest)


class _BodyParser:
    """Reads one body as its headers say it comes, for a reader whose parser has left it unread."""

    def __init__(self, reader: RequestReader, headers: list[Header]) -> None:
        self.on_body = reader.on_body
        self.on_message_complete = reader.on_message_complete
        self._parser = httptools.HttpRequestParser(self)
        told = [b"%s: %s\r\n" % one for one in headers if one[0] in _ABOUT_THE_BODY]
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(told))
        self._head_is_open = True

    def feed_data(self, data: bytes) -> None:
        """Read on. Raises as httptools does."""
        if self._head_is_open:
            self._head_is_open = False
            self._parser.feed_data(b"\r\n")  # ends a request without a body, too
        self._parser.feed_data(data)
