"""Closing the source of a stream, whatever its kind."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ...config.values.log_fields import log_event

log: logging.Logger = logging.getLogger(__name__)


@asynccontextmanager
async def closing(chunks: object) -> AsyncGenerator[None]:
    """Close `chunks` at the end, by `aclose` or `close`, if it has either.

    A failure to close is logged and no more: it does not change what has been read.
    """
    try:
        yield
    finally:
        try:
            await close(chunks)
        except Exception as error:
            log.warning(
                "the source of a stream could not be closed: %s",
                type(error).__name__,
                extra=log_event("stream.not_closed", error_type=type(error).__name__),
            )


async def close(chunks: object) -> None:
    """An async generator has `aclose`, the streams of some clients only `close`."""
    end = getattr(chunks, "aclose", None) or getattr(chunks, "close", None)
    found = end() if callable(end) else None
    if inspect.isawaitable(found):
        await found
