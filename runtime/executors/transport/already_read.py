"""An answer whose body was read before it is handed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class AlreadyRead:
    """An answer whose body was read elsewhere, as a `Response`."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status: int = status
        self.headers: dict[str, str] = {name.lower(): value for name, value in headers.items()}
        self._pieces = [body] if body else []

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()

    async def aclose(self) -> None:
        """There is nothing to let go of."""
