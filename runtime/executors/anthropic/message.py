"""Anthropic's messages: the request for a task, and the answer as a completion. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ....actors.policies.outcomes.errors import ContentRefusedError
from ..http.completion import Completion, answer_object, malformed
from ..http.errors import error_in, in_band_error

_LIMITS = "anthropic-ratelimit-"
_SYSTEM = ("system", "developer")


def message_fields(fields: dict[str, Any], *, max_tokens: int) -> dict[str, Any]:
    """A chat request's fields as those of a message: the instructions at its head get their place.

    A task may so go to a model of another provider without another payload.

    >>> fields = {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user"}]}
    >>> message_fields(fields, max_tokens=9)
    {'max_tokens': 9, 'messages': [{'role': 'user'}], 'system': 'Be brief.'}
    """
    fields = {"max_tokens": max_tokens, **fields}
    instructions, messages = [], list(fields["messages"])
    while messages and _role(messages[0]) in _SYSTEM:
        instructions.append(messages.pop(0).get("content"))
    if not instructions or "system" in fields:
        return fields
    plain = all(isinstance(text, str) for text in instructions)
    fields["messages"] = messages
    fields["system"] = "\n\n".join(instructions) if plain else _parts(instructions)
    return fields


def read_message(
    body: bytes,
    headers: Mapping[str, str],
    *,
    model: str,
    limits: Mapping[str, str],
    secret: str | None = None,
    model_id: str | None = None,
) -> Completion:
    """Read a 2xx answer; raises ModelUnavailableError where it is no message."""
    answer = answer_object(body, model_id)
    if error := error_in(answer):
        raise in_band_error(error, headers, secret=secret, model_id=model_id)
    text, reason, usage = _text(answer, model_id), answer.get("stop_reason"), answer.get("usage")
    if not text and reason == "refusal":
        raise ContentRefusedError("the model refused to answer", model_id=model_id)
    served = answer.get("model")
    return Completion(
        text=text,
        model=served if isinstance(served, str) and served else model,
        finish_reason=reason if isinstance(reason, str) else None,
        usage=with_total(usage) if isinstance(usage, dict) else {},
        raw=answer,
        rate_limits=limits,
    )


def with_total(usage: dict[str, Any]) -> dict[str, Any]:
    """The usage with `total_tokens`, which here must be added up."""
    counts = [usage.get("input_tokens"), usage.get("output_tokens")]
    if "total_tokens" in usage or not all(isinstance(count, int) for count in counts):
        return dict(usage)
    return {**usage, "total_tokens": sum(counts)}


def message_limits(headers: Mapping[str, str], wall_now: float) -> dict[str, str]:
    """The limits that headers state, under the names and in the units that others use.

    >>> message_limits({"anthropic-ratelimit-requests-remaining": "7"}, wall_now=0.0)
    {'x-ratelimit-remaining-requests': '7'}
    """
    limits: dict[str, str] = {}
    for name, value in headers.items():
        if name.startswith("retry-after"):
            limits[name] = value
        if not name.startswith(_LIMITS):
            continue
        kind, _, what = name.removeprefix(_LIMITS).rpartition("-")
        stated = _seconds_until(value, wall_now) if what == "reset" else value
        if stated is not None:
            limits[f"x-ratelimit-{what}-{kind}"] = stated
    return limits


def _text(answer: dict[str, Any], model_id: str | None) -> str:
    content = answer.get("content")
    if not isinstance(content, list):
        malformed("content", "a list", content, model_id)
    texts: list[str] = []
    for block in content:
        if not isinstance(block, dict):
            malformed("content block", "an object", block, model_id)
        if block.get("type") != "text":
            continue
        text = block.get("text")
        if not isinstance(text, str):
            malformed("content block's text", "a string", text, model_id)
        texts.append(text)
    return "".join(texts)


def _seconds_until(stated: str, wall_now: float) -> str | None:
    try:
        then = datetime.fromisoformat(stated)
    except ValueError:
        return None
    return f"{max(0.0, then.timestamp() - wall_now):.3f}"


def _role(message: object) -> object:
    return message.get("role") if isinstance(message, Mapping) else None


def _parts(instructions: list[Any]) -> list[Any]:
    parts: list[Any] = []
    for text in instructions:
        if isinstance(text, list | tuple):
            parts.extend(text)
        else:
            parts.append({"type": "text", "text": str(text)})
    return parts
