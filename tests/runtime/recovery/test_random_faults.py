"""Models come back from random faults without hands, and without recovery they do not."""

from __future__ import annotations

import asyncio
import random
from statistics import median

import pytest

from hive_resilience import Task
from hive_resilience.testing import crash

from ...conftest import Virtual
from .recovery_kit import Provider, closed, fleet_of, quarantine


async def one_fault(seed: int, recovery: dict[str, bool]) -> float | None:
    """Seconds from the end of a random fault until all models serve; None: not within 2 minutes."""
    draw = random.Random(seed)
    providers = {name: Provider() for name in "abc"}
    loop = asyncio.get_running_loop()
    async with fleet_of(providers, **recovery) as runtime:
        victim = draw.choice("abc")
        kind = draw.choice(("outage", "crash", "crash storm"))
        if kind == "outage":
            providers[victim].down = True
            until = loop.time() + draw.uniform(5.0, 60.0)
            while loop.time() < until:
                await runtime.execute(Task("x"))
                await asyncio.sleep(draw.uniform(0.2, 1.0))
            providers[victim].down = False
        elif kind == "crash":
            crash(runtime, victim)
        else:
            await quarantine(runtime, victim)
        ended = loop.time()
        while loop.time() < ended + 120.0:
            await asyncio.sleep(0.5)
            await runtime.execute(Task("x"))
            if not closed(runtime):
                return loop.time() - ended
    return None


def heal(virtual: Virtual, seed: int, count: int, **recovery: bool) -> list[float]:
    found = [virtual(one_fault(1_000 * seed + at, recovery)) for at in range(count)]
    return [span for span in found if span is not None]


COUNT = 12
"""Of a hundred faults, as many as the suite has time for; the marked test takes them all."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_models_come_back_from_random_faults_without_hands(virtual: Virtual, seed: int) -> None:
    healed = heal(virtual, seed, COUNT, restart_actor=True, reset_breaker=True)

    assert len(healed) == COUNT
    assert median(healed) < 30.0


def test_without_recovery_they_do_not_all_come_back(virtual: Virtual) -> None:
    healed = heal(virtual, 1, COUNT)

    assert len(healed) < 0.99 * COUNT


@pytest.mark.conformance
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_a_hundred_faults_ninety_nine_heal(virtual: Virtual, seed: int) -> None:
    healed = heal(virtual, seed, 100, restart_actor=True, reset_breaker=True)

    assert len(healed) >= 99
    assert median(healed) < 30.0
