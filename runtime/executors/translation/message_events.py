"""The events of a streamed chat completion as those of a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .answers import stop_reason
from .foreign import Foreign
from .lost import UnreadableAnswerError
from .usages import message_usage

Event = dict[str, Any]
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


class MessageEvents:
    """Takes the events of one chat completion in their order; `finish` says what is left.

    >>> events = MessageEvents()
    >>> choice = {"index": 0, "delta": {"content": "Hi"}}
    >>> [event["type"] for event in events.take({"choices": [choice]})]
    ['message_start', 'content_block_start', 'content_block_delta']
    """

    def __init__(self) -> None:
        self._begun = False
        self._open: tuple[str, Any] | None = None
        """The kind of block that is open, and of a tool call its number."""
        self._blocks = 0
        self._reason: Any = None
        self._usage: object = None
        self._called: set[Any] = set()

    def take(self, event: Mapping[str, Any]) -> Iterator[Event]:
        """What the event says there; raises `UnreadableAnswerError`."""
        if not self._begun:
            yield self._start(event)
        self._usage = event.get("usage") or self._usage
        for choice in event.get("choices") or ():
            if choice.get("index") not in (None, 0):
                continue
            delta: Mapping[str, Any] = choice.get("delta") or choice.get("message") or {}
            yield from self._said(delta)
            self._reason = choice.get("finish_reason") or self._reason

    def finish(self) -> Iterator[Event]:
        """The end of an answer that is complete."""
        yield from self._close()
        delta = {"stop_reason": stop_reason(self._reason) or "end_turn", "stop_sequence": None}
        yield {"type": "message_delta", "delta": delta, "usage": dict(message_usage(self._usage))}
        yield {"type": "message_stop"}

    def _start(self, event: Mapping[str, Any]) -> Event:
        self._begun = True
        message: dict[str, Any] = {
            "id": event.get("id"),
            "type": "message",
            "role": "assistant",
            "model": event.get("model"),
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 0, "output_tokens": 0},
        }
        return {"type": "message_start", "message": message}

    def _said(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        thought = next((told for name in _THOUGHTS if (told := delta.get(name))), None)
        if isinstance(thought, str):
            yield from self._text("thinking", thought)
        content: Foreign = delta.get("content")
        part: Foreign
        for part in content if isinstance(content, list) else (content,):
            text = part.get("text") if isinstance(part, Mapping) else part
            if isinstance(text, str) and text:
                yield from self._text("text", text)
        for place, call in enumerate(delta.get("tool_calls") or ()):
            yield from self._call(call, place)

    def _text(self, kind: str, text: str) -> Iterator[Event]:
        if self._open != (kind, None):
            yield from self._begin((kind, None), {"type": kind, kind: ""})
        yield self._delta({"type": f"{kind}_delta", kind: text})

    def _call(self, call: Foreign, place: int) -> Iterator[Event]:
        if not isinstance(call, Mapping):
            raise UnreadableAnswerError("a tool call is no object")
        number = call.get("index", place)
        function: Mapping[str, Any] = call.get("function") or {}
        if self._open != ("tool_use", number):
            if number in self._called:
                raise UnreadableAnswerError("the parts of several tool calls are mixed")
            self._called.add(number)
            block = {"type": "tool_use", "id": call.get("id"), "name": function.get("name")}
            yield from self._begin(("tool_use", number), {**block, "input": {}})
        if arguments := function.get("arguments"):
            yield self._delta({"type": "input_json_delta", "partial_json": arguments})

    def _begin(self, kind: tuple[str, Any], block: dict[str, Any]) -> Iterator[Event]:
        yield from self._close()
        self._open = kind
        yield {"type": "content_block_start", "index": self._blocks, "content_block": block}

    def _delta(self, delta: dict[str, Any]) -> Event:
        return {"type": "content_block_delta", "index": self._blocks, "delta": delta}

    def _close(self) -> Iterator[Event]:
        if self._open is not None:
            yield {"type": "content_block_stop", "index": self._blocks}
            self._blocks += 1
            self._open = None
