"""An alert of several workers is told by one of them, from its beginning to its end."""

from __future__ import annotations

import asyncio

from hive_resilience import Runtime
from hive_resilience.config import AlertsConfig

from ....conftest import Virtual
from ...cluster.cluster_kit import MODEL, Simulated, processes
from .telling_kit import ALERTS, Server

FIRING, RESOLVED = ("firing", ("circuit_open a",)), ("resolved", ("circuit_open a",))


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


def test_an_outage_of_many_models_is_few_words_and_all_of_it_is_told(virtual: Virtual) -> None:
    async def main() -> None:
        names = "".join(chr(0x4E00 + at) for at in range(61))
        async with Server(models=names, group_wait=0.5, group_by=["alert"]) as server:
            one, two = await server.start(1), await server.start(2)
            before = server.words
            out = names[:-1]  # one of them stays, or it would be another alert
            for worker in (one, two):
                for name in out:
                    worker.model(name).trip()
            await asyncio.sleep(5.0)
            assert server.words - before < 10
            for name in out:
                one.model(name).reset()
                two.model(name).reset()
            await asyncio.sleep(60.0)
            two.model(out[-1]).trip()  # more than a message has room for
            await asyncio.sleep(5.0)

            kinds = [(kind, len(alerts)) for kind, alerts in server.told[1]]
            assert kinds == [("firing", 50), ("resolved", 50)]
            assert server.told[2] == [("firing", (f"circuit_open {out[-1]}",))]

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


def test_an_end_that_is_still_to_be_told_comes_before_the_next_beginning(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server(group_wait=0.5, group_interval=6.0, keep=1.0) as server:
            one, two = await server.start(1), await server.start(2)
            began = asyncio.get_running_loop().time()
            one.model("a").trip()
            await asyncio.sleep(1.0)
            one.model("a").reset()
            await asyncio.sleep(2.0)  # its end is told with what comes within `group_interval`
            two.model("a").trip()
            await asyncio.sleep(30.0)

            told = sorted(
                (round(at - began, 1), worker, kind)
                for worker, pager in server.pagers.items()
                for at, kind, _ in pager.said
            )
            assert told == [(0.6, 1, "firing"), (6.5, 1, "resolved"), (7.1, 2, "firing")]

    virtual(main())


def test_a_worker_says_again_each_ten_seconds_what_fires_and_nothing_else(virtual: Virtual) -> None:
    async def main() -> None:
        async with Server() as server:
            one, _ = [await server.start(number) for number in (1, 2)]
            await asyncio.sleep(5.0)
            before = server.words
            await asyncio.sleep(100.0)
            assert server.words == before
            one.model("a").trip()
            await asyncio.sleep(5.0)
            before = server.words
            await asyncio.sleep(100.0)

            assert server.words - before == 10

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
