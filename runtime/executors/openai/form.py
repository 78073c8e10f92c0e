"""Answers in the form of OpenAI's chat completions, whoever carries them."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from ..http.api_key import ApiKey
from ..http.call import Call
from ..http.call_options import CallOptions
from ..http.chat_executor import ChatExecutor
from ..http.completion import Completion, completion_of
from ..http.faults.exchange import Exchange
from ..http.faults.error_body import MOST_BYTES
from ..http.reading.answer_reader import AnswerReader
from ..http.reading.body import Body
from ..http.usage_wish import UsageWishes, is_wished, may_refuse
from ..transport.already_read import AlreadyRead
from ..transport.protocol import Response, Transport
from .assembly import assembled
from .completion_reader import CompletionReader
from .faults import OPENAI_FAULTS

_MOST_CHOICES = 1000


class OpenAIForm(ChatExecutor):
    """Reads chat completions."""

    _faults = OPENAI_FAULTS

    def __init__(
        self, model: str, api_key: ApiKey, options: CallOptions, transport: Transport
    ) -> None:
        super().__init__(model, api_key, options, transport)
        self._wishes = UsageWishes()

    async def _ask_for_stream(self, fields: dict[str, Any], call: Call) -> Response:
        """Asks for the usage too, and without it where the server refuses that."""
        wished = self._wishes.added(fields)
        response = await super()._ask_for_stream(wished, call)
        if wished is fields or not may_refuse(response.status):
            return response
        async with aclosing(response):
            words = await Body(response, call.left).beginning(MOST_BYTES)
        if self._wishes.is_refused(wished, words):
            return await super()._ask_for_stream(fields, call)
        return AlreadyRead(response.status, response.headers, words)

    def _completion(self, answer: object, exchange: Exchange) -> Completion:
        return completion_of(answer, exchange)

    def _reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        wanted = fields.get("n")
        if not isinstance(wanted, int) or not 1 <= wanted <= _MOST_CHOICES:
            wanted = 1
        return CompletionReader(exchange, choices=wanted, hides_usage=not is_wished(fields))

    def _assembled(self, events: list[dict[str, Any]]) -> dict[str, Any]:
        return assembled(events)
