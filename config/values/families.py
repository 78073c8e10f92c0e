"""The families of calls: what a task wants, and what a model's server speaks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import cast


class Family(StrEnum):
    """A kind of request with its own form, answers and end of a stream."""

    # The hash of an enum is a Python function; these are keys on the way of every task.
    __hash__ = str.__hash__

    CHAT = "chat"
    """OpenAI's chat completions; the type of a task that names no other."""
    TEXT_COMPLETION = "text_completion"
    """OpenAI's completions: a prompt, and the text that follows it."""
    EMBEDDING = "embedding"
    RESPONSE = "response"
    """OpenAI's Responses."""
    RESPONSE_COMPACT = "response_compact"
    """A shorter form of what a response goes on from."""
    RESPONSE_INPUT_TOKENS = "response_input_tokens"
    """How many tokens a response would read."""
    MESSAGE = "message"
    """Anthropic's Messages."""
    MESSAGE_TOKENS = "message_tokens"
    """How many tokens a message would read."""
    RERANK = "rerank"
    MODERATION = "moderation"


Families = frozenset[Family]

TRANSLATED: Mapping[Family, Family] = {
    Family.CHAT: Family.MESSAGE,
    Family.MESSAGE: Family.CHAT,
}
"""The family that stands in for another one, by translation."""

_CHAT, _MESSAGE = Family.CHAT, Family.MESSAGE
_RESPONSES = (Family.RESPONSE, Family.RESPONSE_COMPACT, Family.RESPONSE_INPUT_TOKENS)
_SERVER = (_CHAT, Family.TEXT_COMPLETION, Family.EMBEDDING)
OF_PROVIDER: Mapping[str, tuple[Family, ...]] = {
    "openai": (*_SERVER, *_RESPONSES, Family.MODERATION),
    "azure": (*_SERVER, *_RESPONSES),
    "anthropic": (_MESSAGE, Family.MESSAGE_TOKENS),
    "anthropic_bedrock": (_MESSAGE,),
    "anthropic_vertex": (_MESSAGE, Family.MESSAGE_TOKENS),
}
"""What the providers' models speak whose settings do not say it."""
NO_OTHERS = frozenset({"azure", "anthropic", "anthropic_bedrock", "anthropic_vertex"})
"""Providers that speak nothing else."""


def family_of(kind: str) -> Family:
    """The family of a task of this type; any other word means `chat`.

    >>> str(family_of("embedding")), str(family_of("completion"))
    ('embedding', 'chat')
    """
    return _BY_NAME.get(kind, _CHAT)


def usual_families(provider: str | None) -> tuple[Family, ...]:
    """What the models of a provider speak, an OpenAI-compatible server for any unknown one."""
    return OF_PROVIDER.get(provider or "", _SERVER)


def stated_families(told: object) -> Families | None:
    """What an executor says of itself; None: nothing that can be understood."""
    if not isinstance(told, frozenset):
        return None
    words = cast("frozenset[object]", told)
    found = frozenset(Family(word) for word in words if isinstance(word, str) and word in _BY_NAME)
    return found if len(found) == len(words) else None


def takes(families: Collection[Family] | None, family: Family) -> bool:
    """Whether a model takes tasks of a family; None: it takes all.

    >>> takes({Family.MESSAGE}, Family.CHAT), takes({Family.MESSAGE}, Family.EMBEDDING)
    (True, False)
    """
    if families is None or family in families:
        return True
    other = TRANSLATED.get(family)
    return other is not None and other in families


_BY_NAME: Mapping[str, Family] = {str(family): family for family in Family}
