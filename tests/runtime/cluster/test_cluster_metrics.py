"""The metrics of a process in a cluster; without one there are none of them."""

from __future__ import annotations

import asyncio

from hive_resilience import ModelConfig, Runtime
from hive_resilience.observability import metrics_text
from hive_resilience.runtime.observability.metrics.families import FAMILIES
from hive_resilience.testing import run_virtual

from .cluster_kit import LIMIT, MODEL, Simulated, answer, processes

OURS = {name for name in FAMILIES if name.startswith("hive_cluster_")}


def numbers(runtime: Runtime) -> dict[str, float]:
    lines = [line for line in metrics_text(runtime).splitlines() if line.startswith("hive_cluster")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_a_process_tells_its_part_of_the_cluster_and_that_it_is_alone() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b") as (a, _):
            await asyncio.sleep(2.0)
            joined = numbers(a)
            simulated.host(learns=True)
            await asyncio.sleep(6.0)
            changed = numbers(a)
            simulated.network.cut("a")
            await asyncio.sleep(5.0)
            alone = numbers(a)

            families = {name.partition("{")[0] for name in joined}
            assert OURS - families == {"hive_cluster_exchange_duration_seconds"}
            assert (joined["hive_cluster_joined"], joined["hive_cluster_peers"]) == (1, 2)
            share = joined[f'hive_cluster_share{{model="{MODEL}"}}']
            assert 0 < share <= LIMIT
            answered = joined['hive_cluster_exchanges_total{outcome="answered"}']
            assert answered == joined["hive_cluster_exchange_duration_seconds_count"] > 0
            assert joined["hive_cluster_owner_changes_total"] == 0
            assert changed["hive_cluster_owner_changes_total"] == 1
            assert alone["hive_cluster_joined"] == 0
            assert alone['hive_cluster_exchanges_total{outcome="failed"}'] > 0

    run_virtual(main())


def test_an_outcome_that_comes_too_late_is_counted() -> None:
    async def main() -> None:
        async with processes(Simulated(), "a", "b") as (a, b):
            from hive_resilience import Task

            await asyncio.sleep(1.5)
            (await a.execute(Task("hello"))).unwrap()
            b.model(MODEL).force_open()
            b.model(MODEL).reset()
            await asyncio.sleep(3.0)

            assert numbers(a)[f'hive_cluster_stale_outcomes_total{{model="{MODEL}"}}'] == 1

    run_virtual(main())


def test_a_process_in_no_cluster_has_none_of_them() -> None:
    with Runtime(models=[ModelConfig(id=MODEL, executor=answer)]) as runtime:
        assert numbers(runtime) == {}
