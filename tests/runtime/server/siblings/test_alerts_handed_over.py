"""What becomes of alerts where the worker that tells them dies, starts again or is not heard."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.policies.alerting.several import LASTS

from ....actors.alerting.alerts_kit import Notebook, Pager, watched
from ....conftest import Virtual
from .telling_kit import Server
from .test_alerts_together import FIRING, RESOLVED


def test_another_worker_goes_on_with_what_a_worker_has_told_that_is_dead(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            _, two = await server.out(1, 2)
            await server.kill(1)
            await asyncio.sleep(600.0)
            assert server.told == {1: [FIRING]}
            assert [one.told_on for one in two.alerts.list()] == [("pager",)]
            two.model("a").reset()
            await asyncio.sleep(20.0)

            assert server.told == {1: [FIRING], 2: [RESOLVED]}

    virtual(main())


def test_the_end_is_told_though_it_comes_soon_after_the_death_of_the_one_that_told(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with Server() as server:
            _, two = await server.out(1, 2)
            await server.kill(1)
            await asyncio.sleep(1.0)
            two.model("a").reset()
            await asyncio.sleep(LASTS + 20.0)

            assert server.told == {1: [FIRING], 2: [RESOLVED]}

    virtual(main())


def test_a_worker_that_starts_again_does_not_tell_what_another_one_has(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = await server.out(1, 2)
            await server.kill(1)
            await asyncio.sleep(1.0)
            one = await server.start(1)
            one.model("a").trip()
            await asyncio.sleep(60.0)
            assert server.told == {1: [FIRING]}
            for worker in (one, two):
                worker.model("a").reset()
            await asyncio.sleep(60.0)

            assert server.told == {1: [FIRING], 2: [RESOLVED]}

    virtual(main())


def test_what_a_worker_has_before_it_joins_the_others_it_learns_to_be_told(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with Server(group_wait=2.0) as server:
            await server.out(1)
            await asyncio.sleep(3.0)
            pager = server.pagers[2] = Pager()
            two = server.workers[2] = watched(pager, **server.alerts)
            await two.__aenter__()
            two.model("a").trip()
            await asyncio.sleep(1.0)
            server.join(2, two)
            await asyncio.sleep(30.0)

            assert server.told == {1: [FIRING]}

    virtual(main())


def test_what_a_channel_of_one_worker_does_not_take_another_one_tells(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = await server.start(1), await server.start(2)
            server.pagers[1].broken = True
            for worker in (one, two):
                worker.model("a").trip()
            await asyncio.sleep(1_500.0)
            assert server.told == {2: [FIRING]}
            for worker in (one, two):
                worker.model("a").reset()
            await asyncio.sleep(60.0)

            assert server.told == {2: [FIRING, RESOLVED]}

    virtual(main())


def test_a_worker_without_a_channel_leaves_all_to_the_others(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = await server.start(1, enabled=True, channels=[]), await server.start(2)
            for worker in (one, two):
                worker.model("a").trip()
                await asyncio.sleep(1.0)

            assert server.told == {2: [FIRING]}

    virtual(main())


def test_what_was_read_back_and_is_not_confirmed_keeps_no_end_back(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            notebook = Notebook()
            one = await server.start(1)
            two = await server.start(2, notebook)
            for worker in (one, two):
                worker.model("a").trip()
            await asyncio.sleep(1.0)
            await server.kill(2)
            two = await server.start(2, notebook)
            assert len(two.alerts.list()) == 1
            await asyncio.sleep(1.0)
            one.model("a").reset()
            await asyncio.sleep(15.0)

            assert server.told == {1: [FIRING, RESOLVED]}

    virtual(main())
