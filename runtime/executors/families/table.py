"""The forms of a model: of the families that it speaks, and of those that are translated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ....config.values.families import TRANSLATED, Family
from ..http.form import Form
from .chat.form import ChatForm
from .message.form import MAX_TOKENS, MessageForm
from .response import ResponseForm
from .side_calls import MESSAGE_TOKENS, RESPONSE_COMPACT, RESPONSE_INPUT_TOKENS
from .text import TextForm
from .translated import ChatOverMessages, MessageOverChat
from .values import EMBEDDING, MODERATION, RERANK

_FORMS: Mapping[Family, Form] = {
    Family.CHAT: ChatForm(),
    Family.TEXT_COMPLETION: TextForm(),
    Family.EMBEDDING: EMBEDDING,
    Family.RESPONSE: ResponseForm(),
    Family.RESPONSE_COMPACT: RESPONSE_COMPACT,
    Family.RESPONSE_INPUT_TOKENS: RESPONSE_INPUT_TOKENS,
    Family.MESSAGE_TOKENS: MESSAGE_TOKENS,
    Family.RERANK: RERANK,
    Family.MODERATION: MODERATION,
}


def forms_of(families: Iterable[Family], *, max_tokens: int = MAX_TOKENS) -> dict[Family, Form]:
    """A form for each type of task that a model takes: first those of its own, in their order.

    >>> [str(family) for family in forms_of([Family.MESSAGE])]
    ['message', 'chat']
    """
    own = {family: _own(family, max_tokens) for family in families}
    return {**own, **dict(_translated(own))}


def _own(family: Family, max_tokens: int) -> Form:
    return MessageForm(max_tokens) if family is Family.MESSAGE else _FORMS[family]


def _translated(own: Mapping[Family, Form]) -> Iterator[tuple[Family, Form]]:
    for wanted, spoken in TRANSLATED.items():
        native = own.get(spoken)
        if wanted in own or native is None:
            continue
        if isinstance(native, MessageForm):
            yield wanted, ChatOverMessages(native)
        elif isinstance(native, ChatForm):
            yield wanted, MessageOverChat(native)
