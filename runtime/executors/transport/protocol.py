"""How bytes come and go: a request, the head of its answer, and the body as it comes.

An HTTP client stands behind it. What the bytes mean is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, NoReturn, Protocol, Self

MAX_PIECE_BYTES = 64 * 1024


class Failure(StrEnum):
    """Where an exchange failed."""

    NAME = "name"
    """The host's name is not known."""
    CONNECT = "connect"
    """No connection: refused, unreachable, or a proxy that makes none."""
    TLS = "tls"
    """No secure connection: a certificate that does not hold, or no TLS at all."""
    CONNECT_TIMEOUT = "connect timeout"
    """No connection within the limit for it."""
    TIMEOUT = "timeout"
    """No answer, or not all of it, within the time that was left."""
    REDIRECT = "redirect"
    """The answer points to where the request may not go."""
    BROKEN = "broken"
    """The connection broke, or what came is no HTTP."""

    @property
    def is_before_sending(self) -> bool:
        """Whether certainly nothing of the request has reached a server."""
        return self in (Failure.NAME, Failure.CONNECT, Failure.TLS, Failure.CONNECT_TIMEOUT)


class TransportError(Exception):
    """An exchange failed. Its text may be shown: it holds no byte of request or answer.

    It never has a cause: the client's own error may quote a key, or what a server said.
    """

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure: Failure = failure


def raise_alone(error: Exception) -> NoReturn:
    """Raise an error that leads to no other, even where the call is resumed with one.

    A task may be resumed by code that handles the client's own error just then, which would become
    the context of all that is raised here; and that error may quote a key.
    """
    try:
        raise error
    finally:
        error.__context__ = None


class Request(NamedTuple):
    """What is sent; spans are seconds. Its `repr` shows no header, no body and no query."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    timeout: float | None = None
    """For the whole exchange, the body's last byte included; None: no limit."""
    connect_timeout: float = 5.0
    """Until there is a connection."""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url.partition('?')[0]})"


class Response(Protocol):
    """The head of an answer, and an iterator over its body, unpacked.

    A piece has at most `MAX_PIECE_BYTES`, and may be empty. Iterating raises `TransportError` where
    the body does not come to its proper end. A response is always closed: the connection then
    serves the next request if the body was read to its end, and is closed itself otherwise.
    """

    @property
    def status(self) -> int:
        """The status, from 200 on."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        ...

    def __aiter__(self) -> Self:
        """Itself."""
        ...

    async def __anext__(self) -> bytes:
        """The next piece of the body."""
        ...

    async def aclose(self) -> None:
        """Let go of the connection. May be called twice."""
        ...


class Transport(Protocol):
    """Carries requests, many at once."""

    async def send(self, request: Request) -> Response:
        """The answer to a request, its body not read yet; raises `TransportError`."""
        ...

    async def close(self) -> None:
        """Close its connections on the running loop; a later request makes new ones."""
        ...
