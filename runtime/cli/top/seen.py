"""What a view has seen of a fleet so far, and since when it sees nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ....actors.policies.outcomes.foreign import as_mapping, as_sequence
from ....config.values.words import printable

_EVENTS = 200


class Seen(NamedTuple):
    """The last look, the newest events first, and `lost`: why there is none since then.

    `at` is monotonic seconds.
    """

    look: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    at: float
    lost: str | None = None

    @classmethod
    def first(cls, look: Mapping[str, Any], now: float) -> Seen:
        """After the first look."""
        return cls(look, (), now).then(look, now)

    def then(self, look: Mapping[str, Any], now: float) -> Seen:
        """After another look, with the events that came since the last one."""
        clean: Any = _printable(look)
        before = self.events if clean["kept"] else ()
        return Seen(clean, (*reversed(clean["events"]), *before)[:_EVENTS], now)

    def losing(self, why: str) -> Seen:
        """There was no look, and why."""
        return self._replace(lost=printable(why))

    @property
    def id(self) -> str:
        """For the next look."""
        return str(self.look["id"])

    def wall(self, now: float) -> float:
        """Milliseconds since 1970, by the clock of the fleet."""
        wall: float = self.look["now"] + (now - self.at) * 1e3
        return wall


def _printable(value: object) -> object:
    """The same without a character that a terminal would obey: it comes from another process."""
    if isinstance(value, str):
        return printable(value)
    members, items = as_mapping(value), as_sequence(value)
    if members is not None:
        return {printable(str(name)): _printable(one) for name, one in members.items()}
    return value if items is None else [_printable(one) for one in items]
