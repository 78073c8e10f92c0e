"""Answers in the form of OpenAI's chat completions, whoever carries them."""

from __future__ import annotations

from typing import Any

from ..http.answer_reader import AnswerReader, Exchange
from ..http.call import Call
from ..http.chat_executor import ChatExecutor
from ..http.completion import Completion, rate_limits, read_completion
from ..transport.protocol import Response
from .completion_reader import CompletionReader

_MOST_CHOICES = 1000


class OpenAIForm(ChatExecutor):
    """Reads chat completions."""

    def _read(self, body: bytes, exchange: Exchange) -> Completion:
        return read_completion(
            body,
            exchange.headers,
            model=exchange.model,
            secret=exchange.secret,
            model_id=exchange.model_id,
        )

    def _reader(self, fields: dict[str, Any], exchange: Exchange) -> AnswerReader:
        wanted = fields.get("n")
        if not isinstance(wanted, int) or not 1 <= wanted <= _MOST_CHOICES:
            wanted = 1
        return CompletionReader(exchange, choices=wanted)

    def _exchange(self, response: Response, call: Call) -> Exchange:
        headers = response.headers
        return Exchange(self.model, call.model_id, call.key, headers, rate_limits(headers))
