"""The turns of a chat as those of a message. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from .foreign import Foreign
from .lost import Lost

_INSTRUCTIONS = ("system", "developer")
_DATA_URL = re.compile(r"data:(image/[a-z0-9.+-]+);base64,", re.IGNORECASE)
_OF_AN_ANSWER = frozenset({"role", "content", "tool_calls", "thinking_blocks"})
_MEANS_NOTHING: tuple[object, ...] = (None, "", [], {})
_OWN = frozenset(
    {"text", "image", "document", "search_result", "thinking", "redacted_thinking"}
    | {"tool_use", "tool_result", "server_tool_use", "web_search_tool_result", "container_upload"}
)
"""Blocks in Anthropic's own form."""


def turns_of(messages: Any, system: Any, found: dict[str, Any], lost: Lost) -> None:
    """Put `messages` and `system` into `found`.

    Instructions are no turns there, so all of them stand before the first, in their order.
    """
    instructions = [] if system is None else [system]
    turns: list[dict[str, Any]] = []
    message: Foreign
    for at, message in enumerate(messages):
        place = f"messages[{at}]"
        if not isinstance(message, Mapping):
            lost.add(place)
            continue
        role = message.get("role")
        if role in _INSTRUCTIONS:
            _check_keys(message, frozenset({"role", "content"}), place, lost)
            instructions.append(_text_content(message.get("content"), place, lost))
        elif role == "tool":
            _add_result(turns, message, place, lost)
        elif role == "assistant":
            turns.append(_answer(message, place, lost))
        elif role == "user":
            _check_keys(message, frozenset({"role", "content"}), place, lost)
            turns.append({"role": role, "content": _content(message.get("content"), place, lost)})
        else:
            lost.add(f"the role of {place}")
    found["messages"] = turns
    if instructions:
        found["system"] = _joined(instructions)


def _joined(instructions: list[Any]) -> Any:
    if len(instructions) == 1:
        return instructions[0]
    if all(isinstance(text, str) for text in instructions):
        return "\n\n".join(instructions)
    parts: list[Any] = []
    for told in instructions:
        parts.extend([{"type": "text", "text": told}] if isinstance(told, str) else told)
    return parts


def _add_result(
    turns: list[dict[str, Any]], message: Mapping[str, Any], place: str, lost: Lost
) -> None:
    """The result of a tool; those of one turn stand together."""
    _check_keys(message, frozenset({"role", "content", "tool_call_id"}), place, lost)
    result = {
        "type": "tool_result",
        "tool_use_id": message.get("tool_call_id"),
        "content": _text_content(message.get("content"), place, lost),
    }
    last = turns[-1] if turns else None
    if last is not None and last["role"] == "user" and _has_results_only(last["content"]):
        last["content"].append(result)
    else:
        turns.append({"role": "user", "content": [result]})


def _has_results_only(content: Foreign) -> bool:
    return isinstance(content, list) and all(
        isinstance(block, Mapping) and block.get("type") == "tool_result" for block in content
    )


def _answer(message: Mapping[str, Any], place: str, lost: Lost) -> dict[str, Any]:
    """The model's own turn: its thoughts, its text, its calls of tools."""
    known = _OF_AN_ANSWER
    thoughts: list[Any] = message.get("thinking_blocks") or []
    if thoughts:  # they say the same, and can be sent back
        known = known | {"reasoning_content", "reasoning"}
    _check_keys(message, known, place, lost)
    content: Foreign = _content(message.get("content"), place, lost, of_the_model=True)
    calls = list(_calls(message.get("tool_calls") or (), place, lost))
    if not thoughts and not calls and content:
        return {"role": "assistant", "content": content}
    texts = content if isinstance(content, list) else []
    if content and isinstance(content, str):
        texts = [{"type": "text", "text": content}]
    blocks = [*thoughts, *texts, *calls]
    if not blocks:
        lost.add(f"{place}, which is empty")
    return {"role": "assistant", "content": blocks}


def _calls(calls: Any, place: str, lost: Lost) -> Iterator[dict[str, Any]]:
    for at, call in enumerate(calls):
        match call:
            case {"function": {"name": str(name), "arguments": str(arguments)}}:
                given = _arguments(arguments)
                if given is None:
                    lost.add(f"{place}.tool_calls[{at}].function.arguments, which are no object")
                yield {"type": "tool_use", "id": call.get("id"), "name": name, "input": given}
            case _:
                lost.add(f"{place}.tool_calls[{at}]")


def _arguments(written: str) -> dict[str, Any] | None:
    try:
        found: Foreign = orjson.loads(written or "{}")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _text_content(content: Any, place: str, lost: Lost) -> Any:
    """Of instructions and results: a text, or parts."""
    return "" if content is None else _content(content, place, lost)


def _content(
    content: Foreign | tuple[Foreign, ...], place: str, lost: Lost, *, of_the_model: bool = False
) -> Any:
    if isinstance(content, str) or (content is None and of_the_model):
        return content
    if not isinstance(content, list | tuple):
        lost.add(f"{place}.content")
        return content
    return [_part(part, f"{place}.content[{at}]", lost) for at, part in enumerate(content)]


def _part(part: Any, place: str, lost: Lost) -> Any:
    match part:
        case str():
            return {"type": "text", "text": part}
        case {"type": "image_url", "image_url": {"url": str(url), **rest}}:
            if rest.keys() - {"detail"} or rest.get("detail") not in (None, "auto"):
                lost.add(f"{place}.image_url.detail")
            return {"type": "image", "source": _source(url)}
        case {"type": str(kind)} if kind in _OWN:
            return part
        case _:
            pass
    lost.add(place)
    return part


def _source(url: str) -> dict[str, Any]:
    data = _DATA_URL.match(url)
    if data is None:
        return {"type": "url", "url": url}
    return {"type": "base64", "media_type": data[1].lower(), "data": url[data.end() :]}


def _check_keys(message: Mapping[str, Any], known: frozenset[str], place: str, lost: Lost) -> None:
    for key, value in message.items():
        if key not in known and not any(value == nothing for nothing in _MEANS_NOTHING):
            lost.add(f"{place}.{key}")
