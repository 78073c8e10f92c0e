"""An error of a server as it came, for programs that pass it on."""

from __future__ import annotations

import asyncio

from .....config.errors import ErrorAnswer
from .error_body import MOST_BYTES
from .exchange import Exchange
from .private import Private

_WINDOW, _OVERLAP = 8_192, 1_024
"""Bytes that are looked at together, and of them those that are looked at again with what follows:
more than a run of a key takes in any spelling."""


async def error_answer(status: int, body: bytes, exchange: Exchange) -> ErrorAnswer:
    """What may be kept of an answer with a bad status."""
    private = exchange.private
    headers = {
        name: value for name, value in exchange.told.items() if not private.has_key_in(value)
    }
    if len(body) > MOST_BYTES or await _shows_a_key(body, private):
        body = b""
    return ErrorAnswer(status, headers, body)


async def _shows_a_key(body: bytes, private: Private) -> bool:
    """Looks at a part at a time, and lets the loop have its turn in between."""
    for start in range(0, len(body), _WINDOW - _OVERLAP):
        if private.has_key_in(body[start : start + _WINDOW].decode("utf-8", "replace")):
            return True
        if len(body) > _WINDOW:
            await asyncio.sleep(0)
    return False
