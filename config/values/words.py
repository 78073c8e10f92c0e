"""Names of settings, and the known name that a wrong word is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, TypeAlias

from pydantic import Field

from .accepts import Accepts

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys, and numbers in lists."""

Names: TypeAlias = Accepts[
    Annotated[tuple[str, ...], Field(json_schema_extra={"uniqueItems": True})],
    list[str] | tuple[str, ...],
]
"""Models, each of them once."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`, or None."""
    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else None


def plain_name(value: str) -> str:
    """A name as it is. Raises `ValueError` where the eye could not tell it from another."""
    if value != value.strip() or not value.isprintable():
        raise ValueError("a name has no spaces around it and only printable characters")
    return value


def printable(text: str) -> str:
    """The text in one line, without characters that a terminal obeys or cannot show."""
    return text if text.isprintable() else repr(text)[1:-1]
