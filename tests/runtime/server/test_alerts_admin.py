"""An operator looks at alerts over HTTP, acknowledges and silences them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime
from hive_resilience.config import AlertsConfig, GlobalConfig
from hive_resilience.config.settings.observability.channels import (
    CallbackChannelConfig,
    LogChannelConfig,
)
from hive_resilience.events import ActionTaken

from .site_kit import ADMIN, READ, SMALL, Counted, Reply, Site, fleet, guarded, keys_in, site, story
from .test_document import fitting


def fails(_: object) -> None:
    raise ConnectionError("canary")


@asynccontextmanager
async def alerting(folder: Path) -> AsyncGenerator[Site]:
    """A server with keys whose fleet has alerts, and a breaker that is open."""
    alerts = AlertsConfig(
        channels=(
            LogChannelConfig(name="log"),
            CallbackChannelConfig(name="broken", function=fails),
        )
    )
    config = fleet(Counted(), global_=GlobalConfig(alerts=alerts))
    async with Runtime(config) as runtime, site(runtime, keys_in(folder)) as found:
        await found.post(f"/admin/models/{SMALL}/trip", ADMIN)
        yield found


async def fingerprint(served: Site) -> str:
    found = (await served.get("/admin/alerts", READ)).json()["alerts"]
    return str(next(one["fingerprint"] for one in found if one["name"] == "circuit_open"))


def test_a_reader_sees_what_fires(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with alerting(tmp_path) as served:
            return await served.get("/admin/alerts", READ)

    found = fitting(story(tell()), "/admin/alerts", "get")

    told = [(one["name"], one["model_id"], one["state"]) for one in found["alerts"]]
    assert ("circuit_open", SMALL, "firing") in told


def test_an_operator_acknowledges_by_the_name_of_the_key_or_another(tmp_path: Path) -> None:
    heard: list[ActionTaken] = []

    async def tell() -> tuple[Reply, Reply]:
        async with alerting(tmp_path) as served:
            served.application._shared.runtime.subscribe(heard.append, ActionTaken)
            path = f"/admin/alerts/{await fingerprint(served)}/acknowledge"
            first = await served.post(path, ADMIN, {"reason": "known"})
            return first, await served.post(path, ADMIN, {"by": "me"})

    first, second = story(tell())

    told = fitting(first, "/admin/alerts/{id}/acknowledge", "post")
    assert (told["state"], told["acknowledged_by"]) == ("acknowledged", "operator")
    assert second.json()["acknowledged_by"] == "me"
    mine = [(one.by, one.reason) for one in heard if one.action == "acknowledge_alert"]
    assert mine == [("operator", "known"), ("me", "")]


def test_a_silence_comes_and_goes(tmp_path: Path) -> None:
    body = {"match": {"model": SMALL}, "duration": "2h", "comment": "update"}

    async def tell() -> list[Reply]:
        async with alerting(tmp_path) as served:
            made = await served.post("/admin/alerts/silence", ADMIN, body)
            listed = await served.get("/admin/silences", READ)
            ended = await served.post(f"/admin/silences/{made.json()['id']}/end", ADMIN)
            return [made, listed, ended, await served.get("/admin/silences", READ)]

    made, listed, ended, after = story(tell())

    assert fitting(made, "/admin/alerts/silence", "post")["by"] == "operator"
    (found,) = fitting(listed, "/admin/silences", "get")["silences"]
    assert (found["id"], found["comment"]) == (made.json()["id"], "update")
    assert fitting(ended, "/admin/silences/{id}/end", "post")["id"] == made.json()["id"]
    assert after.json() == {"silences": []}


def test_a_channel_is_tried_and_told_of(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with alerting(tmp_path) as served:
            tried = [
                await served.post("/admin/alerts/test", ADMIN, {"channel": name})
                for name in ("log", "broken")
            ]
            return [*tried, await served.get("/admin/deliveries", READ)]

    well, broken, listed = story(tell())

    assert fitting(well, "/admin/alerts/test", "post")["state"] == "delivered"
    assert (broken.json()["tries"], broken.json()["state"]) == (1, "queued")
    assert "canary" not in broken.body.decode()
    kinds = [one["kind"] for one in fitting(listed, "/admin/deliveries", "get")["deliveries"]]
    assert kinds.count("test") >= 3


REFUSED: list[tuple[str, Any, int, str]] = [
    ("/admin/alerts/none/acknowledge", {}, 404, "no alert with the fingerprint 'none' fires now"),
    ("/admin/silences/none/end", {}, 404, "there is no silence 'none'"),
    ("/admin/alerts/test", {"channel": "lgo"}, 404, "did you mean 'log'?"),
    ("/admin/alerts/silence", {"match": {"model": "a"}}, 400, "duration is missing"),
    ("/admin/alerts/silence", {"duration": 60}, 400, "match: "),
    ("/admin/alerts/silence", {"match": {"a": "b"}, "duration": -1}, 400, "duration: "),
    ("/admin/alerts/silence", {"match": [], "duration": 1}, 400, "match: "),
    ("/admin/alerts/silence", {"mach": {}}, 400, "there is no field 'mach'"),
    ("/admin/alerts/none/acknowledge", {"by": 1}, 400, "by is a text in one line"),
]


@pytest.mark.parametrize(("path", "body", "status", "said"), REFUSED)
def test_what_cannot_be_done_is_refused_with_words(
    tmp_path: Path, path: str, body: object, status: int, said: str
) -> None:
    async def tell() -> Reply:
        async with alerting(tmp_path) as served:
            return await served.post(path, ADMIN, body)

    found = story(tell())

    assert (found.status, said in found.message) == (status, True), found.message


def test_without_alerts_the_paths_say_so(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get("/admin/alerts", READ)

    found = story(tell())

    assert (found.status, found.code) == (409, "alerts_off")
    assert "set alerts.enabled" in found.message
