"""How attempts ended, for the owner: in order, in batches, and each at most once an epoch."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from .records import Run

MOST_RUNS = 1000
"""Runs that wait for the owner; older ones are dropped while no owner can be reached."""


class News:
    """What a peer has to tell of one model."""

    __slots__ = ("_alike", "_last", "_runs")

    def __init__(self) -> None:
        self._runs: deque[Run] = deque(maxlen=MOST_RUNS)
        # Those that have ended alike last, not yet among the runs: most attempts are one of them.
        self._last: Run | None = None
        self._alike = 0

    def add(self, run: Run) -> None:
        """One more attempt; a run grows while attempts end alike."""
        if run is not self._last and (run.wait or run != self._last):
            self._end_run()
            self._last = run
        self._alike += run.count

    def take(self) -> tuple[Run, ...]:
        """All of it; the next batch begins."""
        self._end_run()
        taken = tuple(self._runs)
        self._runs.clear()
        return taken

    def __len__(self) -> int:
        return len(self._runs) + (self._alike > 0)

    def _end_run(self) -> None:
        if self._last is not None:
            self._runs.append(replace(self._last, count=self._alike))
        self._last, self._alike = None, 0


class Heard:
    """Which exchanges and batches of each peer an owner has had, in this epoch.

    >>> heard = Heard()
    >>> heard.take("a", seq=2, batch=1, now=0.0)
    True
    >>> heard.take("a", seq=1, batch=1, now=0.0) is None  # late, or doubled
    True
    >>> heard.take("a", seq=3, batch=1, now=0.0)  # the answer to 2 was lost
    False
    """

    __slots__ = ("_last",)

    KEPT = 600.0
    """Seconds for which a peer that is silent is remembered: no message is that late."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[int, int, float]] = {}

    def take(self, peer: str, *, seq: int, batch: int, now: float) -> bool | None:
        """Whether the batch is new; None: the whole exchange has been overtaken."""
        last_seq, last_batch, _ = self._last.get(peer, (0, 0, 0.0))
        if seq <= last_seq:
            return None
        self._last[peer] = (seq, max(batch, last_batch), now)
        return batch > last_batch

    def ages(self, now: float) -> dict[str, float]:
        """The seconds since each peer was heard last."""
        return {peer: now - last[2] for peer, last in self._last.items()}

    def forget(self, now: float) -> None:
        """Forget the peers that have been silent for long."""
        self._last = {p: last for p, last in self._last.items() if last[2] + self.KEPT > now}
