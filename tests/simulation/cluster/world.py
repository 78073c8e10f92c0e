"""One run of a cluster: peers, owners, the network between them, and what must always hold."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass
from math import ceil

from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.config import Alone, ClusterConfig
from hive_resilience.testing import Network, crash, run_virtual

from ..chance import Chance
from .host import MODEL, SHARE_TIME, Host
from .peers import Call, Peer

LOUD = 8.0
"""Virtual seconds of faults."""


@dataclass(frozen=True)
class Outcome:
    seed: int
    violations: tuple[str, ...]
    calls: int
    faults: tuple[str, ...]


class World:
    """A cluster under a seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.chance = seed, Chance(seed, "cluster")
        chance = self.chance
        self.limit = chance.randint(2, 12)
        self.trials = chance.choice([1, 1, 2])
        self.rpm = chance.choice([None, None, 120.0, 240.0])
        self.alone = chance.choice([Alone.STOP, Alone.STOP, Alone.SHARE])
        self.settings = ClusterConfig(alone=self.alone, share_time=SHARE_TIME, join_timeout=0.5)
        self.network = Network(
            Chance(seed, "network").random,
            delay=chance.about(0.001, 0.2),
            loss=chance.choice([0.0, 0.0, 0.05, 0.3]),
            doubles=chance.choice([0.0, 0.1, 0.5]),
        )
        self.rate = chance.choice([1.0, 0.9905, 1.0095])
        self.pause = chance.choice([(0.005, 0.1), (0.05, 1.0)])
        self.is_smooth = self.network.loss == 0.0
        self.peers: list[Peer] = []
        self.loading: set[str] = set()
        self.reported: Counter[int] = Counter()
        self.violations: list[str] = []
        self.faults: list[str] = []
        self.down = False
        self.calls = 0
        self.starts: deque[float] = deque()
        self.rates_are_known = True
        self.host: Host
        self.hosts: list[Host] = []

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def found(self, violation: str) -> None:
        self.violations.append(f"{self.now():.3f}: {violation}")

    # What must hold at each start of a call.

    def call_started(self, peer: Peer, call: Call) -> None:
        self.calls += 1
        now = self.now()
        self.starts.append(now)
        living = [each for each in self.peers if not each.dead]
        for each in living:
            each.note_lapse()
        if call.orphan and self.alone is Alone.STOP and not peer.dead:
            self.found(f"{peer.name} starts a call without a share")
        held = sum(not each.orphan for one in living for each in one.calls)
        if held > self.limit:
            self.found(f"{held} calls in flight of {self.limit}")
        trials = sum(each.trial and not each.orphan for one in living for each in one.calls)
        if trials > self.trials:
            self.found(f"{trials} trials out of {self.trials}")
        if not call.orphan and not peer.dead:
            self._not_under_an_open_view(peer, call)
        self._minute(now)

    def _not_under_an_open_view(self, peer: Peer, call: Call) -> None:
        if peer.shared.sight.is_shut() and not call.trial:
            self.found(f"{peer.name} starts a call under a view that is shut")
        owned = self.host.owned
        if owned is None or owned.breaker.gate.state is not State.OPEN or call.trial:
            return
        timer, now = owned.breaker.gate.timer, self.host.now()
        since = now - (timer.until - timer.open_for)
        if now < timer.until and since > SHARE_TIME * 1.02:
            self.found(f"{peer.name} starts a call {since:.3f} s after the owner opened")

    def _minute(self, now: float) -> None:
        while self.starts and self.starts[0] <= now - 60:
            self.starts.popleft()
        strict = self.rpm is not None and self.alone is Alone.STOP and self.rates_are_known
        if strict and len(self.starts) > ceil((self.rpm or 0) * 1.05):
            self.found(f"{len(self.starts)} calls in a minute, of {self.rpm}")

    def outcomes_counted_once(self) -> None:
        for host in self.hosts:
            owned = host.owned
            counted = 0 if owned is None else owned.counted
            if counted > self.reported[host.epoch]:
                self.found(f"{counted} outcomes counted of {self.reported[host.epoch]}")

    # Its life.

    def new_host(self, *, learns: bool = True) -> Host:
        epoch = len(self.hosts) + 1
        host = Host(epoch, Chance(self.seed, f"host {epoch}"), rate=self.rate, learns=learns)
        self.hosts.append(host)
        return host

    async def new_peer(self) -> None:
        name = f"p{len(self.peers)}"
        peer = Peer(name, self, Chance(self.seed, name))
        self.loading.add(name)
        await peer.start(workers=self.limit * 2 // 3 + 2)
        self.peers.append(peer)

    async def life(self) -> None:
        self.host = self.new_host(learns=False)
        self.network.host(self.host.owners)
        for _ in range(self.chance.randint(2, 3)):
            await self.new_peer()
        end = self.now() + LOUD
        while self.now() < end:
            await asyncio.sleep(self.chance.about(0.05, 1.5))
            await self.something_happens()
        await self.calm()
        await asyncio.gather(*(peer.stop() for peer in self.peers))
        self.outcomes_counted_once()
        self.violations += [told for peer in self.peers for told in peer.errors]
        for host in self.hosts:
            host.kill()
        await self.network.close()

    async def something_happens(self) -> None:
        fault = self.chance.choice(sorted(_FAULTS))
        self.faults.append(f"{self.now():.3f} {fault}")
        await _FAULTS[fault](self)

    async def calm(self) -> None:
        """After the last fault everything is as it should be within a few exchanges."""
        self.network.loss = self.network.doubles = 0.0
        self.network.delay = min(self.network.delay, 0.05)
        self.down = False
        self.pause = (0.01, 0.05)
        living = [peer for peer in self.peers if not peer.dead]
        self.network.heal(*(peer.name for peer in living))
        if not self.host.alive or not self.host.is_reaching:
            self.host = self.new_host()
        self.network.host(self.host.owners)
        for peer in living:
            peer.runtime.model(MODEL).reset()
        await asyncio.sleep(3 * SHARE_TIME)
        for peer in living:
            if not peer.clustering.state.joined or not peer.holds():
                self.found(f"{peer.name} has no share in the end")
        states = {str(peer.shared.sight.view and peer.shared.sight.view.state) for peer in living}
        if states != {"closed"}:
            self.found(f"the views are {states} in the end")
        places = [peer.shared.share.places(self.now()) for peer in living]
        if self.rpm is None and (max(places) - min(places) > 1 or sum(places) < self.limit - 1):
            self.found(f"shares {places} of {self.limit} are not fair in the end")
        before = self.calls
        await asyncio.sleep(1.0)
        if self.rpm is None and self.calls == before:
            self.found("no call starts in the end")


async def _cut(world: World) -> None:
    world.network.cut(world.chance.choice(world.peers).name)
    world.rates_are_known = len(world.hosts) == 1


async def _heal(world: World) -> None:
    world.network.heal(*(peer.name for peer in world.peers if not peer.dead))


async def _kill_owner(world: World) -> None:
    world.host.kill()
    world.network.host(None)
    world.rates_are_known = False
    await asyncio.sleep(world.chance.about(0.1, 5.0))
    world.host = world.new_host()
    world.network.host(world.host.owners)


async def _crash_owner(world: World) -> None:
    if world.host.alive:
        world.host.crash()


async def _split(world: World) -> None:
    """A part of the peers goes on with owners that have been replaced without their knowledge."""
    old = world.host
    old.is_reaching = False
    world.rates_are_known = False
    await asyncio.sleep(world.chance.about(0.3, 2.0))
    apart = world.chance.sample(world.peers, max(1, len(world.peers) // 2))
    world.host = world.new_host()
    world.network.host(world.host.owners)
    world.network.host(old.owners, *(peer.name for peer in apart))
    await asyncio.sleep(world.chance.about(0.5, 6.0))
    old.kill()
    world.network.host(world.host.owners)


async def _kill_peer(world: World) -> None:
    living = [peer for peer in world.peers if not peer.dead]
    if len(living) > 1:
        peer = world.chance.choice(living)
        peer.dead = True
        world.network.cut(peer.name)
        world.loading.discard(peer.name)
        world.rates_are_known = len(world.hosts) == 1
        await world.new_peer()


async def _crash_peer(world: World) -> None:
    crash(world.chance.choice(world.peers).runtime, world.chance.choice(["cluster", MODEL]))


async def _provider(world: World) -> None:
    world.down = not world.down


async def _operate(world: World) -> None:
    model = world.chance.choice(world.peers).runtime.model(MODEL)
    model.trip("test") if world.chance.happens(0.5) else model.reset()


_FAULTS = {
    "cut": _cut,
    "heal": _heal,
    "kill owner": _kill_owner,
    "crash owner": _crash_owner,
    "split": _split,
    "kill peer": _kill_peer,
    "crash peer": _crash_peer,
    "provider": _provider,
    "provider again": _provider,
    "operate": _operate,
}


def simulate(seed: int) -> Outcome:
    """One seed, from beginning to end."""
    logging.getLogger("hive_resilience").setLevel(logging.CRITICAL + 1)  # its failures are meant
    world = World(seed)
    try:
        run_virtual(world.life())
    except Exception as error:  # it hangs, or does what was not expected: a finding too
        world.violations.append(f"the run was broken off by {error!r}")
    finally:
        logging.getLogger("hive_resilience").setLevel(logging.NOTSET)
    return Outcome(seed, tuple(world.violations), world.calls, tuple(world.faults))
