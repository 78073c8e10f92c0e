"""One chat completion of the events of a stream, where a whole answer was asked for. Pure."""

from __future__ import annotations

from ...http.wire.json_value import Json, JsonObject, object_of, objects_in

_JOINED = ("content", "reasoning_content", "reasoning", "thinking", "refusal")


def assembled(events: list[JsonObject]) -> JsonObject:
    """What the events together say, in the form of an answer in one piece.

    >>> event = {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}
    >>> assembled([event, event])["choices"][0]["message"]["content"]
    'HelHel'
    """
    answer: JsonObject = {}
    choices: dict[int, JsonObject] = {}
    for event in events:
        answer.update({key: value for key, value in event.items() if key != "choices" and value})
        for choice in objects_in(event.get("choices")):
            _add_choice(choices, choice)
    answer["object"] = "chat.completion"
    answer["choices"] = [choices[index] for index in sorted(choices)]
    return answer


def _add_choice(choices: dict[int, JsonObject], choice: JsonObject) -> None:
    index = choice.get("index")
    index = index if isinstance(index, int) else 0
    whole = choices.setdefault(index, {"index": index, "message": {"role": "assistant"}})
    said = object_of(choice.get("delta")) or object_of(choice.get("message"))
    message = object_of(whole["message"])
    for key, value in choice.items():
        if key not in ("index", "delta", "message") and value is not None:
            whole[key] = value
    for key, value in said.items():
        _add(message, key, value)


def _add(message: JsonObject, key: str, value: Json) -> None:
    """Join texts and lists, put calls together by their index, keep the last of anything else."""
    before = message.get(key)
    if value is None or value in ("", []):
        message.setdefault(key, value)
    elif key == "tool_calls" and isinstance(value, list):
        message[key] = _calls(before, value)
    elif key == "function_call" and isinstance(value, dict):
        message[key] = _function(object_of(before), value)
    elif key in _JOINED and isinstance(value, str) and isinstance(before, str):
        message[key] = before + value
    elif isinstance(value, list) or isinstance(before, list):
        message[key] = [*_parts(before), *_parts(value)]
    else:
        message[key] = value


def _parts(content: Json) -> list[Json]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _calls(before: Json, parts: list[Json]) -> list[Json]:
    calls = objects_in(before)
    for place, part in enumerate(parts):
        if not isinstance(part, dict):
            continue
        index = part.get("index", place)
        known = next((call for call in calls if call.get("index") == index), None)
        if known is None:
            calls.append({"index": index, **part})
            continue
        function = _function(object_of(known.get("function")), object_of(part.get("function")))
        known.update({key: value for key, value in part.items() if value})
        known["function"] = function
    return [*calls]


def _function(before: JsonObject, part: JsonObject) -> JsonObject:
    function = dict(before)
    for key, value in part.items():
        told = function.get(key)
        if isinstance(told, str) and isinstance(value, str):
            function[key] = told + value
        else:
            function[key] = told if value is None else value
    return function
