"""Which chunks of a stream are content, and what their text is."""

from __future__ import annotations

from codecs import getincrementaldecoder
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class StreamRestarted:
    """In a stream, in place of a chunk: what came before is void, the answer begins again.

    `interrupted` is the model whose stream was cut, `model_id` the model that begins. As text it is
    empty, and it is no content.
    """

    is_content: ClassVar[bool] = False

    interrupted: str
    model_id: str

    def __str__(self) -> str:
        return ""


def is_content(chunk: object) -> bool:
    """Whether a chunk is part of the answer: not empty, and not said to be none of it.

    Chunks that open a stream, keep it alive or tell its usage say so by `is_content = False`.

    >>> is_content("Hel"), is_content(""), is_content(None)
    (True, False, False)
    """
    if isinstance(chunk, str | bytes):
        return len(chunk) > 0
    if chunk is None:
        return False
    try:
        return getattr(chunk, "is_content", True) is not False
    except Exception:  # a chunk is of the user's own class, and may fail at being looked at
        return True


def can_continue(chunk: object) -> bool:
    """Whether another model can go on after it, knowing only the text; a tool call it cannot.

    Such chunks say so by `can_continue = False`.
    """
    if isinstance(chunk, str | bytes):
        return True
    try:
        return getattr(chunk, "can_continue", True) is not False
    except Exception:  # a chunk is of the user's own class, and may fail at being looked at
        return True


def is_for_the_runtime(chunk: object) -> bool:
    """Whether a chunk only tells the runtime something, and no reader has asked for it.

    Such chunks say so by `for_runtime = True`.
    """
    try:
        return getattr(chunk, "for_runtime", False) is True
    except Exception:  # a chunk is of the user's own class, and may fail at being looked at
        return False


class Texts:
    """The texts of one stream's chunks, for its answer.

    Bytes are UTF-8, and a character may begin in one chunk and end in the next.

    >>> texts = Texts()
    >>> [texts.of("a"), texts.of(b"\\xc3"), texts.of(b"\\xa4")]
    ['a', '', '\xe4']
    """

    __slots__ = ("_decoder",)

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")("replace")

    def of(self, chunk: object) -> str:
        """The text of the next chunk."""
        if isinstance(chunk, str):
            return chunk
        return self._decoder.decode(chunk) if isinstance(chunk, bytes) else str(chunk)
