"""OpenAI's chat completions."""

from __future__ import annotations

from typing import Any

from .....config.values.families import Family
from ...http.chat_request import payload_fields, with_messages
from ...http.completion import Completion, completion_of
from ...http.faults.exchange import Exchange
from ...http.form import Form
from ...http.reading.answer_reader import AnswerReader
from ...http.usage_wish import is_wished
from .assembly import assembled
from .completion_reader import CompletionReader
from .faults import OPENAI_FAULTS

_MOST_CHOICES = 1000


class ChatForm(Form):
    """Chat completions as they are."""

    family = Family.CHAT
    path = "/chat/completions"
    faults = OPENAI_FAULTS
    wishes_usage = True
    _reader: type[CompletionReader] = CompletionReader

    def fields(self, payload: object, model_id: str | None) -> dict[str, Any]:
        return with_messages(payload_fields(payload, model_id, text_as="prompt"), model_id)

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        return completion_of(answer, exchange)

    def reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        wanted = choices_of(fields)
        return self._reader(exchange, choices=wanted, hides_usage=not is_wished(fields))

    def assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return assembled(events)

    def continued(self, payload: object, partial: str) -> dict[str, Any] | None:
        return with_partial(self.fields(payload, None), partial)


def with_partial(fields: dict[str, Any], partial: str) -> dict[str, Any]:
    """The fields that ask for the rest: the partial answer is the assistant's last message."""
    told = {"role": "assistant", "content": partial}
    return {**fields, "messages": [*fields["messages"], told]}


def choices_of(fields: dict[str, Any]) -> int:
    """How many answers a request wants."""
    wanted = fields.get("n")
    return wanted if isinstance(wanted, int) and 1 <= wanted <= _MOST_CHOICES else 1
