"""What an operator looks at and does is that of all workers, whichever answers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.actors.level_messages import LevelDue
from hive_resilience.actors.policies.health.alerts import AlertCondition
from hive_resilience.config import HistoryConfig
from hive_resilience.runtime.server.siblings.siblings import Siblings

from ..dashboard.dashboard_kit import Shown, Visit
from ..dashboard.test_alert_controls import handle
from ..routes_kit import CHAT
from ..site_kit import ADMIN, READ, SMALL, USE
from .test_workers_together import a_worker, come, two
from .workers_kit import on_a_loop


async def view(site: Shown, name: str) -> dict[str, Any]:
    reply = await site.get(f"/admin/{name}", READ)
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json()
    return found


async def trip(site: Shown) -> str:
    """An alert of this worker alone; its fingerprint."""
    site.runtime.model(SMALL).trip(reason="a test")
    await come(lambda: fires(site))
    return str(fires(site)[0].fingerprint)


def fires(site: Shown) -> list[Any]:
    wanted = AlertCondition.CIRCUIT_OPEN
    return [one for one in site.runtime.alerts.list() if one.condition is wanted]


def siblings_of(site: Shown) -> Siblings:
    found = site.application._shared.siblings
    assert found is not None
    return found


@on_a_loop
async def test_an_alert_of_either_is_seen_on_both_and_stands_once(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        name = await trip(other)

        alone = [await view(site, "alerts") for site in sites]
        await trip(one)
        both = await view(one, "alerts")

        for found in alone:
            rows = [(row["fingerprint"], row["workers"]) for row in found["alerts"]]
            assert (name, [2]) in rows
            assert found["workers"] == "2 of 2"
        assert [row["workers"] for row in both["alerts"] if row["fingerprint"] == name] == [[1, 2]]


@on_a_loop
async def test_one_worker_alone_tells_an_alert_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        name = await trip(other)
        await trip(one)

        await come(lambda: [row.told_elsewhere for row in fires(one)] == [True])
        assert [row.told_elsewhere for row in fires(other)] == [False]
        alerts = (await view(one, "alerts"))["alerts"]
        (row,) = [row for row in alerts if row["fingerprint"] == name]
        assert (row["workers"], row["told_elsewhere"]) == ([1, 2], False)


@on_a_loop
async def test_an_alert_is_acknowledged_where_it_was_raised(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with two(tmp_path) as (one, other):
        name = await trip(other)

        reply = await one.post(f"/admin/alerts/{name}/acknowledge", ADMIN, {"by": "ada"})
        unknown = await one.post("/admin/alerts/none/acknowledge", ADMIN, {})

        assert (reply.status, unknown.status) == (200, 404)
        assert fires(other)[0].acknowledged_by == "ada"
        assert "has not done" not in caplog.text


@on_a_loop
async def test_a_page_acknowledges_and_silences_what_another_worker_has_raised(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as sites:
        one, other = sites
        name = await trip(other)
        visit = await one.login(ADMIN)

        assert (await handle(visit, "acknowledge", name)).status == 200
        assert (await handle(visit, "silence", name, "1h")).status == 200
        assert (await handle(visit, "silence", "another", "1h")).status == 404
        assert (await handle(visit, "acknowledge", "another")).status == 409

        assert fires(other)[0].acknowledged_by == "operator (dashboard)"
        assert fires(other)[0].silenced_by
        silences = [site.runtime.alerts.silences() for site in sites]
        assert [dict(one.match) for told in silences for one in told] == [
            {"alert": "circuit_open", "model": SMALL}
        ] * 2
        told = (await Visit(other, visit.cookie, visit.token).get("deliveries")).json()
        assert len(told["silences"]) == 1
        assert (await handle(visit, "unsilence", told["silences"][0]["id"])).status == 200
        assert [site.runtime.alerts.silences() for site in sites] == [(), ()]


@on_a_loop
async def test_a_page_acknowledges_what_one_of_several_others_has_raised(tmp_path: Path) -> None:
    async with (
        two(tmp_path) as (one, other),
        a_worker(3, siblings_of(one)._path, tmp_path),
    ):
        name = await trip(other)
        visit = await one.login(ADMIN)

        assert (await handle(visit, "acknowledge", name)).status == 200
        assert fires(other)[0].acknowledged_by == "operator (dashboard)"


@on_a_loop
async def test_an_experiment_stops_from_a_page_though_it_runs_elsewhere_alone(
    tmp_path: Path,
) -> None:
    async with two(tmp_path) as (one, other):
        other.runtime.chaos.inject("latency", models=[SMALL], seconds=1.0)
        visit = await one.login(ADMIN)
        headers = {"cookie": visit.cookie, "x_hive_token": visit.token or ""}

        gone = await one.page("chaos", {"id": "none", "reason": "a test"}, **headers)
        done = await one.page("chaos", {"id": "chaos", "reason": "a test"}, **headers)

        assert (gone.status, done.status) == (404, 200)
        assert other.runtime.chaos.running() == ()


@on_a_loop
async def test_an_experiment_has_the_hits_and_the_tasks_of_both(tmp_path: Path) -> None:
    fault = {"fault": "latency", "models": [SMALL], "seconds": 0.001, "share": 1.0}
    async with two(tmp_path) as (one, other):
        assert (await one.post("/admin/chaos/inject", ADMIN, fault)).status == 200
        for site, times in ((one, 1), (other, 2)):
            for _ in range(times):
                assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200

        (running,) = (await view(other, "chaos"))["experiments"]
        steady = (await one.post("/admin/chaos/steady", ADMIN, {"window": 60})).json()
        (stopped,) = (await one.post("/admin/chaos/stop", ADMIN, {})).json()["stopped"]
        (report,) = (await view(other, "chaos"))["reports"]

        assert (running["hits"], running["workers"]) == (3, [2, 1])
        assert (steady["tasks"], steady["success_rate"]) == (3, 1.0)
        assert (stopped["hits"], stopped["tasks"]) == (3, 3)
        assert (report["hits"], report["hit_models"]) == (3, {SMALL: 3})


@on_a_loop
async def test_the_level_and_recovery_are_told_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        other.runtime.degradation.hold("severe", "30s", reason="a test")

        level, recovery = await view(one, "degradation"), await view(one, "recovery")

        assert (level["level"], level["levels"]) == ("severe", {"1": "none", "2": "severe"})
        assert (level["workers"], recovery["workers"]) == ("2 of 2", "2 of 2")


@on_a_loop
async def test_a_view_says_that_a_worker_does_not_answer(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        await siblings_of(other).leave()

        assert (await view(one, "alerts"))["workers"] == "1 of 2"


@on_a_loop
async def test_the_page_of_a_model_has_the_calls_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        for site in (one, other, other):
            assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200
        for site in (one, other):
            feed = site.application._dashboard.feed  # type: ignore[union-attr]
            feed._step()
        visit = await one.login(READ)

        found = (await visit.get(f"model?id={SMALL}")).json()
        gone = await visit.get("model?id=none")

        metrics = found["snapshot"]["metrics"]
        assert (metrics["successes"], metrics["latency"]["count"]) == (3, 3)
        assert metrics["recent_latency"]["p50"] <= metrics["recent_latency"]["max"]
        assert found["workers"] == "2 of 2"
        assert sum(point[1] for point in found["points"]) == 3
        assert gone.status == 404


@on_a_loop
async def test_recent_percentiles_are_of_the_calls_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        now = asyncio.get_running_loop().time()
        for site, seconds, times in ((one, 0.1, 99), (other, 9.0, 1)):
            metrics = site.runtime._fleet.members[SMALL].state.metrics  # pyright: ignore[reportPrivateUsage]
            for _ in range(times):
                metrics.succeeded(now, seconds, 1, None, direct=True)

        live = (await one.get("/admin/live", READ)).json()["models"][SMALL]
        whole = (await one.get(f"/admin/models/{SMALL}", READ)).json()["metrics"]

        assert live["p95"] < 0.2
        assert (whole["recent_latency"]["p95"] < 0.2, whole["recent_latency"]["max"]) == (True, 9.0)


@on_a_loop
async def test_what_a_worker_sees_of_the_level_reaches_the_other(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        fleets = [site.runtime._fleet for site in (one, other)]  # pyright: ignore[reportPrivateUsage]
        others = fleets[1].router_state.level.others
        assert others is not None

        fleets[0].router.tell(LevelDue())

        await come(lambda: others.seen(fleets[1].engine.now()))
        leader = others.leader(fleets[1].engine.now())
        assert leader is not None
        assert (leader.number, leader.seen.expected) == (1, 2)


@on_a_loop
async def test_a_report_is_of_the_tasks_of_both(tmp_path: Path) -> None:
    async with two(tmp_path) as (one, other):
        for site in (one, other, other):
            assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200
        visit = await one.login(READ)

        found = await view(one, "report")
        page = await visit.get("report?since=1h")

        assert found["service"]["answered"] == 3
        assert found["known"]["remarks"][-1] == "2 of 2 workers have told theirs"
        assert b"2 of 2 workers have told theirs" in page.body


@on_a_loop
async def test_a_report_out_of_a_history_has_what_the_other_has_just_done(tmp_path: Path) -> None:
    history = HistoryConfig(folder=str(tmp_path / "history"))
    async with two(tmp_path, history=history) as (one, other):
        for site in (one, other, other):
            assert (await site.post("/v1/chat/completions", USE, CHAT)).status == 200

        found = await view(one, "report")

        assert (found["known"]["source"], found["known"]["files"]) == ("history", 2)
        assert found["service"]["answered"] == 3
