"""A result as one line of JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from ...actors.policies.outcomes.attempt import AttemptRecord
from ...actors.result import TaskResult
from ...config.errors import ResilienceError
from ...config.values.values import is_list, is_mapping
from ..executors.http.completion import Completion
from ..executors.http.reading.parts import Parts, parts_of, reasoning_of
from .task_line import InvalidLineError

_OPTIONS = orjson.OPT_NON_STR_KEYS
_OBEYED = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")
"""What `orjson` writes as it is and terminals obey: controls, and changes of the direction."""


_TOLD = frozenset({"choices", "content", "output"})
_VALUES = frozenset({"data", "results"})
"""Where an answer has a text, and where one of embeddings, ranks or judgements has its values."""


class NotSerialisableError(ResilienceError):
    """A model answered, but not with what can be written as JSON."""

    code = "not_serialisable"


def presentable(result: TaskResult) -> TaskResult:
    """The result with its value as JSON, or as a failure where that is not possible."""
    try:
        written = orjson.dumps(_plain(result.value), option=_OPTIONS)
    except orjson.JSONEncodeError as problem:
        kind = type(result.value).__name__
        message = f"the value, a {kind}, cannot be written as JSON: {problem}"
        error = NotSerialisableError(message, model_id=result.model_used)
        return result._replace(success=False, value=None, error=error)
    return result._replace(value=orjson.Fragment(written))


def result_line(line: int, result: TaskResult) -> bytes:
    """The line for a presentable result; `line` is where its task stood."""
    return _line({"line": line, **result_fields(result)})


def result_fields(result: TaskResult) -> dict[str, Any]:
    """A presentable result by the names of its fields, with every attempt."""
    return {
        "task_id": result.task_id,
        "success": result.success,
        "value": result.value,
        "model_used": result.model_used,
        "execution_time": round(result.execution_time, 6),
        "strategy": result.strategy,
        "voters": list(result.voters),
        "fallback_used": result.fallback_used,
        "retry_count": result.retry_count,
        "circuit_breaker_triggered": result.circuit_breaker_triggered,
        "error": _error(result.error),
        "usage": None if result.usage is None else result.usage._asdict(),
        "cost": result.cost,
        "attempts": [_attempt(record) for record in result.attempts],
    }


def refusal_line(line: int, error: InvalidLineError) -> bytes:
    """The line for what was no task; it has the same keys."""
    return _line(
        {
            "line": line,
            "task_id": error.task_id,
            "success": False,
            "value": None,
            "model_used": None,
            "execution_time": 0.0,
            "strategy": None,
            "voters": [],
            "fallback_used": False,
            "retry_count": 0,
            "circuit_breaker_triggered": False,
            "error": _error(error),
            "usage": None,
            "cost": None,
            "attempts": [],
        }
    )


def _line(record: dict[str, Any]) -> bytes:
    line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    # Within texts alone: all else in JSON is ASCII, and what a terminal obeys there is escaped.
    return _OBEYED.sub(_escaped, line)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())


def _plain(value: Any) -> Any:
    if not isinstance(value, Completion):
        return value
    if not _TOLD & value.raw.keys() and (_VALUES & value.raw.keys()):
        return value.raw
    choices = value.raw.get("choices")
    told = [choice for choice in choices if is_mapping(choice)] if is_list(choices) else []
    return _without_empty(
        {
            "text": value.text,
            "reasoning": value.reasoning,
            "finish_reason": value.finish_reason,
            "usage": value.usage,
            "tool_calls": _tool_uses(value) or (_tool_calls(told[0]) if told else None),
            "choices": [_choice(choice) for choice in told] if len(told) > 1 else None,
        }
    )


def _choice(choice: Mapping[Any, Any]) -> dict[str, Any]:
    """One of several answers, the first included."""
    found = choice.get("message")
    message: Mapping[Any, Any] = found if is_mapping(found) else {"content": choice.get("text")}
    parts = parts_of(message.get("content")) or Parts()
    return _without_empty(
        {
            "text": parts.text,
            "reasoning": reasoning_of(message) or parts.reasoning,
            "finish_reason": choice.get("finish_reason"),
            "tool_calls": _tool_calls(choice),
        }
    )


def _without_empty(found: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in found.items() if told or name == "text"}


def _tool_uses(value: Completion) -> list[Any]:
    """The calls in a message and in a response: without them it would be an empty text."""
    found = [value.raw.get("content"), value.raw.get("output")]
    blocks = [block for told in found if is_list(told) for block in told if is_mapping(block)]
    return [block for block in blocks if str(block.get("type")).endswith(("tool_use", "_call"))]


def _tool_calls(choice: Mapping[Any, Any]) -> object:
    message = choice.get("message")
    if not is_mapping(message):
        return None
    legacy = message.get("function_call")
    return message.get("tool_calls") or ([{"function": legacy}] if legacy else None)


def _attempt(record: AttemptRecord) -> dict[str, Any]:
    mark = {"injected": True} if record.injected else {}
    return {
        "model_id": record.model_id,
        "number": record.number,
        "outcome": record.outcome,
        "started_at": round(record.started_at, 6),
        "duration": round(record.duration, 6),
        "error": _error(record.error),
        **mark,
    }


def _error(error: BaseException | None) -> dict[str, str] | None:
    if error is None:
        return None
    code = error.code if isinstance(error, ResilienceError) else "unexpected"
    # A lone surrogate in a foreign message would make the whole line impossible.
    message = str(error).encode("utf-8", "replace").decode()
    return {"code": code, "message": message, "type": type(error).__name__}
