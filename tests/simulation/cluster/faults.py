"""What happens to a cluster. A fault that lasts goes on beside the next ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from hive_resilience.actors.fleet_messages import Switch
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.errors import IllegalTransitionError
from hive_resilience.testing import crash

from .host import MODEL

if TYPE_CHECKING:
    from .world import World


async def _cut(world: World) -> None:
    """One peer reaches nothing for a while, often for longer than its share holds."""
    world.aside(_cut_off(world, world.chance.choice(world.living).name))


async def _cut_off(world: World, name: str) -> None:
    world.loses_news = True
    world.network.cut(name)
    await asyncio.sleep(world.chance.about(0.5, 3.0))
    if name in {peer.name for peer in world.living}:
        world.network.heal(name)


async def _freeze_link(world: World) -> None:
    """What a peer sends and gets stands still, and comes late."""
    world.loses_news = True
    name = world.chance.choice(world.living).name

    async def frozen() -> None:
        world.network.freeze(name)
        await asyncio.sleep(world.chance.about(0.1, 2.5))
        world.network.thaw(name)

    world.aside(frozen())


async def _freeze_owner(world: World) -> None:
    """The owners stand still; what waits for them they handle afterwards."""
    host, names = world.host, [peer.name for peer in world.living]
    host.is_reaching = False
    world.network.freeze(*names)
    await asyncio.sleep(world.chance.about(0.1, 2.5))
    host.is_reaching = True
    world.network.thaw(*names)


async def _lag(world: World) -> None:
    """Answers to a peer take much longer than what it asks, and then it is cut off."""
    world.loses_news = True
    name = world.chance.choice(world.living).name
    world.network.lag(name, world.chance.about(0.1, 0.22))

    async def lagging() -> None:
        await asyncio.sleep(world.chance.about(0.3, 1.0))
        await _cut_off(world, name)
        world.network.lag(name, 0.0)

    world.aside(lagging())


async def _storm(world: World) -> None:
    """Messages are lost, doubled and late, for a while."""
    world.loses_news = True
    network, chance = world.network, world.chance

    async def blowing() -> None:
        network.loss = chance.choice([0.0, 0.1, 0.5])
        network.doubles = chance.choice([0.0, 0.5])
        network.stragglers = chance.choice([0.0, 0.1, 0.3])
        await asyncio.sleep(chance.about(0.5, 3.0))
        network.loss = network.doubles = network.stragglers = 0.0

    world.aside(blowing())


async def _kill_owner(world: World) -> None:
    world.host.kill()
    world.network.host(None)
    await asyncio.sleep(world.chance.about(0.02, 2.5))
    world.new_host()


async def _kill_owner_when_open(world: World) -> None:
    """The owners die soon after their breaker has opened, and others begin at once."""
    forced = world.chance.happens(0.5)
    if forced:
        _order(world, Switch.FORCE_OPEN)
        await asyncio.sleep(0.7)
    else:
        world.provider.is_down = True
        await _opens(world)
    world.host.kill()
    world.network.host(None)
    await asyncio.sleep(world.chance.about(0.02, 0.2))
    world.new_host()
    await asyncio.sleep(world.chance.about(0.3, 1.5))
    world.provider.is_down = False
    if forced:
        _order(world, Switch.RESET)


async def _opens(world: World) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(3.0):
            while (owned := world.host.owned) is None or owned.breaker.gate.state is not State.OPEN:
                await asyncio.sleep(0.02)


def _order(world: World, switch: Switch) -> None:
    world.ruled_at = world.now()
    world.was_forced = world.was_forced or switch is Switch.FORCE_OPEN
    model = world.chance.choice(world.living).runtime.model(MODEL)
    with suppress(IllegalTransitionError):  # one that is kept open cannot be tripped
        getattr(model, switch.value)()


async def _crash_owner(world: World) -> None:
    world.host.crash()


async def _split(world: World) -> None:
    """A part of the peers goes on with owners that have been replaced without their knowledge.

    The successors begin no sooner than half a share's time after the owners were last sure.
    """
    world.loses_news = True
    old, chance = world.host, world.chance
    apart = [peer.name for peer in chance.sample(world.living, max(1, len(world.living) // 2))]
    rest = [peer.name for peer in world.living if peer.name not in apart]
    early = chance.happens(0.5)
    if early:  # they are cut off a little sooner than their owners
        world.network.cut(*rest)
        await asyncio.sleep(old.share_time * chance.about(0.1, 0.4))
    old.is_reaching = False
    latest = chance.choice([0.6, 1.2])
    await asyncio.sleep(old.share_time * chance.about(0.52, latest))
    if early:
        world.network.heal(*rest)
    world.new_host()
    world.network.host(old.owners, *apart)
    await asyncio.sleep(chance.about(0.3, 4.0))
    old.kill()
    world.network.host(world.host.owners)


async def _kill_peer(world: World) -> None:
    if len(world.living) > 1:
        world.loses_news = True
        peer = world.chance.choice(world.living)
        peer.dead = peer.killed = True
        world.aside(peer.die())
        await world.new_peer()


async def _end_peer(world: World) -> None:
    """A process ends in order, and another one starts."""
    if len(world.living) > 1:
        world.loses_news = True
        peer = world.chance.choice(world.living)
        peer.dead = True
        world.aside(peer.stop())
        await world.new_peer()


async def _crash_peer(world: World) -> None:
    peer, name = world.chance.choice(world.living), world.chance.choice(["cluster", MODEL])
    ref = peer.clustering._ref if name == "cluster" else peer.runtime._fleet.member(MODEL).ref
    if ref.is_running():  # no crash waits for its next life
        crash(peer.runtime, name)


async def _provider(world: World) -> None:
    world.provider.is_down = not world.provider.is_down


async def _ask_to_wait(world: World) -> None:
    """The provider has calls wait that come for a while."""
    world.provider.asks_to_wait = True
    await asyncio.sleep(world.chance.about(0.1, 0.6))
    world.provider.asks_to_wait = False


async def _idle(world: World) -> None:
    """A process has nothing to do, or has again."""
    peer = world.chance.choice(world.living)
    peer.is_busy = not peer.is_busy


async def _operate(world: World) -> None:
    _order(world, Switch.TRIP if world.chance.happens(0.5) else Switch.RESET)


FAULTS: dict[str, Callable[[World], Awaitable[None]]] = {
    "ask to wait": _ask_to_wait,
    "crash owner": _crash_owner,
    "crash peer": _crash_peer,
    "cut": _cut,
    "end peer": _end_peer,
    "freeze link": _freeze_link,
    "freeze owner": _freeze_owner,
    "idle": _idle,
    "kill owner": _kill_owner,
    "kill owner when open": _kill_owner_when_open,
    "lag": _lag,
    "kill peer": _kill_peer,
    "operate": _operate,
    "provider": _provider,
    "split": _split,
    "storm": _storm,
}
