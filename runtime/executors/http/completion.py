"""A model's answer, and how it is read from a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson

from ....actors.policies.outcomes.errors import ContentRefusedError, ModelUnavailableError
from .errors import error_in, in_band_error

GIVEN_UP = ("abort", "error", "insufficient_system_resource")
"""Finish reasons by which servers say that they could not go on: what they had is not all."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered; `str()` of it is the text.

    `text` is empty where the model only calls tools; those are in `raw`, the whole answer as it
    came. `rate_limits` holds the headers `x-ratelimit-*` and `retry-after*`, names in lower case.

    >>> str(Completion("Hello", model="gpt-5", finish_reason="stop", usage={}, raw={}))
    'Hello'
    """

    text: str
    model: str
    finish_reason: str | None
    usage: Mapping[str, object]
    raw: Mapping[str, object] = field(repr=False)
    rate_limits: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


def read_completion(
    body: bytes,
    headers: Mapping[str, str],
    *,
    model: str,
    secret: str | None = None,
    model_id: str | None = None,
) -> Completion:
    """Read a 2xx answer; raises ModelUnavailableError where it is no completion."""
    answer = answer_object(body, model_id)
    if error := error_in(answer):
        raise in_band_error(error, headers, secret=secret, model_id=model_id)
    choice = _first_choice(answer, model_id)
    if (reason := choice.get("finish_reason")) in GIVEN_UP:
        message = f"the server gave the answer up ({reason})"
        raise ModelUnavailableError(message, model_id=model_id)
    usage = answer.get("usage")
    return Completion(
        text=_text(choice, model_id),
        model=_string(answer.get("model")) or model,
        finish_reason=_string(choice.get("finish_reason")),
        usage=usage if isinstance(usage, dict) else {},
        raw=answer,
        rate_limits=rate_limits(headers),
    )


def answer_object(body: bytes, model_id: str | None) -> dict[str, Any]:
    """The object that a body is; raises ModelUnavailableError where it is none."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        size = len(body)
        message = f"the server answered with {size} bytes that are not JSON (at {error.pos})"
        # Not chained: the decoder's exception carries the whole answer with it.
        raise ModelUnavailableError(message, model_id=model_id) from None
    if not isinstance(answer, dict):
        malformed("answer", "an object", answer, model_id)
    return answer


def _first_choice(answer: dict[str, Any], model_id: str | None) -> dict[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        malformed("choices", "a list with at least one entry", choices, model_id)
    choice = choices[0]
    if not isinstance(choice, dict):
        malformed("choices[0]", "an object", choice, model_id)
    return choice


def _text(choice: dict[str, Any], model_id: str | None) -> str:
    message = choice.get("message")
    if not isinstance(message, dict):
        malformed("choices[0].message", "an object", message, model_id)
    content = message.get("content")
    if content is not None and not isinstance(content, str):
        malformed("choices[0].message.content", "a string or null", content, model_id)
    if not content:
        _raise_if_refused(choice, message, model_id)
    return content or ""


def _raise_if_refused(
    choice: dict[str, Any], message: dict[str, Any], model_id: str | None
) -> None:
    if choice.get("finish_reason") == "content_filter":
        raise ContentRefusedError(
            "the content filter left nothing of the answer", model_id=model_id
        )
    if _string(message.get("refusal")):
        raise ContentRefusedError("the model refused to answer", model_id=model_id)


def malformed(where: str, wanted: str, found: object, model_id: str | None) -> NoReturn:
    """Raise ModelUnavailableError; of what was found it tells type and length only."""
    size = f" of length {len(found)}" if isinstance(found, str | list | dict) else ""
    shown = f"{type(found).__name__}{size}"
    message = f"the server's {where} should be {wanted} and is {shown}"
    raise ModelUnavailableError(message, model_id=model_id)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def rate_limits(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that tell of the provider's limits."""
    return {
        name: value
        for name, value in headers.items()
        if name.startswith(("x-ratelimit-", "retry-after"))
    }
