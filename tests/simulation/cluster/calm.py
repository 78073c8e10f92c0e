"""After the last fault: everything is as it should be again, and soon."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.ledger import PATIENCE

from .host import MODEL

if TYPE_CHECKING:
    from .world import World

CLOSES_WITHIN = 8.0
"""Seconds in which a breaker closes by itself once the provider is well and its trials are back."""


async def calm(world: World) -> None:
    """Heal all, wait, and look."""
    network = world.network
    network.loss = network.doubles = network.stragglers = 0.0
    network.delay = min(network.delay, 0.03)
    network.heal(*(peer.name for peer in world.living))
    provider = world.provider
    provider.is_down = provider.asks_to_wait = world.bursts = False
    world.pause, provider.duration = (0.001, 0.005), (0.1, 0.2)
    for peer in world.living:
        peer.is_busy = True
    if not world.host.alive:
        world.new_host()
    world.host.is_reaching = True
    network.host(world.host.owners)
    healed_at = world.now()
    await _reset(world)
    await _closed(world)
    # What dead peers had is over by then, and new owners have learned.
    await asyncio.sleep(max(0.0, healed_at + 2.1 * PATIENCE * world.host.share_time - world.now()))
    await _exchanges(world, 3)
    _all_hold_fair_shares(world)
    before = world.promises.calls
    await asyncio.sleep(0.5)
    if not world.weather.is_limited and world.promises.calls == before:
        world.promises.broken("no call starts in the end")
    if _states(world) == {"closed"}:
        await world.promises.minute.is_used()


async def _reset(world: World) -> None:
    """End what operators have ordered, where their last word may have got lost."""
    if not world.was_forced:
        return
    world.ruled_at = world.now()
    for _ in range(3):
        await asyncio.sleep(0.3)
        for peer in world.living:
            peer.runtime.model(MODEL).reset()


async def _closed(world: World) -> None:
    """All breakers close by themselves; where a dead peer has a trial, once that is given up."""
    # A rate that is used up leaves no call for a trial.
    if await _close_within(world, CLOSES_WITHIN) or world.weather.is_limited:
        return
    if _has_lost_trials(world):
        for peer in world.living:
            peer.is_busy = False
        await asyncio.sleep(world.living[0].shared.limits.trial_timeout)
        for peer in world.living:
            peer.is_busy = True
        if await _close_within(world, CLOSES_WITHIN):
            return
    world.promises.broken(f"the views are {sorted(_states(world))} in the end")


async def _close_within(world: World, seconds: float) -> bool:
    end = world.now() + seconds
    while world.now() < end and _states(world) != {"closed"}:
        await asyncio.sleep(0.1)
    return _states(world) == {"closed"}


def _states(world: World) -> set[str]:
    views = [peer.shared.sight.view for peer in world.living]
    return {"none" if view is None else view.state.value for view in views}


def _has_lost_trials(world: World) -> bool:
    owned = world.host.owned
    living = {peer.name for peer in world.living}
    return (
        owned is not None
        and owned.breaker.gate.state is State.HALF_OPEN
        and any(trial.peer not in living for trial in owned._trials.values())
    )


async def _exchanges(world: World, number: int) -> None:
    """Wait until each peer has had so many exchanges, sent and answered."""
    wanted = {peer: peer.clustering.state.seq + number + 1 for peer in world.living}
    end = world.now() + 10.0
    while any(peer.clustering.state.seq < seq for peer, seq in wanted.items()):
        await asyncio.sleep(0.02)
        if world.now() > end:
            return world.promises.broken("a peer does not exchange in the end")


def _all_hold_fair_shares(world: World) -> None:
    for peer in world.living:
        if not peer.clustering.state.joined or not peer.holds():
            world.promises.broken(f"{peer.name} has no share in the end")
        if peer.state.budget._parts != len(world.living):
            world.promises.broken(f"{peer.name} has not its part of the retries in the end")
    places = [peer.shared.share.places(peer.now()) for peer in world.living]
    if world.weather.is_limited:
        return
    if max(places) - min(places) > 1 or sum(places) < world.limit - 1:
        world.promises.broken(f"shares {places} of {world.limit} are not fair in the end")
