"""The request that a task's payload is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson

from ....actors.policies.outcomes.errors import InvalidRequestError

_NONE: Mapping[str, Any] = MappingProxyType({})
_PAYLOADS = "a string, or a mapping with `messages` (a list) or `prompt` (a string)"


def request_fields(
    payload: object,
    model: str,
    model_id: str | None = None,
    *,
    params: Mapping[str, Any] = _NONE,
    model_from_payload: bool = False,
) -> dict[str, Any]:
    """The fields of the request, `messages` always among them; the payload's keys as they are.

    `params` are those that stand in for what the payload lacks. The payload's `model` counts only
    with `model_from_payload`. Raises InvalidRequestError where it cannot be one.

    >>> request_fields("Hi", "gpt-5")
    {'model': 'gpt-5', 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    if isinstance(payload, str):
        payload = {"prompt": payload}
    if not isinstance(payload, Mapping):
        raise _invalid(f"the payload is {_PAYLOADS}; this is {type(payload).__name__}", model_id)
    fields = {"model": model, **params, **payload}
    if not model_from_payload:
        fields["model"] = model
    if "messages" not in fields:
        prompt = fields.pop("prompt", None)
        if not isinstance(prompt, str):
            raise _invalid(f"the payload is {_PAYLOADS}; this one has neither", model_id)
        fields["messages"] = [{"role": "user", "content": prompt}]
    if not isinstance(fields["messages"], list | tuple):
        raise _invalid(f"`messages` is a list, not {type(fields['messages']).__name__}", model_id)
    return fields


def whole(fields: dict[str, Any], model_id: str | None = None) -> dict[str, Any]:
    """The fields for an answer in one piece."""
    if fields.get("stream"):
        message = "`stream` in the payload is for streams: leave it out, or ask for a stream"
        raise _invalid(message, model_id)
    return fields


def streamed(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields for an answer in chunks."""
    return {**fields, "stream": True}


def as_json(fields: dict[str, Any], model_id: str | None = None) -> bytes:
    """The body of the request; raises InvalidRequestError where the payload is no JSON."""
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError as error:
        raise _invalid(f"the payload cannot be written as JSON: {error}", model_id) from error


def _invalid(message: str, model_id: str | None) -> InvalidRequestError:
    return InvalidRequestError(message, model_id=model_id)
