"""Requests, read with limits: from bytes to what a connection does with them.

httptools parses. What it lets pass and no application should see is refused here, as early as it
shows: a request is never read further than its limits.
"""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import unquote

import httptools

from ..limits import ServerLimits
from .head import Header, wrong_with
from .refusals import LARGE_BODY, LARGE_HEADERS, LONG_TARGET, NOT_HTTP, Refusal

_CONTINUE = (b"expect", b"100-continue")
_ABOUT_THE_BODY = (b"content-length", b"transfer-encoding")


class Requests(Protocol):
    """Takes what is read."""

    def head_begins(self) -> None:
        """The first byte of a request is there."""
        ...

    def head_ends(self, scope: dict[str, Any], *, stays_open: bool, expects_continue: bool) -> None:
        """All of its headers are there; `scope` is what ASGI says of it. Raises `Refusal`.

        `stays_open`: its connection may take another request. `expects_continue`: its client waits
        for permission to send the body.
        """
        ...

    def body_comes(self, body: bytes) -> None:
        """A part of its body."""
        ...

    def request_ends(self) -> None:
        """All of it is there."""
        ...


class RequestReader:
    """Reads one request after the other; `scope` is what ASGI says of the connection."""

    def __init__(self, scope: dict[str, Any], requests: Requests, limits: ServerLimits) -> None:
        self._scope = scope
        self._requests = requests
        self._limits = limits
        self._most_headers = limits.header_count
        self._most_unfinished = limits.header_bytes + limits.request_line_bytes
        self._parser = httptools.HttpRequestParser(self)
        self._body_parser: _BodyParser | None = None
        self._refusal: Refusal | None = None
        self._moves = False
        self._unfinished_bytes = 0
        self._headers: list[Header] = []
        self.target: bytes = b""
        self.body_bytes: int = 0
        """Of the body that is being read."""

    def feed(self, data: bytes) -> None:
        """Read on. Raises `Refusal`; the reader is of no use then."""
        self._moves = False
        try:
            (self._body_parser or self._parser).feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._pass_over_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse()
        # A header is told when it is complete: what comes of one without end counts here.
        self._unfinished_bytes = 0 if self._moves else self._unfinished_bytes + len(data)
        if self._unfinished_bytes > self._most_unfinished:
            raise LARGE_HEADERS

    # What httptools calls.

    def on_message_begin(self) -> None:
        self._moves = True
        self._headers = []
        self.target = b""
        self.body_bytes = 0
        self._requests.head_begins()

    def on_url(self, url: bytes) -> None:
        self.target += url
        if len(self.target) > self._limits.request_line_bytes:
            self._stop(LONG_TARGET)

    def on_header(self, name: bytes, value: bytes) -> None:
        headers = self._headers
        if len(headers) >= self._most_headers:
            self._stop(LARGE_HEADERS)
        headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        headers, version = self._headers, parser.get_http_version()
        refusal = wrong_with(version, self.target, headers, self._limits)
        if refusal is not None:
            self._stop(refusal)
        # Trailers would come into the list that the application has, and that was judged.
        self._headers = []
        upgrades = parser.should_upgrade()
        if upgrades:
            self._body_parser = _BodyParser(self, headers)
        try:
            self._requests.head_ends(
                self._asgi(version, headers),
                stays_open=version == "1.1" and parser.should_keep_alive() and not upgrades,
                expects_continue=_CONTINUE in headers,
            )
        except Refusal as refused:
            self._stop(refused)

    def on_body(self, body: bytes) -> None:
        self._moves = True
        self.body_bytes += len(body)
        if self.body_bytes > self._limits.body_bytes:
            self._stop(LARGE_BODY)
        self._requests.body_comes(body)

    def on_message_complete(self) -> None:
        # Where another protocol is offered, httptools says so before it has read the body.
        if self._body_parser is None:
            self._requests.request_ends()

    # Steps.

    def _stop(self, refusal: Refusal) -> None:
        """Leave the parser; it reports no error of its callbacks as it is."""
        self._refusal = refusal
        raise refusal

    def _refuse(self) -> None:
        # No `from`: the parser's error has the bytes around it.
        raise self._refusal or NOT_HTTP from None

    def _asgi(self, version: str, headers: list[Header]) -> dict[str, Any]:
        raw_path, _, query = self.target.partition(b"?")
        path = raw_path.decode("ascii")
        scope = self._scope.copy()
        scope["http_version"] = version
        scope["method"] = self._parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = query
        scope["headers"] = headers
        return scope

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """Go on in HTTP/1.1. Java's own client offers HTTP/2 with each POST, and bears that."""
        assert self._body_parser is not None
        self._body_parser.begin()
        self.feed(rest)

    def end_upgraded(self) -> None:
        """The body behind an offer of another protocol has been read."""
        self._requests.request_ends()


class _BodyParser:
    """Reads one body as its headers say it comes, for a reader whose parser has left it unread."""

    def __init__(self, reader: RequestReader, headers: list[Header]) -> None:
        self.on_body = reader.on_body
        self.on_message_complete = reader.end_upgraded
        self._parser = httptools.HttpRequestParser(self)
        told = [b"%s: %s\r\n" % one for one in headers if one[0] in _ABOUT_THE_BODY]
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(told))

    def begin(self) -> None:
        """The body follows; one of no length ends here."""
        self.feed_data(b"\r\n")

    def feed_data(self, data: bytes) -> None:
        """Read on. Raises as httptools does."""
        self._parser.feed_data(data)
