"""Owners on the loop of the test, with a clock that runs a little fast or slow."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from hive_resilience.actors.cluster.messages import Exchange, Leave
from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.actors.cluster.wire import MessageError, decode
from hive_resilience.actors.engine.engine import Engine
from hive_resilience.actors.engine.signals import CrashNow
from hive_resilience.actors.policies.cluster.owned import OwnedModel
from hive_resilience.actors.policies.cluster.records import Run
from hive_resilience.actors.supervision.child_spec import SupervisorSpec
from hive_resilience.actors.supervision.state import SupervisorState
from hive_resilience.actors.supervision.supervisor import SupervisorActor
from hive_resilience.testing import InjectedCrash

from ..chance import Chance

SHARE_TIME = 3.0
MODEL = "m"


def _publish(_event: object, /, **_fields: object) -> None:
    """No listener lives beside the owners."""


class Host:
    """One life of the owners. `rate`: seconds of its clock in a second."""

    def __init__(
        self,
        epoch: int,
        chance: Chance,
        *,
        rate: float = 1.0,
        learns: bool,
        share_time: float = SHARE_TIME,
    ) -> None:
        self.epoch, self.alive, self.share_time, self.rate = epoch, True, share_time, rate
        self.places_of: Callable[[str, int], int] = lambda _peer, _seq: 0
        """What a peer had by its last report, where that is the exchange of this number."""
        self._seqs = dict[str, int]()
        self.counted: Counter[int] = Counter()
        """The outcomes that its breaker has heard, by generation."""
        self._engine = Engine()
        self._engine.attach()
        loop = asyncio.get_running_loop()
        self.born_at = loop.time()
        self._engine.now = lambda: loop.time() * rate
        state = SupervisorState(SupervisorSpec("owners", prefix=""))
        supervisor = self._engine.start_from(
            lambda: SupervisorActor(state, _publish, chance.random), is_root=True
        )
        self.owners = Owners(
            supervisor,
            epoch=epoch,
            draw=chance.random,
            share_time=share_time,
            learns=learns,
            fence=share_time,
        )
        self._watch(self.owners)
        self.ruled = (0, 0)
        """Its epoch, and the generation that an operator's last word has begun."""
        self.kept: list[str] = []
        """Peers that had places after they had left."""
        self.taken_away: list[str] = []
        """Peers that had places, and got none while these owners were learning."""
        self.lost_trials: list[str] = []
        """Trials that a peer had not, after its exchange."""
        self.forgotten: list[str] = []
        """Peers that had more places than the book has of them."""
        self.is_reaching = True
        self._reaching = asyncio.create_task(self._reach())

    @property
    def owned(self) -> OwnedModel | None:
        return self.owners._owned.get(MODEL)

    def now(self) -> float:
        return self._engine.now()

    def until(self, peer: str) -> float:
        """When the places of a peer are over by the book, in seconds of the loop; inf: unknown."""
        known = self.owned.ledger._peers.get(peer) if self.owned else None
        loop = asyncio.get_running_loop()
        return inf if known is None else loop.time() + (known.until - self.now()) / self.rate

    def parked_for(self) -> float:
        """Seconds for which it has all peers leave the model alone."""
        return self.owned.breaker.gate.parked_for(self.now()) if self.owned else 0.0

    def crash(self) -> None:
        """Crash the actor of the owner, which its supervisor brings back."""
        for ref in self.owners._refs.values():
            if ref.is_running():  # no crash waits for its next life
                ref.send(CrashNow(InjectedCrash("an owner")))

    def kill(self) -> None:
        self.alive = False
        self._reaching.cancel()
        self._engine.close()

    async def _reach(self) -> None:
        while True:
            if self.is_reaching:
                self.owners.reached()
            await asyncio.sleep(self.share_time / 50)

    def _watch_the_book(self, owned: Any) -> None:
        exchange = owned.exchange

        def exchanged(peer: str, report: Any, now: float, **more: Any) -> Any:
            given = exchange(peer, report, now, **more)
            lent = owned.ledger.lent(now)
            others = sum(lent.values()) - lent[peer]
            has = {*report.trials, *(end.trial for end in report.ends), given.trial}
            out = owned._trials.items()
            self.lost_trials += [i for i, trial in out if trial.peer == peer and i not in has]
            had = self.places_of(peer, self._seqs.get(peer, 0))
            self.forgotten += [peer] * (lent[peer] < had)
            if owned.ledger.is_learning(now) and had and not given.places:
                self.taken_away += [peer] * (others < owned.ledger.limit)
            return given

        owned.exchange = exchanged

    def _watch_rulings(self, owned: Any) -> None:
        operate = owned.operate

        def operated(*args: Any) -> None:
            operate(*args)
            self.ruled = self.epoch, owned.breaker.gate.generation

        owned.operate = operated

    def _look_what_is_kept(self, peer: str) -> None:
        owned, ref = self.owned, self.owners._refs.get(MODEL)
        listens = ref is not None and ref.is_running()
        if listens and owned is not None and peer in owned.ledger.lent(self.now()):
            self.kept.append(peer)

    def _watch(self, owners: Any) -> None:
        """Note each outcome that counts, and what peers keep that have left."""
        make, leave, exchange = owners._make, owners.leave, owners.exchange

        async def heard(message: bytes) -> bytes:
            with suppress(MessageError):
                found = decode(message, Exchange)
                self._seqs[found.peer] = found.seq
            told: bytes = await exchange(message)
            return told

        async def left(message: bytes) -> bytes:
            told: bytes = await leave(message)
            await asyncio.sleep(0.001)  # the actor of the owner hears of it
            with suppress(MessageError):
                self._look_what_is_kept(decode(message, Leave).peer)
            return told

        async def made(*args: Any) -> Any:
            found = await make(*args)
            count = self.owned._count_one  # type: ignore[union-attr]

            def counting(run: Run, now: float) -> None:
                owned = self.owned
                assert owned is not None
                before = owned.counted
                count(run, now)
                self.counted[run.generation] += owned.counted - before

            self.owned._count_one = counting  # type: ignore[union-attr,method-assign]
            self._watch_the_book(self.owned)
            self._watch_rulings(self.owned)
            return found

        owners._make, owners.leave, owners.exchange = made, left, heard
