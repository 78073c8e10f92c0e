"""The banner has the level of the fleet and the experiments that run; an operator stops one."""

from __future__ import annotations

from pathlib import Path

from hive_resilience.config import ChaosConfig
from tests.runtime.server.site_kit import ADMIN, READ, story

from .dashboard_kit import shown


def test_a_level_that_is_held_is_told_with_its_reason_and_what_is_done(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            assert (await visit.get("state")).json()["degradation"] is None
            site.runtime.degradation.hold("severe", reason="a storm", by="ada")
            state = (await visit.get("state")).json()
            level = state["degradation"]
            assert (level["level"], level["reason"]) == ("severe", "held by ada: a storm")
            assert abs(level["since"] - state["now"]) < 60_000
            verdict = state["verdict"]
            assert verdict["level"] == "watch"
            assert verdict["title"] == "All models serve, at the degradation level severe"
            site.runtime.degradation.release(reason="it is over", by="ada")
            assert (await visit.get("state")).json()["degradation"] is None

    story(work())


def test_an_operator_stops_an_experiment_and_a_reader_does_not(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path, chaos=ChaosConfig(enabled=True)) as site:
            site.runtime.chaos.inject("latency", seconds=0.01, models=["a"], title="slow a")
            visit, reader = await site.login(ADMIN), await site.login(READ)
            (one,) = (await reader.get("state")).json()["experiments"]
            assert (one["title"], one["hits"]) == ("slow a", 0)
            assert one["until"] > one["since"]
            body = {"id": one["id"], "reason": "enough"}
            token = visit.token or ""
            refused = await site.page("chaos", body, cookie=reader.cookie, x_hive_token=token)
            assert refused.status == 403
            assert site.runtime.chaos.running() != ()
            done = await site.page("chaos", body, cookie=visit.cookie, x_hive_token=token)
            assert done.status == 200
            assert site.runtime.chaos.running() == ()
            again = await site.page("chaos", body, cookie=visit.cookie, x_hive_token=token)
            assert again.status == 404
            assert any(row["reason"] == "enough" for row in await visit.audit())

    story(work())
