"""An operator acknowledges and silences alerts from the dashboard; a reader only sees them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runtime.server.site_kit import ADMIN, READ, Reply, story

from .dashboard_kit import Visit, shown


async def handle(visit: Visit, verb: str, about: str, span: str = "") -> Reply:
    """What a button of the page sends."""
    body = {"verb": verb, "id": about, "span": span, "reason": "a test"}
    token = visit.token or ""
    return await visit.site.page("alerts", body, cookie=visit.cookie, x_hive_token=token)


async def holding(visit: Visit) -> dict[str, Any]:
    """The alert that holds: a model is out."""
    visit.site.runtime.model("a").force_open(reason="a test")
    while not (found := (await visit.get("state")).json()["alerts"]):
        pass
    row: dict[str, Any] = found[0]
    return row


def test_an_operator_acknowledges_an_alert_and_the_audit_has_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path, alerts=True) as site:
            visit = await site.login(ADMIN)
            alert = await holding(visit)
            assert alert["acknowledged_by"] is None
            assert (await handle(visit, "acknowledge", alert["fingerprint"])).status == 200
            (after,) = (await visit.get("state")).json()["alerts"]
            assert after["acknowledged_by"].startswith("operator")
            assert any("acknowledge" in row["verb"] for row in await visit.audit())

    story(work())


@pytest.mark.parametrize(("span", "hours"), [("1h", 1), ("4h", 4), ("1d", 24)])
def test_an_operator_silences_an_alert_for_a_while_and_ends_it(
    tmp_path: Path, span: str, hours: int
) -> None:
    async def work() -> None:
        async with shown(tmp_path, alerts=True) as site:
            visit = await site.login(ADMIN)
            alert = await holding(visit)
            assert (await handle(visit, "silence", alert["fingerprint"], span)).status == 200
            (after,) = (await visit.get("state")).json()["alerts"]
            assert after["silenced"]
            (silence,) = (await visit.get("deliveries")).json()["silences"]
            about = {} if alert["model"] is None else {"model": alert["model"]}
            assert silence["match"] == {"alert": alert["condition"]} | about
            assert silence["ends"] - silence["begins"] == hours * 3_600_000
            assert (await handle(visit, "unsilence", silence["id"])).status == 200
            assert (await visit.get("deliveries")).json()["silences"] == []

    story(work())


def test_a_reader_sees_an_alert_and_handles_none(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path, alerts=True) as site:
            visit = await site.login(READ)
            alert = await holding(visit)
            for verb in ("acknowledge", "silence", "unsilence"):
                assert (await handle(visit, verb, alert["fingerprint"], "1h")).status == 403
            (after,) = (await visit.get("state")).json()["alerts"]
            assert (after["acknowledged_by"], after["silenced"]) == (None, False)

    story(work())


@pytest.mark.parametrize(
    ("verb", "about", "span", "status"),
    [
        ("acknowledge", "another", "", 409),
        ("silence", "another", "1h", 404),
        ("silence", "another", "2h", 400),
        ("unsilence", "another", "", 409),
        ("delete", "another", "", 400),
    ],
)
def test_what_is_not_there_and_other_verbs_are_refused(
    tmp_path: Path, verb: str, about: str, span: str, status: int
) -> None:
    async def work() -> None:
        async with shown(tmp_path, alerts=True) as site:
            visit = await site.login(ADMIN)
            assert (await handle(visit, verb, about, span)).status == status

    story(work())


def test_without_alerts_none_is_handled(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            reply = await handle(visit, "acknowledge", "any")
            assert (reply.status, reply.code) == (409, "alerts_off")
            assert (await visit.get("deliveries")).json() == {"deliveries": [], "silences": []}

    story(work())
