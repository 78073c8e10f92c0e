"""What a cluster promises, whatever happens to it: looked at with each call that starts."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import Alone

from .minute import Minute
from .sights import WatchedSight

if TYPE_CHECKING:
    from .peers import Call, Peer
    from .world import World

_SHUT = frozenset({State.OPEN, State.HALF_OPEN, State.FORCED_OPEN})
_UNDER_WAY = 0.6
"""Seconds that an operator's verb may take to its owner."""


class Promises:
    """`reported`: the outcomes that models have told, by epoch and generation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.minute = Minute(world, self)
        self.reported: Counter[tuple[int, int]] = Counter()
        self.violations: list[str] = []
        self.calls = 0

    def broken(self, violation: str) -> None:
        if len(self.violations) < 20:
            now = asyncio.get_running_loop().time()
            self.violations.append(f"{now:.3f}: {violation}")

    def is_learning(self, epoch: int) -> bool:
        """Whether these owners hear of what was before them, and no operator has ruled since."""
        host = self._world.hosts[epoch - 1]
        ruled = self._world.ruled_at > host.born_at - _UNDER_WAY
        return not ruled and host.owned is not None and host.owned.ledger.is_learning(host.now())

    def call_started(self, peer: Peer, call: Call) -> None:
        self.calls += 1
        running = [each for each in self._world.peers if not each.killed]
        for each in running:
            each.note_lapse()
        if call.orphan and self._world.alone is Alone.STOP:
            self.broken(f"{peer.name} starts a call without a share")
        calls = [each for one in running for each in one.calls if not each.orphan]
        if len(calls) > self._world.limit:
            self.broken(f"{len(calls)} calls in flight of {self._world.limit}")
        # An operator's word ends the trials that are out: their calls go on as others do.
        ended = max(host.ruled for host in self._world.hosts)
        trials = sum(each.trial_of is not None and each.trial_of >= ended for each in calls)
        if trials > self._world.trials:
            self.broken(f"{trials} trials out of {self._world.trials}")
        if not call.orphan and call.trial_of is None:
            self._not_under_an_open_view(peer)
        self.minute.call_started()

    def _not_under_an_open_view(self, peer: Peer) -> None:
        sight = peer.shared.sight
        assert isinstance(sight, WatchedSight)
        if sight.newest is not None and sight.newest.state in _SHUT:
            self.broken(f"{peer.name} starts a call under a view that is shut")
        host = self._world.host
        owned = host.owned
        if owned is None or owned.breaker.gate.state is not State.OPEN:
            return
        timer, now = owned.breaker.gate.timer, host.now()
        since = now - (timer.until - timer.open_for)
        if now < timer.until and since > host.share_time * 1.05:
            self.broken(f"{peer.name} starts a call {since:.3f} s after the owner opened")

    def one_probes(self) -> None:
        probers = [p.name for p in self._world.living if p.holds() and p.shared.may_probe]
        if len(probers) > 1:
            self.broken(f"{', '.join(probers)} probe at once")

    def outcomes_are_counted_once(self) -> None:
        for host in self._world.hosts:
            for generation, counted in host.counted.items():
                told = self.reported[host.epoch, generation]
                if counted > told:
                    self.broken(f"{counted} outcomes counted of {told}")
