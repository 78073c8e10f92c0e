"""OpenAI's Responses, as far as no server has to remember anything."""

from __future__ import annotations

from typing import Any

from ....actors.policies.outcomes.errors import ContentRefusedError
from ....config.values.families import Family
from ..http.chat_request import invalid, payload_fields
from ..http.completion import Completion, answer_object, made
from ..http.faults.errors import in_band_error, malformed, unavailable
from ..http.faults.exchange import Exchange
from ..http.form import Form
from ..http.reading.answer_reader import AnswerReader
from ..http.wire.json_value import Json
from .chat.faults import OPENAI_FAULTS
from .response_output import reasoning_of, refusal_of, text_of
from .response_reader import ResponseReader

_WHOLE = frozenset({"completed", "incomplete"})
_IN_THE_BACKGROUND = frozenset({"queued", "in_progress"})


class ResponseForm(Form):
    """Responses as they are."""

    family = Family.RESPONSE
    path = "/responses"
    faults = OPENAI_FAULTS

    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        fields = dict(payload_fields(payload, model_id, text_as="input"))
        if not {"input", "prompt", "previous_response_id", "conversation"} & fields.keys():
            raise invalid("a task of the type response needs an `input`", model_id)
        return fields

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        return response_of(answer, exchange)

    def reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        return ResponseReader(exchange)

    def assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = events[-1]["response"]
        return found


def response_of(answer: Any, exchange: Exchange) -> Completion:
    """Read a response; raises one of our errors where it is none, or has failed."""
    fields: dict[str, Any] = answer_object(answer, exchange)
    status = fields.get("status")
    if status == "failed":
        raise in_band_error(fields.get("error") or fields, exchange)
    background = fields.get("background") is True and status in _IN_THE_BACKGROUND
    if status not in _WHOLE and not background:
        known = status if status in ("cancelled", *_IN_THE_BACKGROUND) else "of no known status"
        raise unavailable(f"the server's response is {known}, not complete", exchange)
    output: Json = fields.get("output")
    if not isinstance(output, list):
        malformed("output", "a list", output, exchange)
    text = text_of(output)
    if refusal_of(output) and not text:
        raise ContentRefusedError("the model refused to answer", model_id=exchange.model_id)
    return made(fields, exchange, text=text, finish_reason=status, reasoning=reasoning_of(output))
