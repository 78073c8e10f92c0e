"""A model's answer, and how it is read from a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ....actors.policies.outcomes.errors import ContentRefusedError
from .faults.errors import error_in, in_band_error, malformed, unavailable
from .faults.exchange import Exchange
from .reading.parts import Parts, parts_of, reasoning_of
from .wire.json_value import Json, JsonObject

_GIVEN_UP = frozenset({"abort", "error", "insufficient_system_resource", "malformed_function_call"})
"""Finish reasons by which servers say that they could not go on: what they had is not all."""
_FILTERED = frozenset(
    {
        *("content_filter", "safety", "recitation", "blocklist", "prohibited_content", "spii"),
        *("image_safety", "image_prohibited_content", "refusal"),
    }
)
"""Finish reasons by which servers say that they keep an answer back; Google's too."""
_CALLS = ("tool_calls", "function_call")


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model answered; `str()` of it is the text.

    `text` is empty where the model only calls tools, and of families without any (embeddings); all
    is in `raw`, the whole answer in the form of the task's family. `reasoning` is what it thought
    before. `rate_limits` holds the headers about limits, names in lower case. `status`, `headers`
    (those that may be passed on) and `body` are what came over HTTP; the body of a translated
    answer is the translation, and `response` then is the provider's own object.

    >>> str(Completion("Hello", model="gpt-5", finish_reason="stop", usage={}, raw={}))
    'Hello'
    """

    text: str
    model: str
    finish_reason: str | None
    usage: Mapping[str, object]
    raw: Mapping[str, object] = field(repr=False)
    rate_limits: Mapping[str, str] = field(default_factory=dict[str, str])
    reasoning: str = field(default="", repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes = field(default=b"", repr=False)
    untranslated: Mapping[str, object] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.text

    @property
    def response(self) -> Mapping[str, object]:
        """The provider's own object."""
        return self.raw if self.untranslated is None else self.untranslated


def completion_of(answer: Json, exchange: Exchange) -> Completion:
    """Read the object of a 2xx answer; raises ModelUnavailableError where it is no completion."""
    fields = answer_object(answer, exchange)
    choice = _first_choice(fields, exchange)
    reason = finish_reason_of(choice)
    if is_given_up(reason):
        raise unavailable(f"the server gave the answer up ({shown_reason(reason)})", exchange)
    message = _message_of(choice, exchange)
    parts = _parts_of(message, exchange)
    if not parts.text and not parts.has_more and not any(map(message.get, _CALLS)):
        _raise_if_refused(reason, message, parts, exchange)
    reasoning = reasoning_of(message) or parts.reasoning
    return made(fields, exchange, text=parts.text, finish_reason=reason, reasoning=reasoning)


def made(
    fields: JsonObject,
    exchange: Exchange,
    *,
    text: str = "",
    finish_reason: str | None = None,
    reasoning: str = "",
    usage: Mapping[str, object] | None = None,
) -> Completion:
    """An answer with what is the same in all families."""
    told, model = usage or fields.get("usage"), fields.get("model")
    return Completion(
        text=text,
        model=model if isinstance(model, str) and model else exchange.model,
        finish_reason=finish_reason,
        usage=told if isinstance(told, dict) else {},
        raw=fields,
        rate_limits=exchange.rate_limits,
        reasoning=reasoning,
        status=exchange.status or 200,
        headers=exchange.told,
        body=exchange.body,
    )


def answer_object(answer: Json, exchange: Exchange) -> JsonObject:
    """The answer if it is an object without an error in it; else one of our errors."""
    if isinstance(answer, list) and answer and isinstance(answer[0], dict):
        answer = answer[0]  # Google sends its errors so, also under 200
    if not isinstance(answer, dict):
        malformed("answer", "an object", answer, exchange)
    if error := error_in(answer):
        raise in_band_error(error, exchange)
    return answer


def finish_reason_of(choice: Mapping[str, Json]) -> str | None:
    """Why a choice ended, without what some servers put behind it; None: it has not.

    >>> finish_reason_of({"finish_reason": "content_filter: SAFETY"})
    'content_filter'
    """
    for name in ("finish_reason", "native_finish_reason"):
        reason = choice.get(name)
        if isinstance(reason, str) and (reason := reason.partition(":")[0].strip()):
            return reason
    return None


def is_given_up(reason: str | None) -> bool:
    """Whether the server could not go on."""
    return reason is not None and reason.lower() in _GIVEN_UP


def is_filtered(reason: str | None) -> bool:
    """Whether the server keeps the answer back, or the rest of it."""
    return reason is not None and reason.lower() in _FILTERED


def shown_reason(reason: str | None) -> str:
    """One of the known reasons, for a message."""
    return str(reason).lower()


def _first_choice(answer: JsonObject, exchange: Exchange) -> JsonObject:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        malformed("choices", "a list with at least one entry", choices, exchange)
    choice = choices[0]
    if not isinstance(choice, dict):
        malformed("choices[0]", "an object", choice, exchange)
    return choice


def _message_of(choice: JsonObject, exchange: Exchange) -> JsonObject:
    """The message; without one what stands in its place: a delta, a text, or nothing."""
    message = choice.get("message", choice.get("delta"))
    if message is None:
        return {"content": choice.get("text")}
    if not isinstance(message, dict):
        malformed("choices[0].message", "an object", message, exchange)
    return message


def _parts_of(message: JsonObject, exchange: Exchange) -> Parts:
    content = message.get("content")
    parts = parts_of(content)
    if parts is None:
        malformed("choices[0].message.content", "a string, a list or null", content, exchange)
    return parts


def _raise_if_refused(
    reason: str | None, message: JsonObject, parts: Parts, exchange: Exchange
) -> None:
    if is_filtered(reason):
        raise ContentRefusedError(
            "the content filter left nothing of the answer", model_id=exchange.model_id
        )
    refusal = message.get("refusal")
    if parts.refusal or (isinstance(refusal, str) and refusal):
        raise ContentRefusedError("the model refused to answer", model_id=exchange.model_id)
