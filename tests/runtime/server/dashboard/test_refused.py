"""What another site, another host, a stranger or a reader sends is 403, changes nothing, and has a
row in the audit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience.actors.events import ActionTaken
from hive_resilience.runtime.observability.event_bus import EventBus
from hive_resilience.runtime.server.dashboard.refusals import A_MINUTE, Refusals
from tests.runtime.server.site_kit import ADMIN, READ, story

from .dashboard_kit import shown

CROSS_SITE = {"sec_fetch_site": "cross-site", "origin": "https://evil.example"}
ANOTHER_HOST = {"host": "evil.example", "origin": "http://evil.example"}
BODIES: dict[str, Any] = {
    "operate": {"verb": "trip", "model": "a", "reason": "x"},
    "alerts": {"verb": "silence", "id": "x", "span": "1h", "reason": "x"},
    "chaos": {"id": "x", "reason": "x"},
}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("case", ["cross-site", "another host", "no cookie", "a reader"])
def test_it_is_403_changes_nothing_and_is_audited(tmp_path: Path, path: str, case: str) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit, reader = await site.login(ADMIN), await site.login(READ)
            headers = {
                "cross-site": {"cookie": visit.cookie, "x_hive_token": visit.token or ""}
                | CROSS_SITE,
                # A browser has no cookie for a name that has been made to lead here.
                "another host": ANOTHER_HOST,
                "no cookie": {},
                "a reader": {"cookie": reader.cookie, "x_hive_token": visit.token or ""},
            }[case]
            reply = await site.page(path, BODIES[path], **headers)
            assert reply.status == 403
            assert site.runtime.model("a").snapshot().breaker.state == "closed"
            (row,) = await visit.audit()
            assert row["verb"] == path
            assert row["reason"].startswith("refused: ")
            who = {"cross-site": "operator", "a reader": "reader"}.get(case, "a stranger")
            assert row["by"].startswith(who)

    story(work())


def test_without_keys_another_host_is_refused_and_audited() -> None:
    async def work() -> None:
        async with shown() as site:
            reply = await site.page("operate", BODIES["operate"], **ANOTHER_HOST)
            assert reply.status == 403
            (row,) = (await site.page("state")).json()["audit"]
            assert row["action"]["by"] == "a stranger (dashboard)"

    story(work())


def test_a_flood_of_refusals_does_not_fill_the_audit(caplog: pytest.LogCaptureFixture) -> None:
    now, bus = [0.0], EventBus()
    rows: list[ActionTaken] = []
    bus.tap(rows.append, (ActionTaken,), lambda: None)
    refusals = Refusals(bus, lambda: now[0])

    for _ in range(1_000):
        refusals.note("operate", "a stranger", "no")
    assert len(rows) == A_MINUTE
    now[0] = 61.0
    refusals.note("operate", "a stranger", "no")
    assert len(rows) == A_MINUTE + 1
    assert "980 more refusals" in caplog.text
