"""The limits of a fleet hold exactly, whatever happens to its parts, where `alone` is `stop`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import Alone
from hive_resilience.testing import run_virtual

from ...sampling import sampled
from ...simulation.cluster.provider import Answer
from ...simulation.cluster.weather import TOKENS
from .cluster_kit import Cluster, Provider, load, places, processes

LIMIT, WANTED = 30, 20
Fault = Callable[[Cluster, list[Runtime]], Awaitable[None]]


async def nothing(_cluster: Cluster, _fleet: list[Runtime]) -> None:
    """All goes well."""


async def owner_killed(cluster: Cluster, _fleet: list[Runtime]) -> None:
    cluster.host.kill()
    cluster.network.host(None)
    await asyncio.sleep(0.6)
    cluster.new_host()


async def owner_frozen(cluster: Cluster, _fleet: list[Runtime]) -> None:
    cluster.host.is_reaching = False
    cluster.network.freeze("a", "b", "c")
    await asyncio.sleep(4.0)
    cluster.network.thaw()
    cluster.host.is_reaching = True


async def owner_replaced_unknown_to_it(cluster: Cluster, _fleet: list[Runtime]) -> None:
    """Its node is cut off with one of the processes, and the head has it made again elsewhere."""
    old = cluster.host
    old.is_reaching = False
    cluster.network.cut("b", "c")
    await asyncio.sleep(2.1)
    cluster.network.heal()
    cluster.new_host()
    cluster.network.host(old.owners, "a")
    await asyncio.sleep(4.0)
    cluster.network.host(cluster.host.owners)


async def peer_killed(cluster: Cluster, fleet: list[Runtime]) -> None:
    """Its calls end with it; it says nothing of that."""
    cluster.network.cut("a")
    cluster.loads[0].cancel()
    await asyncio.sleep(3.5)
    assert places(fleet[0]) == 0
    assert places(fleet[1]) + places(fleet[2]) == LIMIT


async def storm(cluster: Cluster, _fleet: list[Runtime]) -> None:
    network = cluster.network
    network.delay, network.loss, network.doubles, network.stragglers = 0.4, 0.4, 0.5, 0.2
    await asyncio.sleep(4.0)
    network.delay, network.loss, network.doubles, network.stragglers = 0.002, 0.0, 0.0, 0.0


FAULTS = (
    *(owner_killed, nothing, owner_frozen, owner_replaced_unknown_to_it),
    *(peer_killed, storm),
)


@pytest.mark.parametrize("fault", sampled(FAULTS, every=6), ids=lambda fault: fault.__name__)
def test_thirty_calls_are_in_flight_at_most_and_never_one_more(fault: Fault) -> None:
    async def main() -> None:
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=Provider(0.43))
        async with processes(cluster, "a", "b", "c") as fleet:
            cluster.loads = [asyncio.create_task(load(each, 11.0, WANTED)) for each in fleet]
            await asyncio.sleep(2.0)
            assert [places(runtime) for runtime in fleet] == [10, 10, 10]
            await fault(cluster, fleet)
            await asyncio.gather(*cluster.loads, return_exceptions=True)

            assert cluster.provider.most == LIMIT

    run_virtual(main())


@pytest.mark.conformance
@pytest.mark.parametrize("cut", [True, False])
def test_a_process_that_is_cut_off_ends_its_calls_before_others_get_its_places(cut: bool) -> None:
    """Calls that are longer than a fiftieth of a share go on beside them: nothing ends them."""

    async def main() -> None:
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=Provider(0.05))
        async with processes(cluster, "a", "b", "c") as fleet:
            loads = [asyncio.create_task(load(each, 6.0, WANTED)) for each in fleet]
            await asyncio.sleep(1.0)
            (cluster.network.cut if cut else cluster.network.freeze)("b")
            await asyncio.sleep(3.5)
            assert places(fleet[0]) + places(fleet[2]) == LIMIT
            cluster.network.heal()
            cluster.network.thaw()
            await asyncio.gather(*loads)

            assert cluster.provider.most == LIMIT
            assert all(places(each) >= 9 for each in fleet)

    run_virtual(main())


def test_shares_are_fair_after_three_exchanges() -> None:
    async def main() -> None:
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=Provider(0.02))
        async with processes(cluster, "a", "b", "c") as (a, b, c):
            first = asyncio.create_task(load(a, 2.0, 2 * LIMIT))
            await asyncio.sleep(1.0)
            assert places(a) >= LIMIT - 2
            others = [asyncio.create_task(load(each, 2.0, WANTED)) for each in (b, c)]
            begun = [_exchanges(each) for each in (a, b, c)]
            while any(_exchanges(each) < n + 4 for each, n in zip((a, b, c), begun, strict=True)):
                await asyncio.sleep(0.01)

            assert [places(each) for each in (a, b, c)] == [10, 10, 10]
            await asyncio.gather(first, *others)

    run_virtual(main())


def _exchanges(runtime: Runtime) -> int:
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return cluster.exchanges


def test_a_process_whose_requests_are_used_up_asks_again_soon() -> None:
    async def main() -> None:
        settings = {"rate_limit": {"requests_per_minute": 20.0}, "retry": {"max_retries": 0}}
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=Provider(0.01), **settings)
        async with processes(cluster, "a") as (a,):
            await load(a, 5.0, 1, 0.02)
            used = _exchanges(a)
            await load(a, 7.0, 1, 0.02)

            assert cluster.provider.calls == 20
            assert _exchanges(a) - used >= 18

    run_virtual(main())


LOADS = [(4, 3, 3), (8, 1, 1), (10, 0, 0), (20, 1, 1), (20, 0, 0)]


@pytest.mark.conformance
@pytest.mark.parametrize("workers", LOADS)
def test_a_rate_of_600_a_minute_is_used_and_kept(workers: tuple[int, int, int]) -> None:
    """Under demand: a task that is turned away is followed by the next one soon."""

    async def main() -> None:
        settings = {"rate_limit": {"requests_per_minute": 600.0}, "retry": {"max_retries": 0}}
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=Provider(0.5), **settings)
        async with processes(cluster, "a", "b", "c") as fleet:
            pairs = zip(fleet, workers, strict=True)
            await asyncio.gather(*(load(each, 185.0, n, 0.1) for each, n in pairs))

        minutes = in_minutes(cluster.provider.starts)
        assert max(minutes) <= 630
        assert min(minutes) >= 570

    run_virtual(main())


class Talkative(Provider):
    """Its answers cost tokens."""

    def __init__(self, duration: float) -> None:
        super().__init__(duration)
        self.answers: list[float] = []

    async def __call__(self, task: Task) -> Any:
        await super().__call__(task)
        self.answers.append(asyncio.get_running_loop().time())
        return Answer()


@pytest.mark.conformance
@pytest.mark.parametrize("workers", [(4, 3, 3), (20, 1, 1), (20, 0, 0)])
def test_a_rate_of_tokens_is_used_and_kept(workers: tuple[int, int, int]) -> None:
    """Calls under way make debts, at most of as many answers as there are places: 5 % here."""

    async def main() -> None:
        limit = 600.0 * TOKENS
        settings = {"rate_limit": {"tokens_per_minute": limit}, "retry": {"max_retries": 0}}
        provider = Talkative(0.5)
        cluster = Cluster(Alone.STOP, limit=LIMIT, provider=provider, **settings)
        async with processes(cluster, "a", "b", "c") as fleet:
            pairs = zip(fleet, workers, strict=True)
            await asyncio.gather(*(load(each, 125.0, n, 0.1) for each, n in pairs))

        minutes = in_minutes(provider.answers)
        assert max(minutes) * TOKENS <= 1.05 * limit
        assert min(minutes) * TOKENS >= 0.95 * limit

    run_virtual(main())


def in_minutes(times: list[float]) -> list[int]:
    """How many there were in the minute before each of them, once there was one."""
    return [sum(at - 60.0 < other <= at for other in times) for at in times if at >= 61.0]
