"""One chat completion of the events of a stream, where a whole answer was asked for. Pure."""

from __future__ import annotations

from typing import Any

_JOINED = ("content", "reasoning_content", "reasoning", "thinking", "refusal")


def assembled(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What the events together say, in the form of an answer in one piece.

    >>> event = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    >>> assembled([event, event])["choices"][0]["message"]["content"]
    'HelHel'
    """
    answer: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for event in events:
        answer.update({key: value for key, value in event.items() if key != "choices" and value})
        for choice in event.get("choices") or ():
            _add_choice(choices, choice)
    answer["object"] = "chat.completion"
    answer["choices"] = [choices[index] for index in sorted(choices)]
    return answer


def _add_choice(choices: dict[int, dict[str, Any]], choice: dict[str, Any]) -> None:
    index = choice.get("index")
    index = index if isinstance(index, int) else 0
    whole = choices.setdefault(index, {"index": index, "message": {"role": "assistant"}})
    message = choice.get("delta") or choice.get("message") or {}
    for key, value in choice.items():
        if key not in ("index", "delta", "message") and value is not None:
            whole[key] = value
    for key, value in message.items():
        _add(whole["message"], key, value)


def _add(message: dict[str, Any], key: str, value: Any) -> None:
    """Join texts and lists, put calls together by their index, keep the last of anything else."""
    before = message.get(key)
    if value is None or value in ("", []):
        message.setdefault(key, value)
    elif key == "tool_calls" and isinstance(value, list):
        message[key] = _calls(before or [], value)
    elif key == "function_call" and isinstance(value, dict):
        message[key] = _function(before or {}, value)
    elif key in _JOINED and isinstance(value, str) and isinstance(before, str):
        message[key] = before + value
    elif isinstance(value, list) or isinstance(before, list):
        message[key] = [*_parts(before), *_parts(value)]
    else:
        message[key] = value


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _calls(calls: list[Any], parts: list[Any]) -> list[Any]:
    for place, part in enumerate(parts):
        if not isinstance(part, dict):
            continue
        index = part.get("index", place)
        known = next((call for call in calls if call.get("index") == index), None)
        if known is None:
            calls.append({"index": index, **part})
            continue
        function = _function(known.get("function") or {}, part.get("function") or {})
        known.update({key: value for key, value in part.items() if value})
        known["function"] = function
    return calls


def _function(before: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    function = dict(before)
    for key, value in part.items():
        told = function.get(key)
        joined = isinstance(told, str) and isinstance(value, str)
        function[key] = told + value if joined else (told if value is None else value)
    return function
