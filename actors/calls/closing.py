"""Closing the source of a stream, whatever it is."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

log = logging.getLogger(__name__)


@asynccontextmanager
async def closing(chunks: Any) -> AsyncIterator[None]:
    """Close `chunks` at the end, by `aclose` or `close`, if it has either.

    One that cannot be closed is logged: what has been read of it is what it was.
    """
    try:
        yield
    finally:
        try:
            await close(chunks)
        except Exception as error:
            log.warning("the source of a stream could not be closed: %s", type(error).__name__)


async def close(chunks: Any) -> None:
    """An async generator has `aclose`, the streams of some clients only `close`."""
    end = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)
    found = end() if callable(end) else None
    if inspect.isawaitable(found):
        await found
