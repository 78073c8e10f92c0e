"""An alert of several workers is told by one of them, from its beginning to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hive_resilience import Runtime
from hive_resilience.actors.policies.alerting.several import LASTS, AlertWord
from hive_resilience.config import AlertsConfig
from hive_resilience.runtime.server.siblings.together import alerts_together

from ....actors.alerting.alerts_kit import Pager, watched
from ....conftest import Virtual
from ...cluster.cluster_kit import MODEL, Simulated, processes

FIRING, RESOLVED = ("firing", ("circuit_open a",)), ("resolved", ("circuit_open a",))
ALERTS: dict[str, Any] = {"group_wait": 0.0, "group_interval": 0.0, "keep": 5.0}


class Server:
    """Workers that tell each other what fires, each with people of its own."""

    def __init__(self, **alerts: Any) -> None:
        self.alerts = ALERTS | alerts
        self.pagers: dict[int, Pager] = {}
        self.workers: dict[int, Runtime] = {}
        self.words = 0
        self._take: dict[int, Callable[[AlertWord], None]] = {}

    async def start(self, number: int, **alerts: Any) -> Runtime:
        """Start a worker."""
        pager = self.pagers[number] = Pager()
        runtime = self.workers[number] = watched(pager, **self.alerts | alerts)
        await runtime.__aenter__()
        self.join(number, runtime)
        return runtime

    def join(self, number: int, runtime: Runtime) -> None:
        """Let a runtime be one of them."""

        def say(word: AlertWord) -> None:
            self.words += 1
            for other in self._take.keys() - {number}:
                self._take[other](word)

        take = alerts_together(runtime, number, say)
        assert take is not None
        self._take[number] = take

    async def kill(self, number: int) -> None:
        """A worker ends without a word."""
        del self._take[number]
        await self.workers.pop(number).__aexit__(None, None, None)

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        for number in tuple(self.workers):
            await self.kill(number)

    @property
    def told(self) -> dict[int, list[tuple[str, tuple[str, ...]]]]:
        """What people have heard of each worker, of those that have said anything."""
        return {number: pager.told for number, pager in self.pagers.items() if pager.heard}


def elsewhere(runtime: Runtime) -> list[bool]:
    return [one.told_elsewhere for one in runtime.alerts.list()]


def test_an_alert_of_all_workers_has_one_beginning_and_one_end(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two, three = [await server.start(number) for number in (1, 2, 3)]
            for worker in (two, one, three):
                worker.model("a").trip()
                await asyncio.sleep(1.0)
            assert server.told == {2: [FIRING]}
            assert [elsewhere(worker) for worker in (one, two, three)] == [[True], [False], [True]]

            two.model("a").reset()
            await asyncio.sleep(600.0)
            three.model("a").reset()
            await asyncio.sleep(600.0)
            assert server.told == {2: [FIRING]}  # it fires on in worker 1
            one.model("a").reset()
            await asyncio.sleep(20.0)

            assert server.told == {2: [FIRING, RESOLVED]}
            assert [worker.alerts.list() for worker in (one, two, three)] == [()] * 3

    virtual(main())


def test_it_is_the_lower_number_where_two_find_it_at_once(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server(keep=0.0) as server:
            one, two = await server.start(1), await server.start(2)
            for worker in (two, one):
                worker.model("a").trip()
            await asyncio.sleep(30.0)
            assert server.told == {1: [FIRING]}

            one.model("a").reset()  # with no time for which it is kept
            await asyncio.sleep(30.0)
            one.model("a").trip()
            await asyncio.sleep(30.0)
            assert server.told == {1: [FIRING]}
            for worker in (two, one):
                worker.model("a").reset()
            await asyncio.sleep(30.0)
            assert server.told == {1: [FIRING, RESOLVED]}

    virtual(main())


def test_what_one_worker_has_it_tells_itself(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = await server.start(1), await server.start(2)
            one.model("a").trip()
            two.model("b").trip()
            await asyncio.sleep(30.0)

            assert server.told == {1: [FIRING], 2: [("firing", ("circuit_open b",))]}

    virtual(main())


def test_another_worker_tells_it_again_where_the_one_that_told_it_has_died(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = await server.start(1), await server.start(2)
            for worker in (one, two):
                worker.model("a").trip()
                await asyncio.sleep(1.0)
            await server.kill(1)
            died = asyncio.get_running_loop().time()
            await asyncio.sleep(LASTS + 11.0)

            assert server.told == {1: [FIRING], 2: [FIRING]}
            assert server.pagers[2].heard[0][0] - died > 10.0
            two.model("a").reset()
            await asyncio.sleep(20.0)
            assert server.told[2] == [FIRING, RESOLVED]

    virtual(main())


def test_a_worker_that_starts_later_learns_at_once_what_is_told(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one = await server.start(1)
            one.model("a").trip()
            await asyncio.sleep(2.0)
            two = await server.start(2)
            await asyncio.sleep(0.2)
            two.model("a").trip()
            await asyncio.sleep(30.0)

            assert server.told == {1: [FIRING]}

    virtual(main())


def test_workers_say_it_again_each_ten_seconds_and_no_more_often(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            for number in (1, 2):
                await server.start(number)
            await asyncio.sleep(5.0)
            before = server.words
            await asyncio.sleep(100.0)

            assert server.words - before == 20

    virtual(main())


def test_alerts_that_begin_to_be_kept_later_are_told_once_too(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, two = [await server.start(number, enabled=False) for number in (1, 2)]
            for number, worker in ((1, one), (2, two)):
                alerts = AlertsConfig(
                    channels=[server.pagers[number].settings], default_rules=False, **ALERTS
                )
                config = worker.config
                settings = config.model_copy(
                    update={"global_": config.global_.model_copy(update={"alerts": alerts})}
                )
                await worker.reload(settings)
            for worker in (one, two):
                worker.model("a").trip()
            await asyncio.sleep(30.0)

            assert server.told == {1: [FIRING]}

    virtual(main())


def test_where_the_owner_has_named_who_speaks_the_workers_name_nobody_else(
    virtual: Virtual,
) -> None:
    async def main() -> None:
        simulated, server = Simulated(), Server()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            speaker = (await fleet[0].cluster_snapshot()).models[MODEL].speaker
            # Numbered so that the workers themselves would choose another one.
            others = [one for name, one in zip("abc", fleet, strict=True) if name != speaker]
            last = next(one for one in fleet if one not in others)
            for number, runtime in enumerate((*others, last), 1):
                server.join(number, runtime)
            others[0].model(MODEL).trip()  # so that it begins there
            await asyncio.sleep(3.0)
            others[0].model(MODEL).reset()
            await asyncio.sleep(5.0)

            told = [(name, kind) for name, kind, alert in simulated.told if alert == "circuit_open"]
            assert told == [(speaker, "firing"), (speaker, "resolved")]

    virtual(main())
