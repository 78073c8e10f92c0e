"""One message of the events of a stream, where a whole one was asked for. Pure."""

from __future__ import annotations

import orjson

from ...http.wire.json_value import JsonObject, object_of, objects_in

_JOINED = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}


def assembled(events: list[JsonObject]) -> JsonObject:
    """What the events together say, in the form of an answer in one piece."""
    message: JsonObject = {"type": "message", "role": "assistant"}
    blocks: dict[int, JsonObject] = {}
    for event in events:
        match event.get("type"):
            case "message_start":
                message.update(object_of(event.get("message")))
            case "content_block_start":
                blocks[_index(event)] = dict(object_of(event.get("content_block")))
            case "content_block_delta":
                block = blocks.setdefault(_index(event), {"type": "text"})
                _add(block, object_of(event.get("delta")))
            case "message_delta":
                message.update(object_of(event.get("delta")))
                before, now = object_of(message.get("usage")), object_of(event.get("usage"))
                message["usage"] = {**before, **now}
            case _:
                pass
    message["content"] = [_finished(blocks[index]) for index in sorted(blocks)]
    return message


def _index(event: JsonObject) -> int:
    index = event.get("index")
    return index if isinstance(index, int) else 0


def _add(block: JsonObject, delta: JsonObject) -> None:
    name = _JOINED.get(str(delta.get("type")), "")
    text = delta.get(name)
    if isinstance(text, str):
        block[name] = str(block.get(name) or "") + text
    elif isinstance(citation := delta.get("citation"), dict):
        block["citations"] = [*objects_in(block.get("citations")), citation]


def _finished(block: JsonObject) -> JsonObject:
    """With the input of a tool as an object."""
    written = block.pop("partial_json", None)
    if isinstance(written, str) and written:
        try:
            block["input"] = orjson.loads(written)
        except orjson.JSONDecodeError:
            block["input"] = written
    return block
