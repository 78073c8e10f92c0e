"""The request that a task's payload is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

import orjson

from ....actors.policies.outcomes.errors import InvalidRequestError

_PAYLOADS = "a string, or a mapping with `messages` (a list) or `prompt` (a string)"
_NONE: Mapping[str, Any] = MappingProxyType({})


def payload_fields(
    payload: object, model_id: str | None, *, text_as: str | None
) -> Mapping[str, Any]:
    """A payload as a mapping: it is one, or a text, or the bytes of one in JSON.

    `text_as` is the field that a text is. Raises `InvalidRequestError` for anything else.

    >>> payload_fields("Hi", None, text_as="input")
    {'input': 'Hi'}
    """
    if isinstance(payload, str) and text_as is not None:
        return {text_as: payload}
    if isinstance(payload, bytes | bytearray):
        payload = _parsed(payload, model_id)
    if isinstance(payload, Mapping):
        return cast("Mapping[str, Any]", payload)
    wanted = _PAYLOADS if text_as == "prompt" else "a mapping, or bytes of one in JSON"
    raise invalid(f"the payload is {wanted}; this is {type(payload).__name__}", model_id)


def with_messages(given: Mapping[str, Any], model_id: str | None) -> dict[str, Any]:
    """The fields with `messages`, of which a `prompt` is the only one; raises as above.

    >>> with_messages({"prompt": "Hi"}, None)
    {'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    fields = dict(given)
    if "messages" not in fields:
        prompt = fields.pop("prompt", None)
        if not isinstance(prompt, str):
            message = f"the payload is {_PAYLOADS}; this one has neither"
            raise invalid(message, model_id)
        fields["messages"] = [{"role": "user", "content": prompt}]
    if not isinstance(fields["messages"], list | tuple):
        raise invalid(f"`messages` is a list, not {type(fields['messages']).__name__}", model_id)
    return fields


def with_model(
    fields: dict[str, Any],
    model: str,
    *,
    params: Mapping[str, Any] = _NONE,
    model_from_payload: bool = False,
) -> dict[str, Any]:
    """The fields with the model, and with those of `params` that they lack.

    Their own `model` counts only with `model_from_payload`.

    >>> with_model({"input": "Hi"}, "small")
    {'model': 'small', 'input': 'Hi'}
    """
    found = {"model": model, **params, **fields}
    if not model_from_payload:
        found["model"] = model
    return found


def whole(fields: dict[str, Any], model_id: str | None = None) -> dict[str, Any]:
    """The fields for an answer in one piece."""
    if fields.get("stream"):
        message = "`stream` in the payload is for streams: leave it out, or ask for a stream"
        raise invalid(message, model_id)
    return fields


def streamed(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields for an answer in chunks."""
    return {**fields, "stream": True}


def as_json(fields: dict[str, Any], model_id: str | None = None) -> bytes:
    """The body of the request; raises InvalidRequestError where the payload is no JSON."""
    try:
        return orjson.dumps(fields)
    except orjson.JSONEncodeError as error:
        raise invalid(f"the payload cannot be written as JSON: {error}", model_id) from error


def invalid(message: str, model_id: str | None) -> InvalidRequestError:
    """The error of a payload that is no request."""
    return InvalidRequestError(message, model_id=model_id)


def _parsed(payload: bytes | bytearray, model_id: str | None) -> object:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        told = f"the payload, {len(payload)} bytes, is no JSON"
    raise invalid(told, model_id)
