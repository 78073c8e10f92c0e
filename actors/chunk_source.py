"""Closing the source of a stream, whatever it is."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def closing(chunks: Any) -> AsyncIterator[None]:
    """Close `chunks` at the end, by `aclose` or `close`, if it has either."""
    try:
        yield
    finally:
        await close(chunks)


async def close(chunks: Any) -> None:
    """An async generator has `aclose`, the streams of some clients only `close`."""
    end = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)
    found = end() if callable(end) else None
    if inspect.isawaitable(found):
        await found
