"""Runtimes in one cluster, over a network in virtual time."""

from __future__ import annotations

import asyncio

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.cluster.events import (
    ClusterJoined,
    ClusterLost,
    ClusterSettingsDiffer,
    OwnerChanged,
)
from hive_resilience.actors.events import Event
from hive_resilience.actors.model.actor import ModelActor
from hive_resilience.config import Alone
from hive_resilience.testing import run_virtual

from .cluster_kit import LIMIT, Cluster, Provider, load, places, processes


def test_processes_share_the_limit_of_a_model_fairly() -> None:
    async def main() -> None:
        cluster = Cluster()
        async with processes(cluster, "a", "b", "c") as fleet:
            loads = [asyncio.create_task(load(runtime, 1.0)) for runtime in fleet]
            await asyncio.sleep(0.9)

            assert [places(runtime) for runtime in fleet] == [3, 3, 3]
            assert cluster.provider.most == LIMIT
            await asyncio.gather(*loads)

    run_virtual(main())


def test_a_process_that_ends_gives_its_places_back_at_once() -> None:
    async def main() -> None:
        cluster = Cluster()
        async with processes(cluster, "a", "b") as (a, b):
            await asyncio.gather(load(a, 1.0), load(b, 1.0))
            await a.aclose()
            await load(b, 1.6)

            assert places(b) == LIMIT

    run_virtual(main())


def test_an_operator_opens_the_breaker_in_every_process() -> None:
    async def main() -> None:
        async with processes(Cluster(), "a", "b") as (a, b):
            a.model("m").trip("an operator says so")
            await asyncio.sleep(0.01)
            opened = [runtime.snapshot().models["m"].breaker.state for runtime in (a, b)]
            a.model("m").reset()
            await asyncio.sleep(0.01)
            closed = [runtime.snapshot().models["m"].breaker.state for runtime in (a, b)]

            assert opened == ["open", "open"]
            assert closed == ["closed", "closed"]

    run_virtual(main())


def test_a_process_without_owners_goes_on_with_its_part_and_comes_back() -> None:
    async def main() -> None:
        cluster = Cluster()
        async with processes(cluster, "a", "b", "c") as (a, *_):
            await asyncio.sleep(1.5)  # until it has heard of the others
            cluster.network.cut("a")
            await asyncio.sleep(4.0)
            alone = places(a)
            (await a.execute(Task("hello"))).unwrap()
            cluster.network.heal("a")
            await asyncio.sleep(1.0)

            assert alone == LIMIT // 3
            status = a.snapshot().cluster
            assert status is not None
            assert (status.joined, status.peers, status.error) == (True, 3, None)

    run_virtual(main())


def test_a_process_that_has_to_stop_alone_makes_no_call() -> None:
    async def main() -> None:
        cluster = Cluster(Alone.STOP)
        async with processes(cluster, "a") as (a,):
            cluster.network.cut("a")
            await asyncio.sleep(4.0)
            result = await a.execute(Task("hello", timeout=1.0))

            assert not result.success
            assert cluster.provider.calls == 0

    run_virtual(main())


def test_a_process_in_no_cluster_has_the_actors_of_today() -> None:
    async def main() -> None:
        async with Runtime(models=[ModelConfig(id="m", executor=Provider())]) as runtime:
            actor = runtime._fleet.member("m").ref.address.actor

            assert type(actor) is ModelActor
            assert runtime.snapshot().cluster is None

    run_virtual(main())


def test_a_process_says_when_it_joins_and_loses_its_cluster() -> None:
    async def main() -> None:
        cluster = Cluster()
        runtime = cluster.process("a")
        told: list[Event] = []
        runtime.subscribe(told.append, ClusterJoined, OwnerChanged, ClusterLost)
        async with runtime:
            cluster.host.kill()
            cluster.new_host()
            await asyncio.sleep(1.5)
            cluster.network.cut("a")
            await asyncio.sleep(4.0)
            cluster.network.heal("a")
            await asyncio.sleep(1.5)
        await cluster.close()

        kinds = [type(event) for event in told]
        assert kinds == [ClusterJoined, OwnerChanged, ClusterLost, ClusterJoined]

    run_virtual(main())


def test_a_process_whose_owners_are_fenced_knows_that_it_is_alone() -> None:
    async def main() -> None:
        cluster = Cluster(Alone.STOP)
        async with processes(cluster, "a") as (a,):
            cluster.host.is_reaching = False
            await asyncio.sleep(7.0)
            status = a.snapshot().cluster
            assert status is not None

            assert (status.joined, status.fenced) == (False, True)
            assert places(a) == 0

    run_virtual(main())


def test_different_settings_are_told_and_the_strictest_hold() -> None:
    async def main() -> None:
        cluster = Cluster()
        a, b = cluster.process("a"), cluster.process("b", bulkhead={"max_concurrent": 4})
        told: list[ClusterSettingsDiffer] = []
        a.subscribe(told.append, ClusterSettingsDiffer)
        async with a, b:
            await load(a, 2.0)
            assert places(a) <= 4

        assert [event.model_id for event in told] == ["m"]
        await cluster.close()

    run_virtual(main())


def test_one_process_probes_for_all_and_another_one_once_it_is_gone() -> None:
    async def main() -> None:
        cluster = Cluster(health_check={"interval": 2.0, "tiny_request": True})
        probes: dict[str, list[float]] = {"a": [], "b": [], "c": []}

        def process(name: str) -> Runtime:
            async def call(task: Task) -> str:
                assert task.type == "health_check"
                probes[name].append(asyncio.get_running_loop().time())
                return "well"

            return cluster.process(name, executor=call)

        async with process("c") as c, process("a"), process("b"):
            await asyncio.sleep(20.0)
            counts = {name: len(at) for name, at in probes.items()}
            await c.aclose()
            await asyncio.sleep(20.0)

            assert counts["c"] >= 8
            assert counts["a"] + counts["b"] <= 2  # before they had heard of the owner
            assert len(probes["c"]) == counts["c"]
            assert len(probes["a"]) + len(probes["b"]) >= 8
        await cluster.close()

    run_virtual(main())


def test_the_reserve_of_retries_is_divided_by_the_processes() -> None:
    async def main() -> None:
        cluster = Cluster(retry={"budget_reserve": 10})
        async with processes(cluster, "a", "b", "c", "d") as (a, *_):
            await asyncio.sleep(2.5)

            assert a.snapshot().models["m"].budget.available == 2.5
            assert a._fleet.router_state.budget.available == 2.5

    run_virtual(main())


def test_exchanges_are_rare_in_idle_processes_and_bounded_in_busy_ones() -> None:
    async def main() -> None:
        cluster = Cluster(limit=2)
        async with processes(cluster, "idle", "busy") as (idle, busy):
            before = [_exchanges(idle), _exchanges(busy)]
            began = asyncio.get_running_loop().time()
            await load(busy, 5.0, 6)
            spent = asyncio.get_running_loop().time() - began
            after = [_exchanges(idle), _exchanges(busy)]

            assert spent - 1 <= after[0] - before[0] <= spent + 1
            assert spent * 8 <= after[1] - before[1] <= spent * 10 + 1

    run_virtual(main())


def test_no_share_counts_from_when_its_answer_came() -> None:
    async def main() -> None:
        cluster = Cluster(Alone.STOP)
        async with processes(cluster, "a") as (a,):
            cluster.network.delay = 0.24
            await asyncio.sleep(2.0)
            shared = a._fleet.clustering.shared["m"]  # type: ignore[union-attr]
            now = asyncio.get_running_loop().time()

            assert shared.share.until <= cluster.host.now() + 3.0
            assert shared.share.holds(now)

    run_virtual(main())


def _exchanges(runtime: Runtime) -> int:
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return cluster.exchanges
