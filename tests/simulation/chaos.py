"""Experiments of one run: what a runner asks for, and what must be true of their faults."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hive_resilience import TaskResult
from hive_resilience.actors.events import Event
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import InjectedFault, ResilienceError
from hive_resilience.events import ChaosStopped, FaultInjected
from hive_resilience.testing import InjectedCrash

from .chance import Chance

if TYPE_CHECKING:
    from .world import World

SHARE = 0.3
"""Of the runs have experiments."""
KINDS = (
    *("fault", "latency", "outcome", "hang", "slow_first_chunk", "cut", "garbage"),
    *("empty", "rate_limited", "quota"),
)


@dataclass(slots=True)
class Asked:
    """One fault as the runner knows it: how long it may go on, and how often it may hit."""

    fault: str
    models: tuple[str, ...]
    calls: int
    until: float
    hits: int = 0


@dataclass(slots=True)
class Run:
    """An experiment as the runner knows it."""

    sign: float
    faults: list[Asked] = field(default_factory=list[Asked])
    cleared: bool = False


class Experiments:
    """One run's. Its books are its own: nothing in them comes from the rules."""

    def __init__(self, seed: int) -> None:
        chance = Chance(seed, "chaos")
        self.on = chance.happens(SHARE)
        self.config = ChaosConfig(
            enabled=self.on, lease=chance.about(1.0, 20.0), abort_below=chance.uniform(0.0, 0.9)
        )
        self.violations: list[str] = []
        self.runs: dict[str, Run] = {}
        self._world: World

    def begin(self, world: World) -> None:
        """Hear of each hit at its very moment."""
        self._world = world
        world.runtime._bus.tap(self._heard, (FaultInjected, ChaosStopped), lambda: None)

    def _heard(self, event: Event) -> None:
        match event:
            case FaultInjected():
                self.violations += self._wrong(event, self._world.now())
            case ChaosStopped():
                self.runs[event.experiment].cleared = True
            case _:
                pass

    def _wrong(self, hit: FaultInjected, now: float) -> Iterator[str]:
        told = f"{hit.experiment} hits {hit.model_id} with {hit.fault} at {now:.3f}"
        run = self.runs.get(hit.experiment)
        if run is None or run.cleared:
            yield f"{told}, and was cleared"
            return
        if now >= run.sign + self.config.lease:
            yield f"{told}, beyond its lease"
        fitting = [
            one
            for one in run.faults
            if one.fault == hit.fault and (not one.models or hit.model_id in one.models)
        ]
        allowed = [one for one in fitting if one.hits < one.calls and now < one.until]
        if not allowed:
            yield f"{told}, outside of its blast radius"
        for one in allowed[:1]:
            one.hits += 1

    def late(self, now: float) -> Iterator[str]:
        """What still runs although no runner has given a sign for longer than its lease."""
        for id, run in self.runs.items():
            if not run.cleared and now > run.sign + self.config.lease + 1.001:
                yield f"{id} still runs at {now:.3f}, beyond its lease"

    @staticmethod
    def unmarked(result: TaskResult) -> Iterator[str]:
        """Attempts that an experiment has failed, and that do not say so.

        A model that shares the quota of one that was hit tells the error of that one.
        """
        for one in result.attempts:
            error = one.error
            if not isinstance(error, InjectedFault) or one.injected:
                continue
            if getattr(error, "model_id", None) in (None, one.model_id):
                yield f"{result.task_id}: {one.error!r} at {one.model_id} is not marked"


async def experiments(world: World, chance: Chance) -> None:
    """A runner: it injects, gives signs of life or dies, and stops what it has begun."""
    own = world.experiments
    while own.on:
        await asyncio.sleep(chance.about(2.0, 30.0))
        id = world.new_name("experiment")
        if not _inject(world, chance, id):
            continue
        for _ in range(chance.randint(0, 5)):
            await asyncio.sleep(own.config.lease * chance.uniform(0.2, 0.9))
            if chance.happens(0.3):
                _inject(world, chance, id)
            elif world.runtime.chaos.renew(id):
                own.runs[id].sign = world.now()
        if chance.happens(0.5):
            world.runtime.chaos.stop(id)
        else:  # its runner is dead
            await asyncio.sleep(own.config.lease + 1.1)


def _inject(world: World, chance: Chance, id: str) -> bool:
    own = world.experiments
    models = tuple(chance.some(world.ids, 3)) if chance.happens(0.7) else ()
    asked = Asked(
        chance.choice(KINDS),
        models,
        chance.randint(1, 30),
        world.now() + (duration := chance.about(1.0, 50.0)),
    )
    before = Counter(one.id for one in world.runtime.chaos.running())
    settings: dict[str, Any] = {
        "models": models,
        "calls": asked.calls,
        "duration": duration,
        "share": chance.choice([0.05, 0.5, 1.0]),
        "seed": chance.randint(0, 99),
        "chunks": chance.randint(0, 2),
        "allow_outage": chance.happens(0.3),
    }
    # Known before it is asked for: the first hit may come at once.
    run = own.runs.get(id)
    if run is None or run.cleared:
        run = own.runs[id] = Run(world.now())
    sign, run.sign = run.sign, world.now()
    run.faults.append(asked)
    try:
        world.runtime.chaos.inject(asked.fault, experiment=id, **settings)
    except (ResilienceError, InjectedCrash) as refused:
        run.faults.remove(asked)
        run.sign = sign
        run.cleared = run.cleared or id not in before
        world.watch.note("runner", f"refused: {refused}")
        return False
    world.watch.note("runner", f"{id} injects {asked.fault}")
    return True
