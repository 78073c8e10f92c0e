"""What an application holds in the hand of recovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...actors.policies.recovery.records import RecoveryStatus

if TYPE_CHECKING:
    from ..portal.portal import OnLoop
    from ..recovery.recovering import Recovering


class RecoveryHandle:
    """What the runtime does by itself for models in trouble, from any thread."""

    __slots__ = ("_on_loop", "_part")

    def __init__(self, part: Recovering, on_loop: OnLoop) -> None:
        self._part, self._on_loop = part, on_loop

    def status(self) -> RecoveryStatus:
        """What is switched on, what is done now, and the last hundred remedies."""
        return self._on_loop(self._part.status)
