"""A piece of a model's answer, as a stream brings it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNNAMED = "message"
"""What an event without a name is called."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one event of a stream brought; `str()` of it is the text.

    `text` is empty where the event brought something else: tool calls, a role, the usage. All of it
    is in `raw`, the event's object as it came; `reasoning` is what the model thinks before it
    answers. `is_content` is false for what is no part of the answer: a role, an empty delta, the
    usage. `can_continue` is false for a part of a tool call: no other model can go on with an
    answer that has one. `rate_limits` holds the answer's headers about limits. `for_runtime`: the
    adapter has asked for this event, the usage, and the payload has not; a stream of the runtime
    leaves it out. `headers` are those of the answer that may be passed on. `event` and `data` are
    the event as it came, without what frames it; `data` is empty where an answer came in one piece.

    >>> "".join(map(str, [Chunk("Hel", model="gpt-5"), Chunk("lo", model="gpt-5")]))
    'Hello'
    """

    text: str
    model: str
    finish_reason: str | None = None
    usage: Mapping[str, object] = field(default_factory=dict[str, object])
    raw: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    rate_limits: Mapping[str, str] = field(default_factory=dict[str, str])
    is_content: bool = True
    can_continue: bool = True
    reasoning: str = field(default="", repr=False)
    for_runtime: bool = False
    event: str = ""
    data: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def framed(self) -> bytes:
        """The event as server-sent events write it; `event:` only where the server wrote it.

        >>> Chunk("Hi", model="m", event="message", data=b'{"a": 1}').framed
        b'data: {"a": 1}\\n\\n'
        """
        named = self.event and self.event != UNNAMED
        head = f"event: {self.event}\n".encode() if named else b""
        return head + b"data: " + self.data.replace(b"\n", b"\ndata: ") + b"\n\n"
