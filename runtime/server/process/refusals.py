"""Requests that the application never sees, and how they are answered: bytes, then the end."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import orjson

_OVERLOADED = 503
_CODES = {
    400: "bad_request",
    408: "request_timeout",
    413: "request_too_large",
    414: "uri_too_long",
    431: "headers_too_large",
    503: "overloaded",
}
_ANTHROPIC = {
    408: "timeout_error",
    413: "request_too_large",
    503: "overloaded_error",
}
_MESSAGES = b"/v1/messages"


@dataclass(frozen=True)
class Refusal(Exception):
    """Why a request is not served: a status, and a text for the client."""

    status: int
    message: str

    def answer(self, target: bytes = b"") -> bytes:
        """A whole HTTP answer, in the shape of the family whose path `target` is."""
        body = orjson.dumps(self._body(target))
        head = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n"
            "content-type: application/json\r\n"
            f"content-length: {len(body)}\r\n"
            f"{'retry-after: 1' + chr(13) + chr(10) if self.status == _OVERLOADED else ''}"
            "connection: close\r\n\r\n"
        )
        return head.encode() + body

    def _body(self, target: bytes) -> dict[str, object]:
        if target.startswith(_MESSAGES):
            kind = _ANTHROPIC.get(self.status, "invalid_request_error")
            return {"type": "error", "error": {"type": kind, "message": self.message}}
        kind = "server_error" if self.status == _OVERLOADED else "invalid_request_error"
        told = {"message": self.message, "type": kind, "param": None, "code": _CODES[self.status]}
        return {"error": told}


NOT_HTTP = Refusal(400, "The request is not valid HTTP.")
BAD_HOST = Refusal(400, "The request needs exactly one valid Host header.")
BAD_TARGET = Refusal(400, "The target of the request should be a path.")
BAD_VERSION = Refusal(400, "The server speaks HTTP/1.1.")
BAD_CODING = Refusal(400, "The only transfer coding that the server takes is chunked.")
LONG_TARGET = Refusal(414, "The target of the request is too long.")
LARGE_HEADERS = Refusal(431, "The headers of the request are too large, or too many.")
LARGE_BODY = Refusal(413, "The body of the request is too large.")
LATE_HEADERS = Refusal(408, "The headers of the request did not come in time.")
LATE_BODY = Refusal(408, "The body of the request did not come in time.")
TOO_MANY_REQUESTS = Refusal(400, "Too many requests wait on this connection.")
TOO_MANY_CONNECTIONS = Refusal(503, "The server has too many connections.")
