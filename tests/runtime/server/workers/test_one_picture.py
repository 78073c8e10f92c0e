"""What an operator is shown of several workers: one server, whichever answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hive_resilience import ModelConfig

from ..dashboard.dashboard_kit import Shown, stream
from ..routes_kit import CHAT
from ..site_kit import ADMIN, READ, SMALL, USE, Counted
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


@on_a_loop
async def test_a_look_has_the_tasks_and_events_of_all_and_goes_on_by_its_id(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as (one, other):
        await call(one, 2)
        await call(other, 3)
        first = await look(one)
        await other.post(f"/admin/models/{SMALL}/maintenance", ADMIN)

        then = await look(one, first["id"])
        moved = await look(other, first["id"])

        assert (first["workers"], first["fleet"]["tasks"]["success"]) == ("2 of 2", 5)
        assert first["models"][SMALL]["totals"]["successes"] == 5
        assert first["models"][SMALL]["share"] == 1.0
        assert then["kept"]
        assert not moved["kept"]
        audits = [one for one in then["events"] if one["kind"] == "ActionTaken"]
        assert len(audits) == 1  # both have done it
        assert min(one["n"] for one in then["events"]) > int(first["id"].split("-")[1])
        assert then["models"][SMALL]["out"] == "maintenance"
        assert "maintenance" in str(moved["events"])


async def look(site: Shown, last: str = "") -> dict[str, Any]:
    headers = {"last_event_id": last}
    reply = await site.ask("GET", "/admin/live", READ, headers=headers)
    found: dict[str, Any] = reply.json()
    return found


@on_a_loop
async def test_the_page_is_drawn_of_all_workers_while_it_is_watched(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await call(other)
        visit = await one.login(READ)
        asked = looks_asked(other)
        state = (await visit.get("state")).json()
        before = len(asked)

        async with stream(one, visit.cookie) as viewer:
            _, kind, whole = await viewer.next()
            await call(other)
            tasks: list[dict[str, Any]] = []
            while not tasks:
                _, _, change = await viewer.next()
                tasks = list(change["tasks"])

        assert [task["worker"] for task in state["tasks"]] == [2]
        assert (kind, whole["fleet"]["tasks"]["success"]) == ("state", 1)
        assert [(task["worker"], task["number"]) for task in tasks] == [(2, 2)]
        assert before == 1  # nothing is asked without a viewer


def looks_asked(site: Shown) -> list[bytes]:
    """What a worker is asked for a look from now on."""
    siblings = site.application._shared.siblings
    assert siblings is not None
    found, answer = list[bytes](), siblings._answers["look"]

    async def heard(body: bytes) -> bytes:
        found.append(body)
        return await answer(body)

    siblings.on("look", heard)
    return found
