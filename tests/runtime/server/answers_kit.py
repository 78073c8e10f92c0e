"""What a good upstream answers, in every family: bodies, streams, tools and structured output."""

from __future__ import annotations

import json
from typing import Any

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
TEXT = "Hello, wörld"
ARGUMENTS = '{"city": "Zürich"}'
STRUCTURED = '{"name": "Ada", "age": 36}'


def _event(fields: Any, name: str | None = None) -> bytes:
    head = b"" if name is None else f"event: {name}\n".encode()
    return head + b"data: " + json.dumps(fields, ensure_ascii=False).encode() + b"\n\n"


# Chat completions.

_CHAT = {"id": "chatcmpl-1", "created": 1_790_000_000, "model": "served-1"}


def chat(message: dict[str, Any], reason: str = "stop") -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "refusal": None, **message},
        "logprobs": None,
        "finish_reason": reason,
    }
    return json.dumps(
        {**_CHAT, "object": "chat.completion", "choices": [choice], "usage": USAGE, "x_new": [1]},
        indent=2,
        ensure_ascii=False,
    ).encode()


def call(arguments: str) -> dict[str, Any]:
    return {
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": arguments},
    }


CHAT = chat({"content": TEXT})
CHAT_TOOL = chat({"content": None, "tool_calls": [call(ARGUMENTS)]}, "tool_calls")
CHAT_STRUCTURED = chat({"content": STRUCTURED})


def chat_event(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return _event({**_CHAT, "object": "chat.completion.chunk", "choices": [choice]})


DONE = b"data: [DONE]\n\n"
CHAT_EVENTS = [
    chat_event({"role": "assistant", "content": ""}),
    *(chat_event({"content": piece}) for piece in ("Hel", "lo, ", "wör", "ld")),
    chat_event({}, "stop"),
    _event({**_CHAT, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}),
    DONE,
]
CHAT_TOOL_EVENTS = [
    chat_event({"role": "assistant", "content": None}),
    chat_event({"tool_calls": [{"index": 0, **call("")}]}),
    *(
        chat_event({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        for piece in ('{"ci', 'ty": ', '"Zürich"}')
    ),
    chat_event({}, "tool_calls"),
    DONE,
]

# Completions.

_TEXT = {"id": "cmpl-1", "object": "text_completion", "created": 1_790_000_000, "model": "served-1"}


def text_event(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
    return _event({**_TEXT, "choices": [choice]})


COMPLETION = json.dumps(
    {
        **_TEXT,
        "choices": [{"index": 0, "text": TEXT, "logprobs": None, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()
COMPLETION_EVENTS = [
    *(text_event(piece) for piece in ("Hel", "lo, ", "wör", "ld")),
    text_event("", "stop"),
    DONE,
]

# Messages.

_MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "served-1",
    "stop_sequence": None,
}


def message(content: list[Any], reason: str = "end_turn") -> bytes:
    usage = {"input_tokens": 7, "output_tokens": 3}
    fields = {**_MESSAGE, "content": content, "stop_reason": reason, "usage": usage, "x_new": {}}
    return json.dumps(fields, indent=1).encode()


MESSAGE = message([{"type": "text", "text": TEXT}])
MESSAGE_TOOL = message(
    [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Zürich"}}],
    "tool_use",
)


def named(name: str, /, **fields: Any) -> bytes:
    return _event({"type": name, **fields}, name)


def message_events(block: dict[str, Any], deltas: list[dict[str, Any]], why: str) -> list[bytes]:
    start: dict[str, Any] = {**_MESSAGE, "content": [], "stop_reason": None}
    start["usage"] = {"input_tokens": 7, "output_tokens": 1}
    return [
        named("message_start", message=start),
        named("content_block_start", index=0, content_block=block),
        named("ping"),
        *(named("content_block_delta", index=0, delta=delta) for delta in deltas),
        named("content_block_stop", index=0),
        named(
            "message_delta",
            delta={"stop_reason": why, "stop_sequence": None},
            usage={"output_tokens": 3},
        ),
        named("message_stop"),
    ]


MESSAGE_EVENTS = message_events(
    {"type": "text", "text": ""},
    [{"type": "text_delta", "text": piece} for piece in ("Hel", "lo, ", "wör", "ld")],
    "end_turn",
)
MESSAGE_TOOL_EVENTS = message_events(
    {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}},
    [
        {"type": "input_json_delta", "partial_json": piece}
        for piece in ('{"ci', 'ty": ', '"Zürich"}')
    ],
    "tool_use",
)

# Responses.


def response(output: list[Any], status: str = "completed") -> dict[str, Any]:
    is_whole = status == "completed"
    usage = {
        "input_tokens": 7,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 10,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": status,
        "model": "served-1",
        "output": output,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage if is_whole else None,
    }


def _said(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _item(text: str | None) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "in_progress" if text is None else "completed",
        "content": [] if text is None else [_said(text)],
    }


def _function(arguments: str, status: str) -> dict[str, Any]:
    return {
        "id": "fc_1",
        "type": "function_call",
        "call_id": "call_1",
        "name": "weather",
        "arguments": arguments,
        "status": status,
    }


def numbered(*events: tuple[str, Any]) -> list[bytes]:
    return [named(name, **fields, sequence_number=n) for n, (name, fields) in enumerate(events)]


RESPONSE = json.dumps(response([_item(TEXT)]), indent=2).encode()
RESPONSE_TOOL = json.dumps(response([_function(ARGUMENTS, "completed")])).encode()
RESPONSE_STRUCTURED = json.dumps(response([_item(STRUCTURED)])).encode()
_PART: dict[str, Any] = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
_CALL: dict[str, Any] = {"item_id": "fc_1", "output_index": 0}
_BEGUN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("response.created", {"response": response([], "in_progress")}),
    ("response.in_progress", {"response": response([], "in_progress")}),
)
_NOTHING: list[Any] = []
RESPONSE_EVENTS = numbered(
    *_BEGUN,
    ("response.output_item.added", {"output_index": 0, "item": _item(None)}),
    ("response.content_part.added", {**_PART, "part": _said("")}),
    *(
        ("response.output_text.delta", {**_PART, "delta": piece, "logprobs": _NOTHING})
        for piece in ("Hel", "lo, ", "wör", "ld")
    ),
    ("response.output_text.done", {**_PART, "text": TEXT, "logprobs": _NOTHING}),
    ("response.content_part.done", {**_PART, "part": _said(TEXT)}),
    ("response.output_item.done", {"output_index": 0, "item": _item(TEXT)}),
    ("response.completed", {"response": response([_item(TEXT)])}),
)
RESPONSE_TOOL_EVENTS = numbered(
    *_BEGUN,
    ("response.output_item.added", {"output_index": 0, "item": _function("", "in_progress")}),
    *(
        ("response.function_call_arguments.delta", {**_CALL, "delta": piece})
        for piece in ('{"ci', 'ty": ', '"Zürich"}')
    ),
    (
        "response.function_call_arguments.done",
        {**_CALL, "arguments": ARGUMENTS, "name": "weather"},
    ),
    (
        "response.output_item.done",
        {"output_index": 0, "item": _function(ARGUMENTS, "completed")},
    ),
    ("response.completed", {"response": response([_function(ARGUMENTS, "completed")])}),
)

# The rest.

EMBEDDING = json.dumps(
    {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}],
        "model": "served-1",
        "usage": {"prompt_tokens": 7, "total_tokens": 7},
    }
).encode()
MODERATION = json.dumps(
    {"id": "modr-1", "model": "served-1", "results": [{"flagged": False, "categories": {}}]}
).encode()
TOKENS = b'{"input_tokens": 7}'
