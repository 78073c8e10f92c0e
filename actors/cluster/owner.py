"""The owner of one model of a whole fleet: an actor, so that a crash is one model's alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..cluster_messages import PeerLeft, ReportHeard, Ruled
from ..engine.actor import Actor
from ..policies.cluster.owned import OwnedModel
from ..policies.cluster.records import View


class OwnerActor(Actor):
    """Owns what `owned` holds, which survives a crash of this actor.

    `moved` hears of each view that differs from the one before.
    """

    def __init__(self, owned: OwnedModel, moved: Callable[[str, View], None]) -> None:
        super().__init__()
        self._owned = owned
        self._moved = moved
        self._stamp = 0

    def on_start(self) -> None:
        now = self.engine.now()
        self._owned.starts += 1
        # Sound counts go on: peers hold trials and views of this generation.
        if self._owned.starts > 1 and not self._owned.breaker.is_sound():
            self._owned.breaker.crashed(now)
        self._look(now)

    def receive(self, message: object) -> object:
        now, owned = self.engine.instant, self._owned
        match message:
            case ReportHeard(peer, report, counts, sure):
                stale = owned.stale
                found = owned.exchange(peer, report, now, counts=counts, sure=sure)
                self._look(now)
                return replace(found, stale=owned.stale - stale)
            case PeerLeft(peer):
                owned.leave(peer, now)
                return None
            case Ruled(switch, reason):
                owned.operate(switch, reason, now)
                return self._look(now)
            case _:
                return super().receive(message)

    def _look(self, now: float) -> View:
        view = self._owned.view(now)
        if view.stamp != self._stamp:
            self._stamp = view.stamp
            self._moved(self._owned.model, view)
        return view
