"""An error of a server as it came, for programs that pass it on."""

from __future__ import annotations

from collections.abc import Mapping

from .exchange import Exchange
from .passing_on import passed_on

_MOST_BYTES = 8 * 1024
"""Of a larger body nothing is kept: it takes too long to see that no key is in it."""


class ErrorAnswer:
    """`status`, `headers` (those that may be passed on) and `body` of an error.

    The body may quote what the caller asked, so it is in no `repr` and in no pickle. It is empty
    where a key of the model is in it.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"ErrorAnswer({self.status})"

    def __reduce__(self) -> tuple[type[ErrorAnswer], tuple[int, Mapping[str, str], bytes]]:
        return ErrorAnswer, (self.status, {}, b"")


def error_answer(status: int, body: bytes, exchange: Exchange) -> ErrorAnswer:
    """What may be kept of an answer with a bad status."""
    private = exchange.private
    headers = {
        name: value
        for name, value in passed_on(exchange.headers).items()
        if not private.has_key_in(value)
    }
    if len(body) > _MOST_BYTES or private.has_key_in(body.decode("utf-8", "replace")):
        body = b""
    return ErrorAnswer(status, headers, body)
