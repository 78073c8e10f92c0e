"""What goes over the socket between an application and its link: numbered frames of bytes.

number, seconds and the lengths of word and body, in 17 bytes; then the word and the body.
"""

from __future__ import annotations

import asyncio
from struct import Struct
from typing import NamedTuple

_HEAD = Struct("!IdBI")

JOIN, JOINED, ANSWER, LATE, LOST = "join", "joined", "answer", "late", "lost"
"""The words of a link; beside them those of the verbs, each of which is a call."""


class Frame(NamedTuple):
    """A call, or what became of it; `number` is that of the call, 0 for the link itself.

    `seconds` is how long the caller waits.
    """

    number: int
    word: str
    body: bytes = b""
    seconds: float = 0.0


def encoded(frame: Frame) -> bytes:
    """The frame as bytes."""
    word = frame.word.encode()
    head = _HEAD.pack(frame.number, frame.seconds, len(word), len(frame.body))
    return b"".join((head, word, frame.body))


async def read_frame(reader: asyncio.StreamReader) -> Frame | None:
    """The next frame; None at the end, also in the middle of one."""
    try:
        head = await reader.readexactly(_HEAD.size)
        number, seconds, word, body = _HEAD.unpack(head)
        text = (await reader.readexactly(word)).decode()
        return Frame(number, text, await reader.readexactly(body), seconds)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
