"""What the choice of a model may know of its load."""

from __future__ import annotations

from typing import Protocol


class Load(Protocol):
    """The load of one model just now. It is read at a choice, and counts nothing for it."""

    @property
    def in_flight(self) -> int:
        """Places that are taken: calls under way, and threads that will not end."""
        ...

    @property
    def failed(self) -> int:
        """Attempts that speak against the model, since the start."""
        ...

    def has_place(self, now: float) -> bool:
        """Whether a call that comes now begins at once."""
        ...

    def is_on_trial(self, now: float) -> bool:
        """Whether its breaker is half-open, and lets few calls through by itself."""
        ...
