"""What callers do to a fleet: an event each, and kept by a history before the verb returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ...actors.events import ActionTaken
from ...actors.policies.outcomes.errors import InvalidRequestError
from ...config.values.redaction import redacted
from .event_bus import EventBus

T = TypeVar("T")

PROGRAM, OPERATOR, RUNTIME = "program", "operator", "runtime"
"""`by` and `reason` where the caller says nothing, and `by` of what no caller has asked for."""
LONGEST = 200
PATIENCE = 2.0
"""Seconds that a verb waits for its row at most."""
PATIENCE_ON_LOOP = 0.05
"""The same on the loop of the fleet, where every task waits meanwhile; a row takes 0.2 ms."""


@dataclass(frozen=True, slots=True)
class Author:
    """The caller of a verb, and why it is called; one line of 200 characters each at most."""

    by: str = PROGRAM
    reason: str = OPERATOR
    automatic: bool = False
    """Whether the runtime acts by itself."""

    @classmethod
    def of(cls, by: object, reason: object) -> Author:
        """Checks what a caller says. Raises `InvalidRequestError` for what is no text."""
        return cls(_line("by", by, PROGRAM), _line("reason", reason, OPERATOR))


AUTOMATIC = Author(RUNTIME, "recovery", automatic=True)
"""The runtime itself, where it recovers."""


def _line(name: str, told: object, default: str) -> str:
    if not isinstance(told, str):
        article = "an author" if name == "by" else "a reason"
        raise InvalidRequestError(f"{article} is a text, not a {type(told).__name__}")
    line = " ".join(redacted(told).split())
    return (line if len(line) <= LONGEST else line[: LONGEST - 3] + "...") or default


class Actions:
    """Tells subscribers what was done. `is_here`: whether this thread is that of the loop."""

    __slots__ = ("_bus", "_is_here")

    def __init__(self, bus: EventBus, is_here: Callable[[], bool]) -> None:
        self._bus = bus
        self._is_here = is_here

    def deed(self, work: Callable[[], T]) -> T:
        """Do on the loop what a caller has asked for: the events of it tell of no automatic act."""
        self._bus.by_hand += 1
        try:
            return work()
        finally:
            self._bus.by_hand -= 1

    def tell(
        self,
        action: str,
        target: str | None,
        author: Author,
        before: str | None = None,
        after: str | None = None,
    ) -> None:
        """Publish what was done; `before` and `after` say it in a word."""
        self._bus.publish(
            ActionTaken,
            action=action,
            target=target,
            by=author.by,
            reason=author.reason,
            before=before,
            after=after,
            automatic=author.automatic,
        )

    def keep(self) -> None:
        """Wait until a history has what was told; not for long where it cannot."""
        written = self._bus.written()
        if written is not None:
            written.wait(PATIENCE_ON_LOOP if self._is_here() else PATIENCE)

    async def kept(self) -> None:
        """As `keep`, without blocking the loop."""
        written = self._bus.written()
        if written is not None:
            await written.arrived(PATIENCE)
