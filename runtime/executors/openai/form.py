"""Answers in the form of OpenAI's chat completions, whatever carries them."""

from __future__ import annotations

from typing import Any

from ..http.chat_executor import ChatExecutor
from ..http.completion import Completion, completion_of
from ..http.faults.exchange import Exchange
from ..http.reading.answer_reader import AnswerReader
from ..http.wire.json_value import Json, JsonObject
from .assembly import assembled
from .completion_reader import CompletionReader
from .faults import OPENAI_FAULTS

_MOST_CHOICES = 1000


class OpenAIForm(ChatExecutor):
    """Reads chat completions."""

    _faults = OPENAI_FAULTS

    def _completion(self, answer: Json, exchange: Exchange) -> Completion:
        return completion_of(answer, exchange)

    def _reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        wanted = fields.get("n")
        if not isinstance(wanted, int) or not 1 <= wanted <= _MOST_CHOICES:
            wanted = 1
        return CompletionReader(exchange, choices=wanted)

    def _assembled(self, events: list[JsonObject]) -> JsonObject:
        return assembled(events)
