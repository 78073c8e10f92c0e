"""What a peer hears of its owner's breaker and goes by, and what it tells the owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.news import News
from hive_resilience.actors.policies.cluster.records import Run, View
from hive_resilience.actors.policies.cluster.views import NO_ANSWER, Sight

if TYPE_CHECKING:
    from .peers import Peer
    from .promises import Promises

_LONG = 0.1
"""Seconds that an open breaker has to go on for, to be missed."""


class WatchedSight(Sight):
    """As `Sight`; remembers the newest view that was heard, whatever was made of it.

    Epochs of a simulation count upward.
    """

    def __init__(self, name: str, promises: Promises) -> None:
        super().__init__()
        self._name, self._promises = name, promises
        self.newest: View | None = None

    def adopt(
        self, view: View, breaker: CircuitBreaker, now: float, sent_at: float = NO_ANSWER
    ) -> bool:
        before, left = self.view, self.waits(now)
        if self._knows_better(view, sent_at, now):
            return super().adopt(view, breaker, now, sent_at)
        if self.newest is None or _age(view) >= _age(self.newest):
            self.newest = view
        moved = super().adopt(view, breaker, now, sent_at)
        after = self.view
        if after is not None and _age(after) < _age(self.newest):
            self._promises.broken(f"{self._name} goes by an older view")
        if before is not None and after is not None and before.epoch != after.epoch:
            was_open = before.state in (State.OPEN, State.FORCED_OPEN) and left > _LONG
            if was_open and after.state is State.CLOSED and self._promises.is_learning(after.epoch):
                self._promises.broken(f"{self._name} is told to forget that the breaker is open")
        return moved


class WatchedNews(News):
    """As `News`; notes each outcome that its model tells."""

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self._peer = peer

    def add(self, run: Run) -> None:
        self._peer.told += run.count
        self._peer.world.promises.reported[run.epoch, run.generation] += run.count
        super().add(run)


def _age(view: View) -> tuple[int, int]:
    return view.epoch, view.stamp
