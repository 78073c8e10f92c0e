"""Actors of the application's own: they crash alone or together, escalate, come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, NamedTuple

import pykka

from hive_resilience import Actor, ChildSpec, ResilienceError, SupervisorHandle, SupervisorSpec
from hive_resilience.actors.policies.supervision import SupervisionStrategy
from hive_resilience.config import RestartConfig, RestartType
from hive_resilience.runtime.testing.crashes import Poison
from hive_resilience.testing import InjectedCrash

from .chance import Chance

if TYPE_CHECKING:
    from .world import World

NAMES = ("source", "parser", "sink")


class Number(NamedTuple):
    """To be answered with the same number."""

    number: int


class Worker(Actor):
    """Answers numbers; crashes at a poison, and now and then at its start or stop."""

    def __init__(self, chance: Chance) -> None:
        super().__init__()
        self._chance = chance

    def on_start(self) -> None:
        self._perhaps_crash("its start")

    def on_stop(self) -> None:
        self._perhaps_crash("its stop")

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, Poison):
            raise InjectedCrash("a worker at a poison")
        return message.number

    def _perhaps_crash(self, moment: str) -> None:
        if self._chance.happens(0.02):
            raise InjectedCrash(f"a worker at {moment}")


async def pipelines(world: World, chance: Chance) -> None:
    """Starts a pipeline in some of the runs, and leaves it no peace."""
    if chance.happens(0.5):
        return
    strategy = chance.choice(list(SupervisionStrategy))
    limits = _limits(chance)
    children = tuple(_worker(name, chance) for name in NAMES)
    spec = SupervisorSpec(
        "pipeline", children, strategy=strategy, shared_intensity=limits, restart=limits
    )
    _try(world, lambda: world.runtime.supervisor.add(spec))
    pause = chance.about(0.2, 10.0)
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        _try(world, lambda: _act(world, chance))


def _act(world: World, chance: Chance) -> None:
    handle = world.runtime.supervisor.under("pipeline")
    name = chance.choice(NAMES)
    lot = chance.random()
    if lot < 0.6:
        _ask(world, handle, name, chance)
    elif lot < 0.8:
        handle.ref(name).tell(Poison())
    elif lot < 0.85:
        who = chance.choice([world.runtime.supervisor.ref("pipeline"), _application(world)])
        who.send(Poison())
    elif lot < 0.9:
        handle.restart(name)
    elif lot < 0.95:
        world.ask("removal", _awaited(handle.remove(name)))
    else:
        handle.add(_worker(name, chance))


def _ask(world: World, handle: SupervisorHandle, name: str, chance: Chance) -> None:
    number = chance.randint(0, 1000)
    answer = handle.ref(name).ask(Number(number), block=False)
    world.ask("worker", _same(answer, number))


async def _same(answer: Awaitable[int], number: int) -> None:
    found = await answer
    if found != number:
        raise RuntimeError(f"asked for {number}, and got {found}")


async def _awaited(answer: Awaitable[bool]) -> bool:
    return await answer


def _application(world: World) -> Any:
    return world.fleet.supervision._state.child("application").ref


def _worker(name: str, chance: Chance) -> ChildSpec:
    own = Chance(chance.randint(0, 1_000_000), name)
    return ChildSpec(name, lambda: Worker(own), restart=_limits(chance))


def _limits(chance: Chance) -> RestartConfig:
    return RestartConfig(
        type=chance.choice([RestartType.PERMANENT, *RestartType]),
        intensity=chance.choice([0, 2, 10]),
        period=chance.about(1.0, 60.0),
        base_delay=chance.choice([0.0, 0.1, 2.0]),
        quarantine_retry=chance.about(2.0, 60.0),
        shutdown_timeout=chance.about(0.1, 5.0),
    )


def _try(world: World, action: Any) -> None:
    try:
        action()
    except (ResilienceError, InjectedCrash, pykka.ActorDeadError) as refused:
        world.watch.note("pipeline", f"refused: {refused}")
