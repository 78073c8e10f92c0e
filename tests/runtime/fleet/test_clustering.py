"""Runtimes in one cluster, over a network in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.model.actor import ModelActor
from hive_resilience.config import Alone, BulkheadConfig, ClusterConfig
from hive_resilience.testing import Network, run_virtual

from ...simulation.chance import Chance
from ...simulation.cluster.host import Host

LIMIT = 9


class Provider:
    """Counts the calls of all processes together."""

    def __init__(self) -> None:
        self.in_flight = self.most = self.calls = 0

    async def __call__(self, _task: Task) -> str:
        self.calls += 1
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        await asyncio.sleep(0.05)
        self.in_flight -= 1
        return "answer"


class Cluster:
    """Processes that share one model."""

    def __init__(self, alone: Alone = Alone.SHARE) -> None:
        self.provider = Provider()
        self.network = Network(Chance(1, "network").random)
        self.settings = ClusterConfig(alone=alone)
        self.host = Host(1, Chance(1, "host"), learns=False)
        self.network.host(self.host.owners)

    def process(self, name: str) -> Runtime:
        model = ModelConfig(
            id="m", executor=self.provider, bulkhead=BulkheadConfig(max_concurrent=LIMIT)
        )
        runtime = Runtime(models=[model])
        self.network.join(runtime, self.settings, name)
        return runtime

    def close(self) -> None:
        self.host.kill()


@asynccontextmanager
async def processes(cluster: Cluster, *names: str) -> AsyncIterator[list[Runtime]]:
    runtimes = [cluster.process(name) for name in names]
    for runtime in runtimes:
        await runtime.astart()
    try:
        yield runtimes
    finally:
        for runtime in runtimes:
            await runtime.aclose()
        cluster.close()
        await cluster.network.close()


async def load(runtime: Runtime, until: float) -> None:
    """Twice as many tasks as there are places."""

    async def one() -> None:
        while asyncio.get_running_loop().time() < until:
            (await runtime.execute(Task("hello"))).unwrap()

    await asyncio.gather(*(one() for _ in range(2 * LIMIT)))


def places(runtime: Runtime) -> int:
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return cluster.shares["m"].places


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
