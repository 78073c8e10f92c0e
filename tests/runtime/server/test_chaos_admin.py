"""An operator injects faults over HTTP, and stops them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime
from hive_resilience.config import ChaosConfig, GlobalConfig
from hive_resilience.events import ActionTaken

from .site_kit import ADMIN, READ, SMALL, USE, Counted, Reply, Site, fleet, keys_in, site, story
from .test_document import fitting

INJECT, STOP, RENEW = "/admin/chaos/inject", "/admin/chaos/stop", "/admin/chaos/renew"
SLOW = {"fault": "latency", "models": [SMALL], "seconds": 1, "experiment": "slow", "by": "me"}


@asynccontextmanager
async def chaotic(folder: Path, *, enabled: bool = True) -> AsyncGenerator[Site]:
    """A server with keys whose fleet takes experiments."""
    config = fleet(Counted(), global_=GlobalConfig(chaos=ChaosConfig(enabled=enabled)))
    async with Runtime(config) as runtime, site(runtime, keys_in(folder)) as found:
        yield found


def test_an_experiment_comes_is_renewed_and_goes(tmp_path: Path) -> None:
    heard: list[ActionTaken] = []

    async def tell() -> list[Reply]:
        async with chaotic(tmp_path) as served:
            served.application._shared.runtime.subscribe(heard.append, ActionTaken)
            return [
                await served.post(INJECT, ADMIN, SLOW),
                await served.get("/admin/chaos", ADMIN),
                await served.post(RENEW, ADMIN, {"experiment": "slow"}),
                await served.post("/admin/chaos/steady", ADMIN, {"window": 10}),
                await served.post(STOP, ADMIN, {"experiment": "slow", "reason": "enough"}),
                await served.get("/admin/chaos", ADMIN),
                await served.post(RENEW, ADMIN, {"experiment": "slow"}),
            ]

    begun, listed, renewed, steady, ended, after, late = story(tell())

    assert fitting(begun, INJECT, "post")["id"] == "slow"
    (found,) = fitting(listed, "/admin/chaos", "get")["experiments"]
    assert (found["by"], found["models"]) == ("operator (me)", [SMALL])
    assert fitting(renewed, RENEW, "post") == {"renewed": True}
    assert fitting(steady, "/admin/chaos/steady", "post")["tasks"] == 0
    (report,) = fitting(ended, STOP, "post")["stopped"]
    assert (report["reason"], report["ended_by"]) == ("enough", "operator")
    assert after.json()["experiments"] == []
    assert after.json()["reports"][0]["id"] == "slow"
    assert late.json() == {"renewed": False}
    assert [one.action for one in heard] == ["chaos_inject", "chaos_stop"]


@pytest.mark.parametrize("key", [None, USE, READ])
@pytest.mark.parametrize("path", [INJECT, STOP, RENEW, "/admin/chaos/steady"])
def test_nothing_but_an_admin_key_opens_it(tmp_path: Path, path: str, key: str | None) -> None:
    async def tell() -> int:
        async with chaotic(tmp_path) as served:
            found = (await served.post(path, key, SLOW)).status
            assert served.application._shared.runtime.chaos.running() == ()
            return found

    assert story(tell()) == (401 if key is None else 403)


@pytest.mark.parametrize(
    ("status", "told", "body"),
    [
        (409, "every usable model", {"fault": "hang", "share": 1.0}),
        (400, "no such fault", {"fault": "boom"}),
        (400, "there is no field 'self'", {"fault": "hang", "self": 1}),
        (400, "fault is a text", {}),
        (400, "by is a text", {"fault": "hang", "by": ""}),
        (400, "seed is a whole number", {"fault": "hang", "models": [SMALL], "seed": 0.5}),
    ],
)
def test_what_is_refused_says_why(
    tmp_path: Path, status: int, told: str, body: dict[str, Any]
) -> None:
    async def tell() -> Reply:
        async with chaotic(tmp_path) as served:
            return await served.post(INJECT, ADMIN, body)

    found = story(tell())

    assert (found.status, told in found.message) == (status, True)


def test_a_server_without_chaos_says_so(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with chaotic(tmp_path, enabled=False) as served:
            return [
                await served.get("/admin/chaos", ADMIN),
                await served.post(INJECT, ADMIN, SLOW),
                await served.post(STOP, ADMIN),
            ]

    listed, refused, stopped = story(tell())

    assert listed.json() == {"enabled": False, "experiments": [], "reports": []}
    assert (refused.status, refused.code) == (409, "chaos_refused")
    assert stopped.json() == {"stopped": []}


@pytest.mark.parametrize("window", [0, -1, 1e9, "10", True])
def test_a_window_is_some_seconds(tmp_path: Path, window: object) -> None:
    async def tell() -> int:
        async with chaotic(tmp_path) as served:
            return (await served.post("/admin/chaos/steady", ADMIN, {"window": window})).status

    assert story(tell()) == 400
