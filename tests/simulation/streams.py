"""Readers of streams: patient, slow, leaving and forgetful ones."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hive_resilience import Stream, Task, TaskResult

from .chance import Chance
from .orders import order
from .readings import Reading

if TYPE_CHECKING:
    from .world import World

READERS = ("patient", "patient", "slow", "leaving", "forgetful")


async def streams(world: World, chance: Chance) -> None:
    """Streams one after the other, each with a reader of some kind."""
    rate = chance.about(0.05, 0.8)
    while True:
        await asyncio.sleep(chance.expovariate(rate))
        task, plan, strategy, limit, scope = order(world, chance)
        manner = chance.choice(READERS)
        how = {"plan": plan, "strategy": strategy}
        work: Any = _read(world, task, Chance(world.seed, task.id), manner, how)
        if manner != "forgetful":
            work = world.judged(task, work)
        # The time of a slow reader is its own.
        within = limit if manner == "patient" else None
        reader = world.ask("stream", work, task=task, plan=plan, limit=within, scope=scope)
        if chance.happens(0.1):
            entry = world.ledger.entries[-1]
            wait = chance.choice([0.0, chance.about(0.001, 20.0)])
            asyncio.get_running_loop().call_later(wait, _cancel, entry, reader)


def _cancel(entry: Any, reader: asyncio.Task[None]) -> None:
    if not reader.done():
        entry.cancel_asked = True
        reader.cancel()


async def _read(
    world: World, task: Task, chance: Chance, manner: str, how: dict[str, Any]
) -> TaskResult | None:
    reading = Reading(task.id)
    world.readings.append(reading)
    enough = 1 + int(chance.random() * 5) if manner in ("leaving", "forgetful") else None
    pause = chance.about(0.01, 5.0) if manner == "slow" else 0.0
    if manner == "forgetful":
        await _read_some(world.runtime.stream(task, **how), reading, enough, pause, world.hurry)
        return None
    async with world.runtime.stream(task, **how) as stream:
        await _read_some(stream, reading, enough, pause, world.hurry)
    reading.result = stream.result
    return reading.result


async def _idle(hurry: asyncio.Event, pause: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await hurry.wait()


async def _read_some(
    stream: Stream, reading: Reading, enough: int | None, pause: float, hurry: asyncio.Event
) -> None:
    while enough is None or len(reading.chunks) < enough:
        try:
            chunk = await anext(stream)
        except StopAsyncIteration:
            reading.ends += 1
            break
        except Exception as error:
            reading.ends += 1
            reading.error = error
            break
        reading.chunks.append(chunk)
        if pause:
            await _idle(hurry, pause)
    else:
        return
    try:
        reading.chunks.append(await anext(stream))  # there must be nothing after the end
    except (StopAsyncIteration, Exception):
        return
