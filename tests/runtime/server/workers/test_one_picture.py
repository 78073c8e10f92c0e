"""What an operator is shown of several workers: one server, whichever answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hive_resilience import ModelConfig

from ..dashboard.dashboard_kit import Shown
from ..routes_kit import CHAT
from ..site_kit import READ, SMALL, USE, Counted
from .test_workers_together import two
from .workers_kit import on_a_loop


async def call(site: Shown, times: int = 1) -> None:
    for _ in range(times):
        assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200


async def snapshot(site: Shown) -> dict[str, Any]:
    found: dict[str, Any] = (await site.get("/admin/snapshot", READ)).json()
    return found


@on_a_loop
async def test_a_snapshot_sums_the_workers_whichever_answers(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await call(one, 2)
        await call(other, 3)

        found = [await snapshot(site) for site in (one, other)]

        for each in found:
            metrics = each["models"][SMALL]["metrics"]
            assert each["workers"] == "2 of 2"
            assert each["router"]["tasks"]["success"] == 5
            assert (metrics["successes"], metrics["error_rate"]) == (5, 0.0)
            assert metrics["latency"]["count"] == 5
            assert metrics["latency"]["min"] <= metrics["latency"]["p50"] * 1.02
            assert each["router"]["models"] == 2
        listed = (await other.get("/admin/models", READ)).json()["models"]
        member = (await one.get(f"/admin/models/{SMALL}", READ)).json()
        assert sum(model["metrics"]["successes"] for model in listed) == 5
        assert member["metrics"]["successes"] == 5


@on_a_loop
async def test_a_call_under_way_on_another_worker_is_seen(tmp_path: Path) -> None:
    class Slow(Counted):
        async def __call__(self, task: Any) -> str:
            self.calls += 1
            await asyncio.Event().wait()
            return ""

    slow = Slow()
    async with two(tmp_path, of=(ModelConfig(id=SMALL, executor=slow),)) as (one, other):
        asked = asyncio.create_task(other.post("/v1/chat/completions", USE, CHAT))
        while not slow.calls:
            await asyncio.sleep(0)

        found = await snapshot(one)

        assert found["models"][SMALL]["under_way"] == 1
        assert found["models"][SMALL]["bulkhead"]["in_flight"] == 1
        assert found["router"]["in_flight"] == 1
        asked.cancel()


@on_a_loop
async def test_a_snapshot_says_how_many_workers_it_lacks(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await call(one)
        await call(other)
        siblings = other.application._shared.siblings
        assert siblings is not None

        await siblings.leave()
        found = await snapshot(one)

        assert found["workers"] == "1 of 2"
        assert found["router"]["tasks"]["success"] == 1
