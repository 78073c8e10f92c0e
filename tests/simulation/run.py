"""One seed from beginning to end."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from hive_resilience import Plan, ResilienceError, Task
from hive_resilience.testing import run_virtual, settle

from .actions import DRIVERS
from .chance import Chance
from .invariants import MEANT, violations
from .readings import fates
from .watch import Line
from .world import World

SHORTEST, LONGEST = 40.0, 300.0
"""Virtual seconds under load."""
SAMPLING = 5.0
LAST_TIMERS = 100.0
"""Virtual seconds after the end in which what was left behind would show."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found. Spans are seconds."""

    seed: int
    violations: tuple[str, ...]
    trace: tuple[Line, ...]
    requests: int
    crashes: int
    streams: Counter[str]
    simulated: float
    real: float

    @property
    def digest(self) -> str:
        """The same for two runs in which the same messages came at the same times."""
        told = "\n".join(map(str, self.trace))
        return hashlib.sha256(told.encode()).hexdigest()

    @property
    def replay(self) -> str:
        """The command that shows this run again."""
        return f"python -m tests.simulation --from {self.seed} --seeds 1 --trace"


def simulate(seed: int) -> Outcome:
    """Run one seed."""
    began = time.perf_counter()
    with _log() as logged:
        world = World(seed)
        try:
            found = run_virtual(_whole_life(world))
        except Exception as error:  # it hangs, or does what nobody expected: that is a finding too
            found = [f"the run was broken off by {error!r}, because of {error.__cause__!r}"]
    found += [
        f"logged: {record.getMessage()}: {record.exc_info and record.exc_info[1]!r}"
        for record in logged
        if not (record.exc_info and isinstance(record.exc_info[1], MEANT))
    ]
    return Outcome(
        seed,
        tuple(found),
        tuple(world.watch.trace),
        len(world.ledger.entries),
        world.watch.crashes,
        fates(world.readings),
        world.watch.trace[-1].at,
        time.perf_counter() - began,
    )


async def _whole_life(world: World) -> list[str]:
    chance = Chance(world.seed, "life")
    found: list[str] = []
    async with world.runtime:
        world.begin()
        await _under_load(world, chance)
        if chance.happens(0.6):
            found += await _recovered(world)
        world.closing = True
        world.hurry.set()
        world.watch.note("runtime", "stops")
    world.watch.note("runtime", "has stopped")
    await settle()
    found += [f"unanswered: {task.get_name()}" for task in world.ledger.pending]
    for task in world.ledger.pending:
        task.cancel()
    await asyncio.sleep(LAST_TIMERS)
    return found + violations(world)


async def _under_load(world: World, chance: Chance) -> None:
    drivers = [
        asyncio.create_task(driver(world, Chance(world.seed, name)), name=name)
        for name, driver in DRIVERS.items()
    ]
    end = world.now() + chance.about(SHORTEST, LONGEST)
    while world.now() < end:
        await asyncio.sleep(SAMPLING)
        world.sample()
    for driver in drivers:
        driver.cancel()
    for done in await asyncio.gather(*drivers, return_exceptions=True):
        if done is not None and not isinstance(done, asyncio.CancelledError):
            raise RuntimeError("a driver of the simulation failed") from done


async def _recovered(world: World) -> list[str]:
    """The weather clears: all requests end, and every model answers again."""
    world.watch.be_quiet()
    world.load.calm(world.fleet)
    for model in world.models:
        model.clear()
    if world.ledger.pending:
        await asyncio.wait(world.ledger.pending, timeout=300.0)
    world.sample()
    world.runtime.snapshot().to_json()
    running = [i for i in world.ids if i not in world.stopped]
    for model_id in running:
        handle = world.runtime.model(model_id)
        handle.restart()
        handle.reset()
        handle.leave_maintenance()
    await asyncio.sleep(100.0)
    return [told for model_id in running for told in await _answers(world, model_id)]


async def _answers(world: World, model_id: str) -> list[str]:
    member = world.fleet.members.get(model_id)
    if member is None:  # it was being removed, and its last call has ended
        return []
    if not member.config.enabled:
        return []
    plan = Plan(model_id)
    result = await world.runtime.execute(Task("hello", timeout=50.0), plan=plan)
    found = [] if result.success else [f"{model_id} does not answer again: {result.error}"]
    try:
        async with asyncio.timeout(50.0):
            await world.runtime.model(model_id).check_health()
    except (TimeoutError, ResilienceError) as error:
        found.append(f"the health of {model_id} cannot be checked: {error!r}")
    return found


@contextmanager
def _log() -> Generator[list[logging.LogRecord], None, None]:
    """Errors that the runtime logs, instead of their usual way."""
    records: list[logging.LogRecord] = []
    logger = logging.getLogger("hive_resilience")
    kept = _Keep(records)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(kept)
    try:
        yield records
    finally:
        logger.removeHandler(kept)
        logger.propagate = propagate


class _Keep(logging.Handler):
    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.ERROR)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)
