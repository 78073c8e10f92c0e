"""The turns of a message as those of a chat. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from .foreign import Foreign
from .lost import Lost


def instructions_of(system: Any, lost: Lost) -> list[dict[str, Any]]:
    """The system message, where there are instructions."""
    if system is None:
        return []
    return [{"role": "system", "content": _texts(system, "system", lost)}]


def turns_of(messages: Any, lost: Lost) -> list[dict[str, Any]]:
    """The messages; a turn with the results of tools becomes several."""
    return [turn for at, given in enumerate(messages) for turn in _turns(given, at, lost)]


def _turns(message: Mapping[str, Foreign] | None, at: int, lost: Lost) -> Iterator[dict[str, Any]]:
    place = f"messages[{at}]"
    rest: Mapping[Any, Any] = {}
    match message:
        case {"role": "user", "content": str() | list() as content, **rest}:
            yield from _asked(content, place, lost)
        case {"role": "assistant", "content": str(content), **rest}:
            yield {"role": "assistant", "content": content}
        case {"role": "assistant", "content": list(content), **rest}:
            yield _answer(content, place, lost)
        case {"role": "system", "content": content, **rest}:
            yield {"role": "system", "content": _texts(content, f"{place}.content", lost)}
        case _:
            lost.add(place)
    for key in rest:
        lost.add(f"{place}.{key}")


def _asked(content: str | list[Foreign], place: str, lost: Lost) -> Iterator[dict[str, Any]]:
    if isinstance(content, str):
        yield {"role": "user", "content": content}
        return
    parts: list[dict[str, Any]] = []
    for at, block in enumerate(content):
        where = f"{place}.content[{at}]"
        if isinstance(block, Mapping) and block.get("type") == "tool_result":
            yield _result(block, where, lost)
        else:
            parts.append(_part(block, where, lost))
    if parts:
        yield {"role": "user", "content": parts}


def _result(block: Mapping[str, Any], place: str, lost: Lost) -> dict[str, Any]:
    for key, value in block.items():
        if key not in ("type", "tool_use_id", "content") and value:
            lost.add(f"{place}.{key}")
    content = block.get("content")
    told = "" if content is None else _texts(content, f"{place}.content", lost)
    return {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": told}


def _answer(content: list[Foreign], place: str, lost: Lost) -> dict[str, Any]:
    texts: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for at, block in enumerate(content):
        where = f"{place}.content[{at}]"
        match block:
            case {"type": "tool_use", "id": key, "name": str(name), "input": given, **rest}:
                function = {"name": name, "arguments": orjson.dumps(given).decode()}
                calls.append({"id": key, "type": "function", "function": function})
                for other in rest:
                    lost.add(f"{where}.{other}")
            case _:
                texts.append(_text(block, where, lost))
    told: Any = texts or None
    if len(texts) == 1:
        told = texts[0].get("text")
    message = {"role": "assistant", "content": told}
    return {**message, "tool_calls": calls} if calls else message


def _texts(content: Foreign, place: str, lost: Lost) -> Any:
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        lost.add(place)
        return ""
    return [_text(block, f"{place}[{at}]", lost) for at, block in enumerate(content)]


def _text(block: Foreign, place: str, lost: Lost) -> dict[str, Any]:
    match block:
        case {"type": "text", "text": str(text), **rest}:
            for key, value in rest.items():
                if value:
                    lost.add(f"{place}.{key}")
            return {"type": "text", "text": text}
        case _:
            pass
    kind: Foreign = block.get("type") if isinstance(block, Mapping) else None
    lost.add(f"{place} of the type {kind}" if kind in _KNOWN else place)
    return {}


def _part(block: Foreign, place: str, lost: Lost) -> dict[str, Any]:
    match block:
        case {
            "type": "image",
            "source": {"type": "base64", "media_type": kind, "data": data},
            **rest,
        }:
            url = f"data:{kind};base64,{data}"
        case {"type": "image", "source": {"type": "url", "url": str(url)}, **rest}:
            pass
        case _:
            return _text(block, place, lost)
    for key, value in rest.items():
        if value:
            lost.add(f"{place}.{key}")
    return {"type": "image_url", "image_url": {"url": url}}


_KNOWN = frozenset({"document", "image", "thinking", "redacted_thinking", "search_result"})
