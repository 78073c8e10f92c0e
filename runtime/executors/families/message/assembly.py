"""One message of the events of a stream, where a whole one was asked for. Pure."""

from __future__ import annotations

from typing import Any

import orjson

_JOINED = {
    "text_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "signature",
    "input_json_delta": "partial_json",
}


def assembled(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What the events together say, in the form of an answer in one piece."""
    message: dict[str, Any] = {"type": "message", "role": "assistant"}
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        match event.get("type"):
            case "message_start":
                message.update(event["message"])
            case "content_block_start":
                blocks[_index(event)] = dict(event["content_block"])
            case "content_block_delta":
                _add(blocks.setdefault(_index(event), {"type": "text"}), event["delta"])
            case "message_delta":
                message.update(event["delta"])
                message["usage"] = {**(message.get("usage") or {}), **(event.get("usage") or {})}
    message["content"] = [_finished(blocks[index]) for index in sorted(blocks)]
    return message


def _index(event: dict[str, Any]) -> int:
    index = event.get("index")
    return index if isinstance(index, int) else 0


def _add(block: dict[str, Any], delta: dict[str, Any]) -> None:
    name = _JOINED.get(str(delta.get("type")), "")
    text = delta.get(name)
    if isinstance(text, str):
        block[name] = str(block.get(name) or "") + text
    elif isinstance(delta.get("citation"), dict):
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]


def _finished(block: dict[str, Any]) -> dict[str, Any]:
    """With the input of a tool as an object."""
    written = block.pop("partial_json", None)
    if written:
        try:
            block["input"] = orjson.loads(written)
        except orjson.JSONDecodeError:
            block["input"] = written
    return block
