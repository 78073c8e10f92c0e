"""Names of settings, and the known name that a wrong word is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from .accepts import Accepts

KeyPath = tuple[str | int, ...]
"""Where a value stands: keys, and numbers in lists."""

UnknownVariables = Literal["error", "ignore"]
"""What becomes of a variable that has the prefix and fits no setting."""

Names: TypeAlias = Accepts[
    Annotated[tuple[str, ...], Field(json_schema_extra={"uniqueItems": True})],
    list[str] | tuple[str, ...],
]
"""Models, each of them once."""


_LONGEST_WORD = 100
"""Characters: comparing takes the square of them, and a longer word is no slip of a name."""
_MOST_WORDS = 1_000
"""Of a large fleet the first ones have to do."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`, or None."""
    if len(word) > _LONGEST_WORD:
        return None
    likely = [one for one in islice(known, _MOST_WORDS) if len(one) <= _LONGEST_WORD]
    found = get_close_matches(word, likely, n=1)
    return found[0] if found else None


def plain_name(value: str) -> str:
    """A name as it is. Raises `ValueError` where the eye could not tell it from another."""
    if value != value.strip() or not value.isprintable():
        raise ValueError("a name has no spaces around it and only printable characters")
    return value


def printable(text: str) -> str:
    """The text in one line, without characters that a terminal obeys or cannot show."""
    return text if text.isprintable() else repr(text)[1:-1]
