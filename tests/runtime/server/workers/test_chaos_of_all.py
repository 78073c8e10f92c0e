"""What keeps a fault small holds for all workers of a server together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience.runtime.chaos.chaos import Chaos
from hive_resilience.runtime.observability.actions import Author

from ..dashboard.dashboard_kit import Shown
from ..routes_kit import CHAT
from ..site_kit import ADMIN, READ, SMALL, USE
from .test_workers_together import a_worker, come, two
from .workers_kit import a_hub, on_a_loop

FAULT: dict[str, Any] = {"fault": "latency", "models": [SMALL], "seconds": 0.001, "share": 1.0}


async def inject(site: Shown, **fault: Any) -> int:
    return (await site.post("/admin/chaos/inject", ADMIN, FAULT | fault)).status


async def ask(site: Shown, times: int) -> None:
    for _ in range(times):
        assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200


def chaos_of(site: Shown) -> Chaos:
    found = site.runtime._chaos
    assert found is not None
    return found


def hits(site: Shown) -> int:
    return sum(one.hits for one in site.runtime.chaos.reports())


@on_a_loop
@pytest.mark.parametrize(("calls", "each"), [(5, [3, 2]), (5.0, [3, 2]), (2, [1, 1]), (1, [1, 0])])
async def test_the_calls_of_a_fault_are_divided(
    tmp_path: Path, calls: Any, each: list[int]
) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        assert await inject(one, calls=calls) == 200
        for site in sites:
            await ask(site, 4)

        assert [hits(site) for site in sites] == each
        report = (await other.get("/admin/chaos", READ)).json()["reports"][0]
        assert report["hits"] == sum(each)


@on_a_loop
async def test_where_no_number_is_said_the_most_that_is_allowed_is_divided(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        assert await inject(sites[1], calls=None) == 200

        parts = [chaos_of(site)._experiments.get("chaos") for site in sites]
        assert [one.injections[0].calls for one in parts if one is not None] == [50, 50]


@on_a_loop
@pytest.mark.parametrize("calls", [101, 0, "many", 2.5, 101.0, True])
async def test_a_number_that_is_not_allowed_is_refused_and_nothing_runs(
    tmp_path: Path, calls: object
) -> None:
    async with two(tmp_path) as sites:
        assert await inject(sites[0], calls=calls) in (400, 409)

        assert [site.runtime.chaos.running() for site in sites] == [(), ()]


@on_a_loop
async def test_a_worker_in_the_place_of_another_one_has_its_part(tmp_path: Path) -> None:
    async with a_hub() as (_, path), a_worker(1, path, tmp_path) as one:
        async with a_worker(2, path, tmp_path):
            assert await inject(one, calls=5) == 200
        async with a_worker(2, path, tmp_path) as later:
            await come(later.runtime.chaos.running)
            await ask(later, 4)

            assert hits(later) == 2


@on_a_loop
async def test_what_one_worker_aborts_ends_on_all(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        assert await inject(one) == 200
        why = "only 50.0% of the last 20 tasks were answered"
        chaos_of(other)._end("chaos", why, Author("runtime", why, True), aborted=True)
        await come(lambda: not one.runtime.chaos.running())

        (report,) = (await one.get("/admin/chaos", READ)).json()["reports"]
        assert (report["aborted"], report["reason"], report["workers"]) == (True, why, [1, 2])


@on_a_loop
async def test_one_experiment_runs_at_once_though_a_worker_has_no_part_of_it(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as (one, other):
        assert await inject(one, calls=1, experiment="a") == 200
        assert await inject(other, experiment="b") == 409
        assert await inject(other, calls=3, experiment="a") == 200

        assert [len(site.runtime.chaos.running()[0].faults) for site in (one, other)] == [2, 1]
        await other.post("/admin/chaos/stop", ADMIN, {})
        assert await inject(other, experiment="b") == 200


@on_a_loop
async def test_a_fault_of_actors_is_for_each_worker(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        told = {"fault": "kill_actor", "models": [SMALL], "calls": 1}
        assert (await sites[0].post("/admin/chaos/inject", ADMIN, told)).status == 200

        assert [hits(site) for site in sites] == [1, 1]


@on_a_loop
async def test_a_worker_that_is_more_than_there_were_has_no_part(tmp_path: Path) -> None:
    async with a_hub() as (_, path), a_worker(1, path, tmp_path) as one:
        assert await inject(one, calls=5) == 200
        async with a_worker(3, path, tmp_path) as later:
            await ask(later, 4)

            assert hits(later) == 0


@on_a_loop
async def test_what_is_nested_too_deep_is_answered(tmp_path: Path) -> None:
    value: Any = []
    for _ in range(300):
        value = [value]
    async with two(tmp_path) as sites:
        assert await inject(sites[0], fault="outcome", value=value) == 200

        assert [len(site.runtime.chaos.running()) for site in sites] == [1, 1]
