"""Calls beside responses and messages, which many servers lack: to count tokens, to compact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ....config.values.families import Family
from ..http.completion import Completion, answer_object, made
from ..http.faults.errors import malformed
from ..http.faults.exchange import Exchange
from ..http.faults.meaning import FaultTable
from .chat.faults import OPENAI_FAULTS
from .message.faults import ANTHROPIC_FAULTS
from .values import ValuesForm

_NOT_THERE = frozenset({404, 405, 501})


def _beside(faults: FaultTable) -> FaultTable:
    """The same, but that a server without the call says nothing about the model."""
    return replace(faults, limits=_NOT_THERE)


class TokensForm(ValuesForm):
    """How many tokens a request would be; the answer has `input_tokens`."""

    def completion(self, answer: Any, exchange: Exchange) -> Completion:
        fields = answer_object(answer, exchange)
        count = fields.get("input_tokens")
        if not isinstance(count, int) or isinstance(count, bool):
            malformed("input_tokens", "a number", count, exchange)
        return made(fields, exchange)


RESPONSE_COMPACT = ValuesForm(
    Family.RESPONSE_COMPACT,
    "/responses/compact",
    text_as="input",
    needs=(),
    lists=("output",),
    faults=_beside(OPENAI_FAULTS),
)
RESPONSE_INPUT_TOKENS = TokensForm(
    Family.RESPONSE_INPUT_TOKENS,
    "/responses/input_tokens",
    text_as="input",
    needs=(),
    lists=(),
    faults=_beside(OPENAI_FAULTS),
)
MESSAGE_TOKENS = TokensForm(
    Family.MESSAGE_TOKENS,
    "/messages/count_tokens",
    text_as=None,
    needs=("messages",),
    lists=(),
    faults=_beside(ANTHROPIC_FAULTS),
)
