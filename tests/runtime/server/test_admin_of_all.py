"""What an operator does to the whole server: reload, drain, look."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime

from .site_kit import ADMIN, READ, SMALL, Counted, Reply, fleet, guarded, keys_in, site, story

AT = "/admin/models/"
CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}

SETTINGS = {"models": {"small": {"endpoint": "http://127.0.0.1:9/v1"}}}


def test_a_reload_says_what_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(SETTINGS))

    async def tell() -> Reply:
        async with Runtime.from_file(path) as runtime, site(runtime, keys_in(tmp_path)) as served:
            small = {**SETTINGS["models"]["small"], "timeout": 7}
            path.write_text(json.dumps({"models": {"small": small, "more": small}}))
            return await served.post("/admin/reload", ADMIN)

    found = story(tell())

    assert found.status == 200
    assert found.json()["added"] == ["more"]
    assert found.json()["changed"] == {"small": ["timeout"]}


def test_settings_with_mistakes_change_nothing_and_each_mistake_is_told(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(SETTINGS))

    async def tell() -> tuple[Reply, Reply]:
        async with Runtime.from_file(path) as runtime, site(runtime, keys_in(tmp_path)) as served:
            wrong = {"small": {"endpoint": "x", "timeout": -1}, "more": {"endpoints": "y"}}
            path.write_text(json.dumps({"models": wrong}))
            return await served.post("/admin/reload", ADMIN), await served.get(AT + "small", READ)

    found, after = story(tell())

    assert (found.status, found.code) == (400, "configuration_error")
    assert len(found.json()["error"]["problems"]) >= 3
    assert {"file", "line", "key", "message"} <= found.json()["error"]["problems"][0].keys()
    assert after.status == 200


def test_a_fleet_without_a_file_has_nothing_to_read_again(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.post("/admin/reload", ADMIN)

    found = story(tell())

    assert (found.status, found.code) == (400, "configuration_error")


def test_a_drained_server_takes_no_more_and_says_so(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            return [
                await served.post("/admin/drain", ADMIN, {"timeout": 1}),
                await served.get("/readyz"),
                await served.get("/healthz"),
                await served.post("/v1/chat/completions", "k-use", CHAT),
                await served.get("/admin/models", READ),
                await served.post("/admin/drain", ADMIN, {"timeout": 0}),
                await served.post("/admin/reload", ADMIN),
            ]

    drained, ready, health, chat, models, again, reload = story(tell())

    assert drained.json() == {"remaining": 0, "task_ids": []}
    assert (ready.status, health.status, models.status) == (503, 200, 200)
    assert (chat.status, reload.status) == (503, 503)
    assert again.json() == {"remaining": 0, "task_ids": []}


@pytest.mark.parametrize("timeout", [-1, True, "1", 1e9])
def test_a_drain_wants_a_span(tmp_path: Path, timeout: object) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            refused = await served.post("/admin/drain", ADMIN, {"timeout": timeout})
            return refused, await served.get("/readyz")

    refused, ready = story(tell())

    assert (refused.status, ready.status) == (400, 200)


def test_a_snapshot_tells_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "canary-key")
    model = ModelConfig(
        id="m",
        endpoint="http://127.0.0.1:9/v1",
        api_key_env="CANARY",
        retry=RetryConfig(max_retries=0),
    )

    async def tell() -> list[Reply]:
        async with Runtime(models=[model]) as runtime, site(runtime, keys_in(tmp_path)) as served:
            asked = {"model": "m", "messages": [{"role": "user", "content": "canary-prompt"}]}
            await served.post("/v1/chat/completions", "k-use", asked)
            await served.post(AT + "m/check_health", ADMIN)
            return [await served.get(path, READ) for path in ("/admin/snapshot", AT + "m")]

    for found in story(tell()):
        assert found.status == 200
        assert b"canary" not in found.body


def test_without_keys_the_fleet_is_read_on_this_machine_and_operated_by_no_request() -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with Runtime(fleet(Counted())) as runtime, site(runtime) as served:
            read = await served.get("/admin/models")
            return read, await served.post(AT + SMALL + "/trip", "any")

    read, operated = story(tell())

    assert (read.status, operated.status) == (200, 403)
