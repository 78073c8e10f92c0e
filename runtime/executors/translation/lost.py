"""What one family knows and the other does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ....actors.policies.outcomes.errors import UntranslatableRequestError
from .foreign import Foreign

_MOST_NAMED = 5


class Lost:
    """Collects the places of a request that have no counterpart, never what stands there."""

    def __init__(self, family: str) -> None:
        self._family = family
        self._places: list[str] = []

    def add(self, place: str) -> None:
        """Note one more."""
        self._places.append(place)

    def check(self) -> None:
        """Raise `UntranslatableRequestError` with their names, if there are any."""
        if not self._places:
            return
        named = ", ".join(self._places[:_MOST_NAMED])
        more = len(self._places) - _MOST_NAMED
        told = f"{named} and {more} more" if more > 0 else named
        raise UntranslatableRequestError(f"{self._family} has no counterpart for {told}")


def items_of(value: Foreign, place: str, lost: Lost) -> Iterable[tuple[str, Any]]:
    """What stands in a mapping; anything else is lost as a whole."""
    if isinstance(value, Mapping):
        return value.items()
    lost.add(place)
    return ()


class UnreadableAnswerError(ValueError):
    """An answer that cannot be told in the other form; the message holds nothing of it."""
