"""Which chunks of a stream are content, and what their text is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class StreamRestarted:
    """In a stream, in place of a chunk: what came before is void, the answer begins again.

    `interrupted` is the model whose stream was cut, `model_id` the one that begins. As text it is
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
    except Exception:  # a chunk is the user's own class, and may fail whoever looks at it
        return True


def text_of(chunk: object) -> str:
    """The text of a chunk, for the partial answer."""
    if isinstance(chunk, str):
        return chunk
    return chunk.decode("utf-8", "replace") if isinstance(chunk, bytes) else str(chunk)
