"""What all sides of the comparison have in common."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

PROMPT = "Hi"
MESSAGES = [{"role": "user", "content": PROMPT}]
KEY = "sk-no-key-at-all"
HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
CHAT: dict[str, Any] = {"model": "tiny", "messages": MESSAGES}
STREAM: dict[str, Any] = {**CHAT, "stream": True}
TIMEOUT = 30.0
AT_ONCE = 1_000
"""More calls at once than any part makes; no side shall queue them."""


@dataclass(frozen=True, slots=True)
class Side:
    """One way to ask the fake server."""

    call: Callable[[], Awaitable[str]]
    """Asks once; answers with the text."""
    stream: Callable[[], Coroutine[Any, Any, int]]
    """Reads one stream; answers with the number of its chunks."""


Maker = Callable[[str, AsyncExitStack], Awaitable[Side]]
"""Makes a side for the server at a URL (without `/v1`); what it opens ends with the stack."""
