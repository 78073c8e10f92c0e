"""When an experiment ends because of what it does to the tasks."""

from __future__ import annotations

from collections import deque

from ....config.settings.chaos import ChaosConfig

RECENT = 100
"""Tasks that the share is taken of."""


class TaskWatch:
    """The last tasks since an experiment began."""

    __slots__ = ("_recent", "answered", "tasks")

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self.tasks = self.answered = 0

    def note(self, answered: bool) -> None:
        """One more task has ended."""
        self._recent.append(answered)
        self.tasks += 1
        self.answered += answered

    def reason_to_abort(self, settings: ChaosConfig) -> str | None:
        """Why the experiment has to end now; None: it may go on."""
        if self.tasks < settings.abort_after:
            return None
        share = sum(self._recent) / len(self._recent)
        if share >= settings.abort_below:
            return None
        told = f"only {share:.1%} of the last {len(self._recent)} tasks were answered"
        return f"{told}; chaos.abort_below is {settings.abort_below:.3g}"
