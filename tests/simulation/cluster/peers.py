"""A process of the simulated cluster: a whole runtime, its load, and its calls as they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.model.state import ModelState
from hive_resilience.actors.policies.cluster.records import IGNORED
from hive_resilience.actors.policies.cluster.shared_model import SharedModel, Stamp

from ..chance import Chance
from .host import MODEL

if TYPE_CHECKING:
    from .world import World


@dataclass(eq=False)
class Call:
    """`orphan`: its peer had no share since it began, so its place may have been lent again."""

    started_at: float
    orphan: bool
    trial: bool


@dataclass(eq=False)
class Peer:
    name: str
    world: World
    chance: Chance
    calls: set[Call] = field(default_factory=set[Call])
    dead: bool = False
    tasks: int = 0
    errors: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        world = self.world
        config = ModelConfig(
            id=MODEL,
            executor=self.call,
            bulkhead={"max_concurrent": world.limit},
            retry={"max_retries": 0},
            rate_limit={"requests_per_minute": world.rpm},
            circuit_breaker={
                "recovery_timeout": 1.0,
                "max_recovery_timeout": 2.0,
                "half_open_max_calls": world.trials,
                "success_threshold": 2,
            },
        )
        self.runtime = Runtime(models=[config], draw=self.chance.random)
        world.network.join(self.runtime, world.settings, self.name)
        self._work: list[asyncio.Task[None]] = []

    async def start(self, workers: int) -> None:
        self.watch()
        await self.runtime.astart()
        self._work = [asyncio.create_task(self._load()) for _ in range(workers)]

    async def stop(self) -> None:
        self.world.loading.discard(self.name)
        if self._work:
            _, late = await asyncio.wait(self._work, timeout=60.0)
            self.errors += ["a task has not ended"] * len(late)
            for work in self._work:
                work.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)
        await self.runtime.aclose()

    @property
    def shared(self) -> SharedModel:
        return self.clustering.shared[MODEL]

    @property
    def clustering(self) -> Any:
        return self.runtime._fleet.clustering

    @property
    def state(self) -> ModelState:
        return self.runtime._fleet.member(MODEL).state

    def holds(self) -> bool:
        return self.shared.share.holds(self.world.now())

    def watch(self) -> None:
        """Note each lapse of the share, and each outcome that is told."""
        actor, world = self.clustering.actor, self.world

        def made(*args: Any) -> Any:
            known = MODEL in self.clustering.shared
            made = actor(*args)
            if not known:
                wrap(self.shared)
            return made

        def wrap(shared: SharedModel) -> None:
            take_over, ended = shared.take_over, shared.ended

            def taken(*args: Any, **more: Any) -> bool:
                self.note_lapse()
                return take_over(*args, **more)

            def end(stamp: Stamp, outcome: str, **more: Any) -> None:
                if stamp.epoch and outcome != IGNORED and stamp.trial is None:
                    world.reported[stamp.epoch] += 1
                ended(stamp, outcome, **more)

            shared.take_over, shared.ended = taken, end  # type: ignore[method-assign]

        self.clustering.actor = made

    def note_lapse(self) -> None:
        if not self.holds():
            for call in self.calls:
                call.orphan = True

    async def call(self, task: Task) -> str:
        """The executor: a provider that all peers share."""
        permits = self.state.permits
        stamp = next(reversed(permits)).shared if permits else None
        trial = stamp is not None and stamp.trial is not None
        call = Call(self.world.now(), not self.holds(), trial)
        self.calls.add(call)
        try:
            self.world.call_started(self, call)
            await asyncio.sleep(self.chance.about(0.02, 0.3))
            if self.world.down:
                raise ConnectionError("the provider is down")
            return "answer"
        finally:
            self.calls.discard(call)

    async def _load(self) -> None:
        while self.name in self.world.loading:
            self.tasks += 1
            await self.runtime.execute(Task("hello", timeout=2.0))
            await asyncio.sleep(self.chance.about(*self.world.pause))
