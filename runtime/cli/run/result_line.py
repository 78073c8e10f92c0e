"""A result as one line of JSON."""

from __future__ import annotations

from typing import Any

import orjson

from ....actors.policies.outcomes.attempt import AttemptRecord
from ....actors.result import TaskResult
from ....config.errors import ResilienceError
from ....config.values.values import is_list, is_mapping
from ...executors.http.completion import Completion
from .task_line import InvalidLineError

_OPTIONS = orjson.OPT_NON_STR_KEYS


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
    return _line(
        {
            "line": line,
            "task_id": result.task_id,
            "success": result.success,
            "value": result.value,
            "model_used": result.model_used,
            "execution_time": round(result.execution_time, 6),
            "strategy": result.strategy,
            "fallback_used": result.fallback_used,
            "retry_count": result.retry_count,
            "circuit_breaker_triggered": result.circuit_breaker_triggered,
            "error": _error(result.error),
            "attempts": [_attempt(record) for record in result.attempts],
        }
    )


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
            "fallback_used": False,
            "retry_count": 0,
            "circuit_breaker_triggered": False,
            "error": _error(error),
            "attempts": [],
        }
    )


def _line(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def _plain(value: Any) -> Any:
    if not isinstance(value, Completion):
        return value
    plain: dict[str, Any] = {"text": value.text}
    if value.finish_reason is not None:
        plain["finish_reason"] = value.finish_reason
    if value.usage:
        plain["usage"] = value.usage
    if calls := _tool_calls(value):
        plain["tool_calls"] = calls
    return plain


def _tool_calls(value: Completion) -> object:
    """The tools that the model calls: without them such an answer would be an empty text."""
    choices = value.raw.get("choices")
    first = choices[0] if is_list(choices) and choices else None
    message = first.get("message") if is_mapping(first) else None
    return message.get("tool_calls") if is_mapping(message) else None


def _attempt(record: AttemptRecord) -> dict[str, Any]:
    return {
        "model_id": record.model_id,
        "number": record.number,
        "outcome": record.outcome,
        "started_at": round(record.started_at, 6),
        "duration": round(record.duration, 6),
        "error": _error(record.error),
    }


def _error(error: BaseException | None) -> dict[str, str] | None:
    if error is None:
        return None
    code = error.code if isinstance(error, ResilienceError) else "unexpected"
    # A lone surrogate in a foreign message would make the whole line impossible.
    message = str(error).encode("utf-8", "replace").decode()
    return {"code": code, "message": message, "type": type(error).__name__}
