"""An answer in one piece as the events of a stream, for a caller that asked for one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ....config.values.families import Family
from ..http.wire.json_value import JsonObject, object_of, objects_in

_DELTAS = {"text": "text_delta", "thinking": "thinking_delta"}
_DONE = b"data: [DONE]\n\n"


def as_events(family: Family, answer: Mapping[str, Any]) -> bytes:
    """The bytes of the whole stream, in the form of the family, with its proper end.

    >>> as_events(Family.TEXT_COMPLETION, {"choices": []})
    b'data: {"choices":[]}\\n\\ndata: [DONE]\\n\\n'
    """
    found = object_of(dict(answer))
    match family:
        case Family.MESSAGE:
            return b"".join(_named(event) for event in _of_message(found))
        case Family.RESPONSE:
            status = "incomplete" if found.get("status") == "incomplete" else "completed"
            return _named({"type": f"response.{status}", "response": found, "sequence_number": 0})
        case Family.TEXT_COMPLETION:
            return _data(found) + _DONE
        case _:
            return _data(_of_chat(found)) + _DONE


def _of_chat(answer: JsonObject) -> JsonObject:
    choices = [
        {**{name: choice[name] for name in choice if name != "message"}, "delta": _delta(choice)}
        for choice in objects_in(answer.get("choices"))
    ]
    return {**answer, "object": "chat.completion.chunk", "choices": [*choices]}


def _delta(choice: JsonObject) -> JsonObject:
    """The message; its tool calls have a number in a stream."""
    message = dict(object_of(choice.get("message")))
    calls = list(objects_in(message.get("tool_calls")))
    if calls:
        message["tool_calls"] = [{"index": at, **call} for at, call in enumerate(calls)]
    return message


def _of_message(answer: JsonObject) -> Iterator[JsonObject]:
    begun: JsonObject = {"content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": {**answer, **begun}}
    for index, block in enumerate(objects_in(answer.get("content"))):
        yield from _of_block(index, block)
    delta = {name: answer.get(name) for name in ("stop_reason", "stop_sequence")}
    yield {"type": "message_delta", "delta": delta, "usage": answer.get("usage") or {}}
    yield {"type": "message_stop"}


def _of_block(index: int, block: JsonObject) -> Iterator[JsonObject]:
    kind = str(block.get("type"))
    deltas: list[JsonObject] = []
    start = dict(block)
    if kind in _DELTAS:
        start[kind] = ""
        deltas.append({"type": _DELTAS[kind], kind: block.get(kind)})
    if kind == "thinking" and (signature := start.pop("signature", None)):
        deltas.append({"type": "signature_delta", "signature": signature})
    if "input" in block:
        start["input"] = {}
        written = orjson.dumps(block["input"]).decode()
        deltas.append({"type": "input_json_delta", "partial_json": written})
    yield {"type": "content_block_start", "index": index, "content_block": start}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _named(event: JsonObject) -> bytes:
    return f"event: {event['type']}\n".encode() + _data(event)


def _data(found: JsonObject) -> bytes:
    return b"data: " + orjson.dumps(found) + b"\n\n"
