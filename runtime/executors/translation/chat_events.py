"""The events of a streamed message as those of a chat completion. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .answers import finish_reason
from .foreign import Foreign
from .usages import chat_usage


class ChatEvents:
    """Takes the events of one message in their order.

    >>> events = ChatEvents()
    >>> delta = {"type": "text_delta", "text": "Hi"}
    >>> told = events.take({"type": "content_block_delta", "index": 0, "delta": delta})
    >>> told["choices"][0]["delta"]
    {'content': 'Hi'}
    """

    def __init__(self) -> None:
        self._id: Any = None
        self._model: Any = None
        self._calls: dict[Any, int] = {}
        """The number of each tool call, by its block."""
        self._written: set[Any] = set()
        """The blocks of tool calls whose arguments have begun."""
        self._thoughts: dict[Any, str] = {}

    def take(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the event says there; None: nothing."""
        found: Mapping[str, Foreign] = event
        index = found.get("index")
        match found:
            case {"type": "message_start", "message": Mapping() as message}:
                self._id, self._model = message.get("id"), message.get("model")
                return self._event({"role": "assistant", "content": ""})
            case {"type": "content_block_start", "content_block": Mapping() as block}:
                return self._opened(index, block)
            case {"type": "content_block_delta", "delta": Mapping() as delta}:
                return self._said(index, delta)
            case {"type": "content_block_stop"} if index in self._calls.keys() - self._written:
                return self._arguments(index, "{}")
            case {"type": "message_delta", "delta": Mapping() as delta}:
                return self._event({}, finish_reason(delta.get("stop_reason")))
            case _:
                return None

    def usage(self, told: object) -> dict[str, Any]:
        """The event that tells the usage."""
        return {**self._event({}), "choices": [], "usage": chat_usage(told)}

    def _opened(self, index: Any, block: Mapping[str, Any]) -> dict[str, Any] | None:
        match block:
            case {"type": "tool_use"}:
                self._calls[index] = number = len(self._calls)
                function = {"name": block.get("name"), "arguments": ""}
                call = {"id": block.get("id"), "type": "function", "function": function}
                return self._event({"tool_calls": [{"index": number, **call}]})
            case {"type": "redacted_thinking"}:
                return self._event({"thinking_blocks": [dict(block)]})
            case {"text": str(text)} if text:
                return self._event({"content": text})
            case _:
                return None

    def _said(self, index: Any, delta: Mapping[str, Any]) -> dict[str, Any] | None:
        match delta:
            case {"type": "text_delta", "text": str(text)}:
                return self._event({"content": text})
            case {"type": "thinking_delta", "thinking": str(text)}:
                self._thoughts[index] = self._thoughts.get(index, "") + text
                return self._event({"reasoning_content": text})
            case {"type": "signature_delta", "signature": signature}:
                thought = {"type": "thinking", "thinking": self._thoughts.get(index, "")}
                return self._event({"thinking_blocks": [{**thought, "signature": signature}]})
            case {"type": "input_json_delta", "partial_json": str(part)} if index in self._calls:
                return self._arguments(index, part) if part else None
            case _:
                return None

    def _arguments(self, index: Any, part: str) -> dict[str, Any]:
        self._written.add(index)
        call = {"index": self._calls[index], "function": {"arguments": part}}
        return self._event({"tool_calls": [call]})

    def _event(self, delta: dict[str, Any], reason: Any = None) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": "chat.completion.chunk",
            "created": 0,
            "model": self._model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }
