"""Other settings while everything else goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from hive_resilience import ModelConfig, ResilienceError, RuntimeConfig
from hive_resilience.testing import InjectedCrash

from .chance import Chance
from .fleet import model_config
from .weather import Model
from .world import World

_KEPT = ("retry", "bulkhead")
"""What the invariants measure by: a budget's ratio, and how many calls may be at work."""
CRASHING = 0.6
"""Share of the reloads at which the actor of a model crashes: by chance alone hardly any does."""


async def reloads(world: World, chance: Chance) -> None:
    """Now and then models change, come, go and change places."""
    pause = chance.about(10.0, 60.0)
    while True:
        await asyncio.sleep(chance.expovariate(1 / pause))
        for _ in range(chance.choice([1, 1, 1, 2, 5])):
            await _reload(world, chance)


async def _reload(world: World, chance: Chance) -> None:
    before = dict(world.fleet.members)
    config = _other(world, chance)
    if chance.happens(CRASHING):
        world.watch.arm(chance.choice(world.ids or ["gone"]), "Reconfigure")
    world.watch.note("operator", f"reloads {[model.id for model in config.models]}")
    try:
        # Not through a task: nothing must happen before the new actors are listened to.
        await world.runtime._reloader.reload(config)
    except (ResilienceError, InjectedCrash) as refused:
        world.watch.note("operator", f"not reloaded: {refused}")
    for model_id, member in world.fleet.members.items():
        if before.get(model_id) is not member:
            world.stopped.discard(model_id)
            world.adopt(model_id)


def _other(world: World, chance: Chance) -> RuntimeConfig:
    declared = world.runtime._reloader.config
    models = [_changed(world, model, chance) for model in declared.models]
    if len(models) > 1 and chance.happens(0.4):
        models.remove(chance.choice(models))
    if len(world.ids) < 8 and chance.happens(0.4):
        models.append(world.new_model())
    if chance.happens(0.2):
        chance.shuffle(models)
    changes: dict[str, Any] = {"default_timeout": chance.about(1.0, 20.0)}
    if chance.happens(0.3):
        changes["health_check_interval"] = chance.about(5.0, 60.0)
    return RuntimeConfig(global_=declared.global_.model_copy(update=changes), models=tuple(models))


def _changed(world: World, model: ModelConfig, chance: Chance) -> ModelConfig:
    if chance.happens(0.5):
        return model
    # It may be there under other settings than were declared: somebody removed and added it.
    member = world.fleet.members.get(model.id)
    present = model if member is None else member.config
    executor = present.executor
    assert isinstance(executor, Model)
    other = model_config(model.id, executor, chance)
    return other.model_copy(update={name: getattr(present, name) for name in _KEPT})
