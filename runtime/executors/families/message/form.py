"""Anthropic's Messages."""

from __future__ import annotations

from typing import Any

from .....config.values.families import Family
from ...http.chat_request import payload_fields, with_messages
from ...http.completion import Completion
from ...http.faults.exchange import Exchange
from ...http.form import Form
from ...http.reading.answer_reader import AnswerReader
from .assembly import assembled
from .faults import ANTHROPIC_FAULTS
from .message import message_fields, message_of
from .message_reader import MessageReader

MAX_TOKENS = 4096
"""Of an answer, where the payload does not say: a message must."""


class MessageForm(Form):
    """Messages as they are; `max_tokens` is for payloads that name none."""

    family = Family.MESSAGE
    path = "/messages"
    faults = ANTHROPIC_FAULTS

    def __init__(self, max_tokens: int = MAX_TOKENS) -> None:
        self.max_tokens: int = max_tokens

    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        given = with_messages(payload_fields(payload, model_id, text_as="prompt"), model_id)
        return message_fields(given)

    def finished(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"max_tokens": self.max_tokens, **fields}

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        return message_of(answer, exchange)

    def reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        return MessageReader(exchange)

    def assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return assembled(events)

    def continued(self, payload: object, partial: str) -> dict[str, Any] | None:
        fields = self.fields(payload, None)
        told = {"role": "assistant", "content": partial}
        return {**fields, "messages": [*fields["messages"], told]}
