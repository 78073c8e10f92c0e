"""What kind of task it is, as far as that says which models may take it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import NamedTuple

from ...config.values.families import Family, family_of
from .outcomes.foreign import as_mapping, as_sequence

_REMEMBERED = ("previous_response_id", "conversation", "background")
"""Fields that only one server knows the meaning of."""
_SEALED = ("thinking_blocks", "reasoning_details")
"""Fields of a message that a provider's account has signed or encrypted."""
_SEALED_BLOCKS = frozenset({"redacted_thinking"})
_MARKS = (b'"signature"', b'"redacted_thinking"', b'"encrypted_content"', b'"reasoning_details"')


class Bound(Enum):
    """To what a task is bound besides its family."""

    FREE = auto()
    SPACE = auto()
    """Embeddings: to models whose vectors can be compared."""
    GROUP = auto()
    MODEL = auto()


class Kind(NamedTuple):
    """A kind of task; without a family every model may take it."""

    family: Family | None = Family.CHAT
    bound: Bound = Bound.FREE
    named: str | None = None
    """What an embedding's payload calls the model."""


_OF_RESPONSES = (Family.RESPONSE, Family.RESPONSE_COMPACT, Family.RESPONSE_INPUT_TOKENS)
_OF_MESSAGES = (Family.CHAT, Family.MESSAGE, Family.MESSAGE_TOKENS)
USUAL = Kind()
ANY = Kind(None)
_BY_FAMILY: Mapping[Family, Kind] = {
    **{family: Kind(family) for family in Family},
    Family.CHAT: USUAL,
    Family.EMBEDDING: Kind(Family.EMBEDDING, Bound.SPACE),
    **{family: Kind(family, Bound.GROUP) for family in _OF_RESPONSES},
}


def kind_of(name: object, payload: object, *, reads: bool = True) -> Kind:
    """The kind of a task of the type `name`; `reads`: whether its payload may tell more of it.

    Raises no `Exception`.

    >>> kind_of("chat", {"prompt": "Hi"}) is USUAL
    True
    """
    family = family_of(name) if isinstance(name, str) else Family.CHAT
    kind = _BY_FAMILY[family]
    try:
        match family:
            case Family.EMBEDDING:
                return kind._replace(named=_model(payload))
            case _ if family in _OF_RESPONSES and _is_remembered(payload):
                return kind._replace(bound=Bound.MODEL)
            case _ if family in _OF_MESSAGES and reads and is_sealed(payload):
                return kind._replace(bound=Bound.GROUP)
            case _:
                return kind
    except Exception:  # a payload is the user's own, and may fail at being looked at
        return kind


def is_sealed(payload: object) -> bool:
    """Whether it has signed thinking or encrypted reasoning in it.

    >>> block = {"type": "thinking", "thinking": "Hm", "signature": "x"}
    >>> is_sealed({"messages": [{"role": "assistant", "content": [block]}]})
    True
    """
    if isinstance(payload, bytes | bytearray):
        return any(mark in payload for mark in _MARKS)
    fields = as_mapping(payload)
    messages = None if fields is None else as_sequence(fields.get("messages"))
    return any(_is_sealed(as_mapping(message)) for message in messages or ())


def _is_sealed(message: Mapping[object, object] | None) -> bool:
    if message is None or message.get("role") != "assistant":
        return False
    if any(message.get(name) for name in _SEALED):
        return True
    blocks = map(as_mapping, as_sequence(message.get("content")) or ())
    return any(block is not None and _is_sealed_block(block) for block in blocks)


def _is_sealed_block(block: Mapping[object, object]) -> bool:
    return bool(block.get("signature")) or block.get("type") in _SEALED_BLOCKS


def _is_remembered(payload: object) -> bool:
    if isinstance(payload, bytes | bytearray):
        return any(f'"{name}"'.encode() in payload for name in _REMEMBERED[:2])
    fields = as_mapping(payload)
    return fields is not None and any(fields.get(name) for name in _REMEMBERED)


def _model(payload: object) -> str | None:
    fields = as_mapping(payload)
    named = None if fields is None else fields.get("model")
    return named if isinstance(named, str) else None
