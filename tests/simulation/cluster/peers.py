"""A process of the simulated cluster: a whole runtime, its load, and its calls as they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.policies.cluster.shared_model import SharedModel
from hive_resilience.config import (
    BulkheadConfig,
    CircuitBreakerConfig,
    RestartConfig,
    RetryConfig,
)
from hive_resilience.errors import RateLimitedError

from ..chance import Chance
from .host import MODEL
from .provider import Answer
from .sights import WatchedNews, WatchedSight
from .waits import Waits

if TYPE_CHECKING:
    from .world import World


@dataclass(eq=False)
class Call:
    """`orphan`: its peer had no share since it began, so its place may have been lent again."""

    orphan: bool
    trial_of: tuple[int, int] | None
    """The epoch and the generation that have granted it as a trial."""


@dataclass(eq=False)
class Peer:
    """`rate`: seconds of its clock in a second."""

    name: str
    world: World
    chance: Chance
    rate: float = 1.0
    calls: set[Call] = field(default_factory=set[Call])
    dead: bool = False
    """Whether it takes no more tasks; `killed`: nor does it do anything else."""
    killed: bool = False
    is_busy: bool = True
    begun: int = 0
    """Calls that have begun; `told`: outcomes that its model tells the owner."""
    told: int = 0
    had: tuple[int, int] = (0, 0)
    """The number of its last exchange, and its places by then."""
    errors: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        world = self.world
        config = ModelConfig(
            id=MODEL,
            executor=self.call,
            bulkhead=BulkheadConfig(max_concurrent=world.limit),
            retry=RetryConfig(max_retries=0),
            restart=RestartConfig(base_delay=0.01, max_delay=0.1, quarantine_retry=0.5),
            rate_limit=world.weather.rate_limit(),
            circuit_breaker=CircuitBreakerConfig(
                recovery_timeout=0.4,
                max_recovery_timeout=0.8,
                half_open_max_calls=world.trials,
                success_threshold=2,
            ),
        )
        self.runtime = Runtime(models=[config], draw=self.chance.random)
        world.network.join(self.runtime, world.settings, self.name)
        self._work: list[asyncio.Task[None]] = []
        self._waits = Waits(self)
        self._turn = asyncio.Event()

    async def start(self, workers: int) -> None:
        self._set_clock()
        self._watch()
        await self.runtime.astart()
        self._work = [asyncio.create_task(self._load()) for _ in range(workers)]
        self._work.append(asyncio.create_task(self._take_turns()))

    async def stop(self) -> None:
        """End in order: its tasks first."""
        self.dead = True
        if self._work:
            _, late = await asyncio.wait(self._work, timeout=60.0)
            self.errors += ["a task has not ended"] * len(late)
        await self.runtime.aclose()
        if self.told > self.begun:
            self.errors.append(f"{self.name} has told of {self.told} calls, of {self.begun}")
        if self.state.bulkhead.in_flight or self.state.permits:
            self.errors.append(f"{self.name} has calls in flight at its end")

    async def die(self) -> None:
        """Nothing of it is heard any more."""
        self.dead = self.killed = True
        self.world.network.cut(self.name)
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.runtime.aclose()

    @property
    def shared(self) -> SharedModel:
        found: SharedModel = self.clustering.shared[MODEL]
        return found

    @property
    def clustering(self) -> Any:
        return self.runtime._fleet.clustering

    @property
    def state(self) -> ModelState:
        return self.runtime._fleet.member(MODEL).state

    def now(self) -> float:
        return self.runtime._fleet.engine.now()

    def holds(self) -> bool:
        return self.shared.share.holds(self.now())

    def note_lapse(self) -> None:
        if not self.holds():
            for call in self.calls:
                call.orphan = True

    async def call(self, task: Task) -> Answer:
        """The executor: a provider that all peers share."""
        permit = next(reversed(self.state.permits), None)
        stamp = None if permit is None else permit.shared
        trial_of = None if stamp is None or stamp.trial is None else stamp[:2]
        call = Call(not self.holds(), trial_of)
        self.calls.add(call)
        self.begun += 1
        try:
            self.world.promises.call_started(self, call)
            self._waits.call_started()
            await asyncio.sleep(self.chance.about(*self.world.provider.duration))
            answer = self.world.provider.answer(self.chance)
            self.world.promises.minute.answered()
            return answer
        except RateLimitedError as error:
            # What a call says that began before the breaker's last move changes nothing.
            if permit is not None and permit.generation == self.state.breaker.gate.stamp:
                self._waits.asked(error.retry_after or 0.0)
            raise
        finally:
            self.calls.discard(call)

    async def _take_turns(self) -> None:
        """In a run with bursts all tasks come at once, and then none for a while."""
        while not self.dead:
            self._turn.set()
            await asyncio.sleep(self.chance.about(0.05, 0.5))
            if self.world.bursts and not self.dead:
                self._turn.clear()
                await asyncio.sleep(self.chance.about(0.05, 0.5))
        self._turn.set()

    async def _load(self) -> None:
        while not self.dead:
            await self._turn.wait()
            if self.is_busy:
                result = await self.runtime.execute(Task("hello", timeout=2.0))
                if not result.success:
                    await asyncio.sleep(self.chance.about(0.1, 0.5))
            await asyncio.sleep(self.chance.about(*self.world.pause) if self.is_busy else 0.1)

    def _ends_before_the_book(self, epoch: int) -> None:
        """However long the answer took, and whatever the clocks say."""
        host = self.world.hosts[epoch - 1]
        until = self.world.now() + (self.shared.share.until - self.now()) / self.rate
        if not self.dead and until > host.until(self.name) + 1e-6:
            self.world.promises.broken(f"the share of {self.name} outlasts the owner's book")

    def _set_clock(self) -> None:
        engine: Any = self.runtime._fleet.engine
        attach, loop = engine.attach, asyncio.get_running_loop()
        began = loop.time()

        def attached() -> None:
            attach()
            # A task's deadline is on this clock, and its timer on the loop's: they stay close.
            engine.now = lambda: began + (loop.time() - began) * self.rate

        engine.attach = attached

    def _watch(self) -> None:
        """Note each lapse of the share, each view, and each outcome that is told."""
        actor = self.clustering.actor

        def made(*args: Any) -> Any:
            known = MODEL in self.clustering.shared
            made = actor(*args)
            if not known:
                self._watch_shared(self.shared)
            return made

        self.clustering.actor = made

    def _watch_shared(self, shared: Any) -> None:
        take_over, report = shared.take_over, shared.report
        shared.sight = WatchedSight(self.name, self.world.promises)
        shared.news = WatchedNews(self)

        def reported(*args: Any, **more: Any) -> Any:
            self._waits.reported()
            seq = self.clustering.state.seq + 1
            self.had = seq, self.shared.share.places(self.now())
            told = report(*args, **more)
            if any(granted.until <= self.now() for granted in self.shared._waiting.values()):
                self.world.promises.broken(f"{self.name} keeps a trial that is over")
            return told

        def taken(given: Any, **more: Any) -> Any:
            self.note_lapse()
            moved = take_over(given, **more)
            self._waits.answered(given.view.epoch)
            self._ends_before_the_book(given.view.epoch)
            self.world.promises.one_probes()
            return moved

        shared.take_over, shared.report = taken, reported
