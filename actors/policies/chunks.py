"""Which chunks of a stream are content, and what their text is."""

from __future__ import annotations


def is_content(chunk: object) -> bool:
    """Whether a chunk is part of the answer: not empty, and not said to be none of it.

    Chunks that open a stream, keep it alive or tell its usage say so by `is_content = False`.

    >>> is_content("Hel"), is_content(""), is_content(None)
    (True, False, False)
    """
    if isinstance(chunk, str | bytes):
        return len(chunk) > 0
    return chunk is not None and getattr(chunk, "is_content", True) is not False


def text_of(chunk: object) -> str:
    """The text of a chunk, for the partial answer."""
    if isinstance(chunk, str):
        return chunk
    return chunk.decode("utf-8", "replace") if isinstance(chunk, bytes) else str(chunk)
