"""One trial for a whole fleet: four processes do not knock four times."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hive_resilience.testing import run_virtual

from .cluster_kit import Cluster, Provider, load, processes

PERIODS = 20


def test_each_half_open_period_has_one_call_of_the_whole_fleet() -> None:
    async def main() -> None:
        breaker = {
            "failure_threshold": 3,
            "half_open_max_calls": 1,
            "recovery_timeout": 1.0,
            "max_recovery_timeout": 1.0,
            "recovery_jitter": 0.0,
        }
        cluster = Cluster(circuit_breaker=breaker, retry={"max_retries": 0})
        async with processes(cluster, "a", "b", "c", "d") as fleet:
            loads = [asyncio.create_task(load(runtime, 26.0, 2)) for runtime in fleet]
            await asyncio.sleep(1.0)
            cluster.provider.is_down = True
            await asyncio.sleep(0.9)  # all breakers are open by then
            cluster.provider.starts.clear()
            await asyncio.gather(*loads)

        starts = cluster.provider.starts
        pauses = [after - before for before, after in pairwise(starts)]
        assert len(starts) >= PERIODS
        assert min(pauses) >= 1.0

    run_virtual(main())


def test_after_a_dead_provider_is_back_all_processes_call_it_again() -> None:
    async def main() -> None:
        provider = Provider()
        breaker = {"recovery_timeout": 1.0, "recovery_jitter": 0.0}
        cluster = Cluster(provider=provider, circuit_breaker=breaker, retry={"max_retries": 0})
        async with processes(cluster, "a", "b") as fleet:
            loads = [asyncio.create_task(load(runtime, 6.0, 2)) for runtime in fleet]
            await asyncio.sleep(1.0)
            provider.is_down = True
            await asyncio.sleep(1.5)
            provider.is_down = False
            await asyncio.gather(*loads)

            states = [each.snapshot().models["m"].breaker.state for each in fleet]
            assert states == ["closed", "closed"]
            assert all(each.snapshot().models["m"].metrics.successes > 20 for each in fleet)

    run_virtual(main())
