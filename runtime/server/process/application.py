"""What the process needs of the application that it serves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class Served(Protocol):
    """An ASGI application that can be told to stop."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...

    def begin_drain(self) -> None:
        """The process stops: no answer promises another one on its connection."""
        ...

    async def interrupt(self) -> None:
        """The time is up: requests under way are answered with an error."""
        ...
