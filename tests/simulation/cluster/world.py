"""One run of a cluster: peers, owners and the network between them, under a seed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from hive_resilience.config import Alone, ClusterConfig
from hive_resilience.testing import Network, run_virtual

from ..chance import Chance
from .calm import calm
from .faults import FAULTS
from .host import Host
from .peers import Peer
from .promises import Promises
from .provider import Provider
from .weather import weather_of

SHARE_TIME = 1.0
"""Short, so that a run is: what counts is how many exchanges a share lasts."""
LOUD = 6.0
"""Virtual seconds of faults."""
LONGEST = 600.0


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
        self.limit = chance.randint(2, 6)
        self.trials = chance.choice([1, 1, 2])
        self.weather = weather_of(seed)
        self.bursts = self.weather.bursts
        self.alone = chance.choice([Alone.STOP, Alone.STOP, Alone.STOP, Alone.SHARE])
        self.settings = ClusterConfig(
            alone=self.alone,
            share_time=SHARE_TIME,
            exchange_every=0.1,
            idle_every=0.3,
            exchange_timeout=0.25,
            join_timeout=0.5,
        )
        self.network = Network(
            Chance(seed, "network").random,
            delay=chance.choice([0.002, 0.05, 0.12, 0.2]),
            late=2 * SHARE_TIME,
        )
        self.pause = chance.choice([(0.001, 0.02), (0.02, 0.5)])
        self.provider = Provider(chance.choice([(0.05, 0.3), (0.1, 1.0)]))
        self.likely = chance.some(sorted(FAULTS), 4)
        """The faults that this run has; a run with all of them has none for long."""
        self.peers: list[Peer] = []
        self.hosts: list[Host] = []
        self.host: Host
        self.promises = Promises(self)
        self.faults: list[str] = []
        self.loses_news = False
        """Whether something may keep peers from telling a new owner what they have used."""
        self.ruled_at = float("-inf")
        self.was_forced = False
        """Whether an operator has kept the breaker open."""
        self._under_way: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def living(self) -> list[Peer]:
        return [peer for peer in self.peers if not peer.dead]

    def _places_of(self, name: str, seq: int) -> int:
        return next((p.had[1] for p in self.peers if p.name == name and p.had[0] == seq), 0)

    def host_of(self, name: str) -> Host | None:
        """The owners that answer a peer just now; None: there are none."""
        owners = self.network.owners_of(name)
        return next((host for host in self.hosts if host.owners is owners), None)

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Let this happen while other things do."""
        task = asyncio.create_task(work)
        self._under_way.add(task)

    def new_host(self, *, learns: bool = True) -> Host:
        """Owners that begin now; all peers are sent to them."""
        epoch = len(self.hosts) + 1
        self.host = Host(
            epoch,
            Chance(self.seed, f"host {epoch}"),
            rate=self.chance.choice(self.weather.owner_clocks),
            learns=learns,
            share_time=SHARE_TIME,
        )
        self.host.places_of = self._places_of
        self.hosts.append(self.host)
        self.network.host(self.host.owners)
        return self.host

    async def new_peer(self) -> None:
        name = f"p{len(self.peers)}"
        peer = Peer(
            name, self, Chance(self.seed, name), rate=self.chance.choice(self.weather.peer_clocks)
        )
        await peer.start(workers=self.limit // 2 + 3)
        self.peers.append(peer)

    async def life(self) -> None:
        self.new_host(learns=False)
        for _ in range(self.chance.randint(2, 3)):
            await self.new_peer()
        end = self.now() + LOUD
        while self.now() < end:
            await asyncio.sleep(self.chance.about(0.02, 0.8))
            fault = self.chance.choice(self.likely)
            self.faults.append(f"{self.now():.3f} {fault}")
            await FAULTS[fault](self)
        await self._await_what_is_under_way()
        await calm(self)
        await self._end()

    async def _end(self) -> None:
        await asyncio.gather(*(peer.stop() for peer in self.living))
        self.promises.outcomes_are_counted_once()
        for peer in self.peers:
            for error in peer.errors:
                self.promises.broken(error)
        for host in self.hosts:
            for peer in host.kept:
                self.promises.broken(f"{peer} has left, and has places")
            for trial in host.lost_trials:
                self.promises.broken(f"the trial {trial} is out, and its peer does not have it")
            for peer in host.forgotten:
                self.promises.broken(f"{peer} had more places than the book of its owner")
            for peer in host.taken_away:
                self.promises.broken(f"{peer} loses its places to new owners")
            host.kill()
        await self.network.close()

    async def _await_what_is_under_way(self) -> None:
        self.network.thaw()
        for task in self._under_way:
            await task
        self.network.thaw()


def simulate(seed: int) -> Outcome:
    """One seed, from beginning to end."""
    logging.getLogger("hive_resilience").setLevel(logging.CRITICAL + 1)  # its failures are meant
    world = World(seed)
    try:
        run_virtual(world.life(), limit=LONGEST)
    except Exception as error:  # it hangs, or does what was not expected: a finding too
        world.promises.violations.append(f"the run was broken off by {error!r}")
    finally:
        logging.getLogger("hive_resilience").setLevel(logging.NOTSET)
    promises = world.promises
    return Outcome(seed, tuple(promises.violations), promises.calls, tuple(world.faults))
