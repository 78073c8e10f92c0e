"""The types of the page name exactly what the server sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hive_resilience.runtime.server.dashboard import static
from tests.runtime.server.site_kit import ADMIN, USE, story

from .dashboard_kit import Visit, shown

TYPES = (Path(static.__path__[0]) / "records.d.ts").read_text("utf-8")


def fields(name: str) -> set[str]:
    """The names of an interface, inherited ones too; an optional one ends with ?"""
    found = re.search(rf"interface {name}(?:<\w+>)?(?: extends (\w+))? {{\n(.*?)\n}}", TYPES, re.S)
    assert found is not None, name
    own = set(re.findall(r"^  (\w+\??):", found[2], re.M))
    return own | (fields(found[1]) if found[1] else set())


def check(name: str, record: Mapping[str, Any]) -> None:
    """A record has the fields of its interface: all that are needed, and no other."""
    wanted = fields(name)
    needed = {one for one in wanted if not one.endswith("?")}
    assert needed <= record.keys(), name
    assert record.keys() <= {one.rstrip("?") for one in wanted}, name


async def trouble(visit: Visit) -> None:
    """Something of every kind."""
    site = visit.site
    body = {"model": "a", "messages": [{"role": "user", "content": "x"}]}
    await site.post("/v1/chat/completions", USE, body)
    await visit.operate("trip", "a")
    site.runtime.model("b").force_open(reason="a test")
    while not (await visit.get("state")).json()["alerts"]:
        pass


def test_each_record_has_the_fields_of_its_type(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path, alerts=True, history=tmp_path / "history") as site:
            visit = await site.login(ADMIN)
            await trouble(visit)
            state = (await visit.get("state")).json()
            check("State", state)
            for kind, record in (
                ("Model", state["models"]["a"]),
                ("Fleet", state["fleet"]),
                ("Verdict", state["verdict"]),
                ("Happening", state["events"][0]),
                ("Action", state["audit"][0]["action"]),
                ("Alert", state["alerts"][0]),
                ("Way", state["tasks"][0]),
                ("Step", state["tasks"][0]["steps"][0]),
                ("Session", (await visit.get("session")).json()),
                ("ModelAnswer", (await visit.get("model?id=a")).json()),
                ("Setting", (await visit.get("settings?id=a")).json()["settings"][0]),
                ("Past", (await visit.get("past?kind=audit")).json()),
                ("AuditRow", (await visit.get("past?kind=audit")).json()["rows"][0]),
            ):
                check(kind, record)

    story(work())
