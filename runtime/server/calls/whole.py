"""A whole answer: what the model's server has sent, with headers of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from ....actors.result import TaskResult
from ....config.values.families import Family
from ...executors.http.completion import Completion
from ..answer_headers import of_the_provider, overhead_since, who_answered
from ..dialects.dialect import Dialect
from ..failures import Refused, refused
from ..request import JSON_TYPE, Header, Request

_OF_TEXTS = frozenset({Family.CHAT, Family.TEXT_COMPLETION, Family.MESSAGE, Family.RESPONSE})


def body_of(result: TaskResult, dialect: Dialect, request: Request) -> bytes:
    """The bytes of an answer. Raises `Refused` for one that this family has no form for."""
    value = result.value
    if isinstance(value, Completion):
        return value.body or orjson.dumps(value.raw)
    found: object = value
    if isinstance(value, str) and dialect.family in _OF_TEXTS:
        found = dialect.answer(value, str(result.model_used), request.id)
    if not isinstance(found, Mapping):
        raise _unreadable(result, dialect)
    try:
        return orjson.dumps(found, default=str)
    except (TypeError, ValueError):
        raise _unreadable(result, dialect) from None


def _unreadable(result: TaskResult, dialect: Dialect) -> Refused:
    told = (
        f"{result.model_used} answers with {type(result.value).__name__}; as {dialect.family} "
        "this server can write a text or an object in that form"
    )
    return refused(502, "unreadable_answer", told)


def told_of(result: TaskResult, request: Request) -> list[Header]:
    """What the headers say of the way that the answer has come."""
    attempts = [record for record in result.attempts if record.number]
    spent = sum(record.duration for record in attempts) if len(attempts) < 2 else 0.0
    if len(attempts) > 1:
        spent = max(r.started_at + r.duration for r in attempts) - attempts[0].started_at
    headers = who_answered(
        request, result.model_used, len(attempts), is_fallback=result.fallback_used
    )
    headers.append(overhead_since(request.started, spent))
    if result.usage is not None:
        usage = result.usage
        told = f"input={usage.input_tokens}, output={usage.output_tokens}"
        headers.append((b"x-hive-usage", told.encode()))
    return headers


def headers_of(result: TaskResult, request: Request) -> list[Header]:
    """All headers of a whole answer."""
    value: Any = result.value
    own = of_the_provider(value.headers) if isinstance(value, Completion) else []
    return [JSON_TYPE, *told_of(result, request), *own]
