"""Whole answers, from one form into the other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from .foreign import Foreign
from .lost import UnreadableAnswerError
from .usages import chat_usage, message_usage

_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


def finish_reason(stop_reason: Any) -> Any:
    """Why a chat completion ended; a reason that has no counterpart stays what it is.

    >>> finish_reason("end_turn"), finish_reason("pause_turn")
    ('stop', 'pause_turn')
    """
    return _FINISHES.get(stop_reason, stop_reason)


def stop_reason(finish_reason: Any) -> Any:
    """Why a message ended."""
    return _STOPS.get(finish_reason, finish_reason)


def chat_answer(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as a chat completion.

    >>> message = {"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
    >>> chat_answer(message)["choices"][0]["message"]
    {'role': 'assistant', 'content': 'Hi', 'refusal': None}
    """
    blocks = message["content"]
    choice = {
        "index": 0,
        "message": _chat_message(blocks),
        "logprobs": None,
        "finish_reason": finish_reason(message.get("stop_reason")),
    }
    return {
        "id": message.get("id"),
        "object": "chat.completion",
        "created": 0,
        "model": message.get("model"),
        "choices": [choice],
        "usage": chat_usage(message.get("usage")),
    }


def message_answer(chat: Mapping[str, Any]) -> dict[str, Any]:
    """A chat completion as a message; raises `UnreadableAnswerError`."""
    choice = chat["choices"][0]
    return {
        "id": chat.get("id"),
        "type": "message",
        "role": "assistant",
        "model": chat.get("model"),
        "content": _blocks(choice.get("message") or {}),
        "stop_reason": stop_reason(choice.get("finish_reason")),
        "stop_sequence": None,
        "usage": message_usage(chat.get("usage")),
    }


def _chat_message(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    texts = [str(block.get("text") or "") for block in blocks if block.get("type") == "text"]
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) if texts else None}
    message["refusal"] = None
    thoughts = [block for block in blocks if "thinking" in str(block.get("type"))]
    if thoughts:
        message["reasoning_content"] = "".join(str(one.get("thinking") or "") for one in thoughts)
        message["thinking_blocks"] = thoughts
    calls = [_call(block) for block in blocks if block.get("type") == "tool_use"]
    return {**message, "tool_calls": calls} if calls else message


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    arguments = orjson.dumps(block.get("input") or {}).decode()
    function = {"name": block.get("name"), "arguments": arguments}
    return {"id": block.get("id"), "type": "function", "function": function}


def _blocks(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = list(message.get("thinking_blocks") or ())
    thought = next((told for name in _THOUGHTS if (told := message.get(name))), None)
    if not blocks and isinstance(thought, str):
        blocks.append({"type": "thinking", "thinking": thought, "signature": ""})
    content: Foreign = message.get("content")
    if isinstance(content, str) and content:
        blocks.append({"type": "text", "text": content})
    elif isinstance(content, list):
        blocks.extend(part for part in content if isinstance(part, dict) and part.get("text"))
    blocks.extend(_use(call) for call in message.get("tool_calls") or ())
    return blocks


def _use(call: Foreign) -> dict[str, Any]:
    function: Foreign = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(function, Mapping):
        raise UnreadableAnswerError("a tool call is none of a function")
    try:
        given: Foreign = orjson.loads(function.get("arguments") or "{}")
    except (orjson.JSONDecodeError, TypeError):
        given = None
    if not isinstance(given, dict):
        raise UnreadableAnswerError("the arguments of a tool call are no object")
    return {"type": "tool_use", "id": call.get("id"), "name": function.get("name"), "input": given}
