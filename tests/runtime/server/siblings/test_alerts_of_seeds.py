"""Whatever fires where and when, people hear of beginnings and ends in turn."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from hive_resilience import Runtime

from ....conftest import Virtual
from ....sampling import sampled
from ....simulation.chance import Chance
from .telling_kit import Server

WAIT, INTERVAL, KEEP = 1.0, 5.0, 2.0
LONG = WAIT + INTERVAL + 0.5
"""Seconds after which people must have heard of what fires on."""
KINDS = ("firing", "resolved")


class Book:
    """Which workers have an open breaker of each model, and since when any has."""

    def __init__(self) -> None:
        self.open: dict[str, set[Runtime]] = {"a": set(), "b": set()}
        self.since: dict[str, float] = {}
        self.lasted: dict[str, list[tuple[float, float]]] = {"a": [], "b": []}

    def note(self, worker: Runtime, model: str, now: float, *, opens: bool) -> None:
        there = self.open[model]
        if opens and not there:
            self.since[model] = now
        (there.add if opens else there.discard)(worker)
        if not opens and not there and model in self.since:
            self.lasted[model].append((self.since.pop(model), now))


async def life(seed: int) -> None:
    chance, book, now = Chance(seed, "alerts"), Book(), asyncio.get_running_loop().time
    delay = chance.choice([0.0, 0.002, 0.02])
    server = Server(delay, group_wait=WAIT, group_interval=INTERVAL, keep=KEEP)
    async with server:
        workers = [await server.start(number) for number in range(1, chance.randint(2, 4) + 1)]
        until = now() + 120.0
        while now() < until:
            await asyncio.sleep(chance.choice([0.001, 0.01, 0.3, 2.0, 9.0]))
            worker, model = chance.choice(workers), chance.choice(["a", "b"])
            opens = worker not in book.open[model]
            handle = worker.model(model)
            (handle.trip if opens else handle.reset)()
            book.note(worker, model, now(), opens=opens)
        for model, there in book.open.items():
            for worker in tuple(there):
                worker.model(model).reset()
                book.note(worker, model, now(), opens=False)
        await asyncio.sleep(60.0)

    for model, lasted in book.lasted.items():
        told = sorted(
            (at, KINDS.index(kind), worker)
            for worker, pager in server.pagers.items()
            for at, kind, alerts in pager.said
            if f"circuit_open {model}" in alerts
        )
        assert [kind for _, kind, _ in told] == [0, 1] * (len(told) // 2), told
        assert [worker for *_, worker in told[::2]] == [worker for *_, worker in told[1::2]], told
        spans = [(one[0], other[0]) for one, other in zip(told[::2], told[1::2], strict=True)]
        for began, ended in lasted:
            if ended - began > LONG:
                assert any(t <= began + LONG and ended <= end for t, end in spans), (began, told)
        for heard, _ in spans:
            assert any(began <= heard <= end + KEEP + 0.5 for began, end in lasted), (heard, told)


async def life_with_deaths(seed: int) -> None:
    """Workers die and start again; at the end all is out for a while, and well again."""
    chance, now = Chance(seed, "deaths"), asyncio.get_running_loop().time
    deaths: list[float] = []
    async with Server(0.002, group_wait=WAIT, group_interval=INTERVAL, keep=KEEP) as server:
        for number in (1, 2, 3):
            await server.start(number)
        until = now() + 300.0
        while now() < until:
            await asyncio.sleep(chance.choice([0.01, 0.3, 2.0, 9.0, 40.0]))
            number, model = chance.randint(1, 3), chance.choice(["a", "b"])
            if chance.happens(0.15):
                deaths.append(now())
                await server.kill(number)
                await asyncio.sleep(chance.choice([0.01, 3.0, 60.0]))
                await server.start(number)
            else:
                handle = server.workers[number].model(model)
                (handle.trip if chance.happens(0.5) else handle.reset)()
        for model in ("a", "b"):
            for worker in server.workers.values():
                worker.model(model).trip()
        await asyncio.sleep(60.0)
        for model in ("a", "b"):
            for worker in server.workers.values():
                worker.model(model).reset()
        await asyncio.sleep(60.0)

    for model in ("a", "b"):
        told = sorted(
            (at, kind)
            for pager in server.pagers.values()
            for at, kind, alerts in pager.said
            if f"circuit_open {model}" in alerts
        )
        for (before, was), (at, kind) in pairwise(told):
            has_died = any(before - 0.1 <= death <= at for death in deaths)
            assert kind != was or (kind == "firing" and has_died), (told, deaths)
        assert told[-1][1] == "resolved", (told, deaths)


@pytest.mark.parametrize("seed", sampled(range(100), every=20))
def test_no_end_is_told_twice_or_never_where_workers_die(virtual: Virtual, seed: int) -> None:
    virtual(life_with_deaths(seed))


@pytest.mark.parametrize("seed", sampled(range(100), every=20))
def test_people_hear_of_beginnings_and_ends_in_turn(virtual: Virtual, seed: int) -> None:
    virtual(life(seed))
