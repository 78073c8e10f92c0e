"""What all processes of a cluster see is told by one of them; what one sees it tells itself."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import Runtime
from hive_resilience.actors.cluster import alerts
from hive_resilience.config import AlertsConfig
from hive_resilience.events import AlertRaised, ClusterLost
from hive_resilience.testing import run_virtual

from .cluster_kit import MODEL, SPARE, Simulated, processes

FIRING, RESOLVED = "firing", "resolved"
OPEN = "circuit_open"


def told_elsewhere(runtime: Runtime, name: str = OPEN) -> list[bool]:
    return [one.told_elsewhere for one in runtime.alerts.list() if one.name == name]


def of(simulated: Simulated, alert: str, kind: str) -> list[str]:
    """The processes that have told of an alert, once for each time."""
    return [name for name, how, which in simulated.told if (how, which) == (kind, alert)]


def test_a_breaker_that_opens_in_all_processes_is_told_by_one() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            fleet[1].model(MODEL).trip()
            await asyncio.sleep(3.0)
            firing = of(simulated, OPEN, FIRING)
            seen = [told_elsewhere(runtime) for runtime in fleet]
            fleet[2].model(MODEL).reset()
            await asyncio.sleep(3.0)

            assert len(firing) == 1
            assert sorted(seen) == [[False], [True], [True]]
            assert of(simulated, OPEN, RESOLVED) == firing

    run_virtual(main())


def test_that_no_model_is_usable_is_told_by_one_process_too() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            for model in (MODEL, SPARE):
                fleet[0].model(model).trip()
            await asyncio.sleep(3.0)

            assert len(of(simulated, "no_usable_model", FIRING)) == 1

    run_virtual(main())


def test_another_process_speaks_within_the_time_of_a_share_after_the_speaker_has_died() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            names = {"a", "b", "c"}
            speaker = (await fleet[0].cluster_snapshot()).models[MODEL].speaker
            assert speaker in names
            simulated.network.cut(speaker)
            await asyncio.sleep(3.1)
            one = next(name for name in sorted(names) if name != speaker)
            alive = fleet[sorted(names).index(one)]
            assert (await alive.cluster_snapshot()).models[MODEL].speaker in names - {speaker}
            await alive.cluster.operate(MODEL, "trip")
            await asyncio.sleep(1.5)

            firing = of(simulated, OPEN, FIRING)
            assert len(firing) == 1
            assert firing[0] != speaker

    run_virtual(main())


def test_a_process_that_is_alone_speaks_for_itself() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as (a, b, c):
            await asyncio.sleep(1.5)
            simulated.network.cut("a", "b", "c")
            await asyncio.sleep(4.0)
            for runtime in (a, b, c):
                runtime.model(MODEL).trip()
            await asyncio.sleep(2.0)

            assert sorted(of(simulated, OPEN, FIRING)) == ["a", "b", "c"]
            assert sorted(of(simulated, "cluster_lost", FIRING)) == ["a", "b", "c"]

    run_virtual(main())


def test_what_only_one_process_sees_it_tells_itself() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            speaker = (await fleet[0].cluster_snapshot()).models[MODEL].speaker
            names = ["a", "b", "c"]
            other = next(name for name in names if name != speaker)
            simulated.network.cut(other)
            heard: list[ClusterLost] = []
            fleet[names.index(other)].subscribe(heard.append, ClusterLost)
            await asyncio.sleep(5.0)
            told = of(simulated, "cluster_lost", FIRING)
            simulated.network.heal()
            await asyncio.sleep(3.0)

            assert told == [other]
            assert of(simulated, "cluster_lost", RESOLVED) == [other]

    run_virtual(main())


@pytest.mark.parametrize(("join", "after"), [(2.0, 3.0), (10.0, 10.0)])
def test_a_process_that_starts_has_lost_no_cluster_while_it_may_still_join(
    join: float, after: float
) -> None:
    async def main() -> None:
        simulated = Simulated()
        simulated.network.cut("a")
        clock, began = asyncio.get_running_loop().time, asyncio.get_running_loop().time()
        runtime = simulated.process("a", join_timeout=join)
        raised: list[float] = []
        runtime._bus.tap(lambda _: raised.append(clock() - began), (AlertRaised,), lambda: None)
        async with runtime:
            await asyncio.sleep(12.0)

        assert raised == [pytest.approx(after, abs=1.0)]

    run_virtual(main())


def test_the_speaker_stays_when_the_owners_start_again() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b", "c") as fleet:
            await asyncio.sleep(1.5)
            fleet[0].model(MODEL).trip()
            await asyncio.sleep(2.0)
            before = (await fleet[0].cluster_snapshot()).models[MODEL].speaker
            simulated.host(learns=True)
            await asyncio.sleep(6.0)
            after = (await fleet[0].cluster_snapshot()).models[MODEL].speaker

            assert after == before
            assert of(simulated, OPEN, FIRING) == [before]

    run_virtual(main())


def test_owners_that_start_again_and_again_are_an_alert_of_one_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alerts, "WITHIN", 60.0)

    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b"):
            for _ in range(3):
                await asyncio.sleep(5.0)
                simulated.host(learns=True)
            await asyncio.sleep(8.0)
            told = of(simulated, "owner_changes", FIRING)
            await asyncio.sleep(60.0)

            assert len(told) == 1
            assert of(simulated, "owner_changes", RESOLVED) == told

    run_virtual(main())


def test_a_process_that_tells_no_people_is_no_speaker() -> None:
    async def main() -> None:
        simulated = Simulated()
        silent = simulated.process("00", alerts=AlertsConfig(enabled=True))
        await silent.astart()
        async with processes(simulated, "a") as (a,):
            await asyncio.sleep(2.0)
            assert (await a.cluster_snapshot()).models[MODEL].speaker == "a"
            await silent.aclose()

    run_virtual(main())
