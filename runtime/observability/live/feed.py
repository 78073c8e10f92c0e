"""What those that show a fleet need of it: that of one process, or of all workers of a server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .records import Record


class Feed(Protocol):
    """Tells how things are, as of the last `refresh`."""

    def wake_by(self, wake: Callable[[], object]) -> None:
        """Call this for each event, in any thread."""
        ...

    async def refresh(self, every: float = 0.0) -> None:
        """Ask others how they are, if the last time is `every` seconds ago."""
        ...

    def state(self, after: int | None = None) -> Record:
        """All of it; with `after` the events since that number, where none of them is lost."""
        ...

    def look(self, after: int | None = None) -> Record:
        """As `state`, without the audit and the tasks."""
        ...

    def change(self) -> Record | None:
        """What differs since the last call; None: nothing does."""
        ...

    def name(self) -> str:
        """The id of what was told last."""
        ...

    def now(self) -> int:
        """Milliseconds since 1970."""
        ...

    def after(self, last_id: str | None) -> int | None:
        """The number in an id that a viewer brings back; None: of another run, or none."""
        ...
