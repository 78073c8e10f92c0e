"""The dialect of each family."""

from __future__ import annotations

from collections.abc import Mapping

from ....config.values.families import Family
from .dialect import Dialect
from .message import MessageDialect
from .openai import ChatDialect, OpenAIDialect, TextDialect
from .response import ResponseDialect

CHAT = ChatDialect()
MESSAGE = MessageDialect()
DIALECTS: Mapping[Family, Dialect] = {
    Family.CHAT: CHAT,
    Family.TEXT_COMPLETION: TextDialect(),
    Family.MESSAGE: MESSAGE,
    Family.MESSAGE_TOKENS: MessageDialect(Family.MESSAGE_TOKENS),
    Family.RESPONSE: ResponseDialect(),
    Family.RESPONSE_COMPACT: ResponseDialect(Family.RESPONSE_COMPACT),
    Family.RESPONSE_INPUT_TOKENS: ResponseDialect(Family.RESPONSE_INPUT_TOKENS),
    Family.EMBEDDING: OpenAIDialect(Family.EMBEDDING),
    Family.RERANK: OpenAIDialect(Family.RERANK),
    Family.MODERATION: OpenAIDialect(Family.MODERATION),
}


def dialect_at(path: str) -> Dialect:
    """The form in which an error on a path is told, whatever is there.

    >>> dialect_at("/v1/messages/nothing") is MESSAGE
    True
    """
    is_message = path == "/v1/messages" or path.startswith("/v1/messages/")
    return MESSAGE if is_message else CHAT
