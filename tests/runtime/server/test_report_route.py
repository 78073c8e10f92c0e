"""The report of a running server: who may ask for it, in which forms, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .site_kit import READ, SMALL, USE, Reply, guarded, story

CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}


def ask(folder: Path, query: str, key: str | None = READ) -> Reply:
    """One request for a report, after a task."""

    async def tell() -> Reply:
        async with guarded(folder) as served:
            await served.post("/v1/chat/completions", USE, CHAT)
            return await served.get(f"/admin/report{query}", key)

    return story(tell())


def test_it_is_json_of_all_that_is_known(tmp_path: Path) -> None:
    found = ask(tmp_path, "")
    plain = json.loads(found.body)

    assert (found.status, found.headers["content-type"]) == (200, "application/json")
    assert plain["service"]["answered"] == 1
    assert plain["known"]["source"] == "memory"
    assert [one["model_id"] for one in plain["models"]] == [SMALL]


def test_a_page_comes_with_a_strict_policy(tmp_path: Path) -> None:
    found = ask(tmp_path, "?format=html&since=2h")

    assert found.headers["content-type"].startswith("text/html")
    assert found.headers["content-security-policy"].startswith("default-src 'none'")
    assert "script-src" not in found.headers["content-security-policy"]
    assert found.body.startswith(b"<!doctype html>")
    assert b"<script" not in found.body


def test_text_is_text(tmp_path: Path) -> None:
    assert b"100 % of 1 task answered" in ask(tmp_path, "?format=text").body


@pytest.mark.parametrize(
    "query",
    [
        "?format=pdf",
        "?since=soon",
        "?since=1h&until=2h",
        "?compare=x",
        "?x=1",
        "?since=1h&since=2h",
    ],
)
def test_a_wrong_field_is_refused(tmp_path: Path, query: str) -> None:
    found = ask(tmp_path, query)
    assert (found.status, found.code) == (400, "invalid_request")


@pytest.mark.parametrize(("key", "status"), [(None, 401), (USE, 403)])
def test_it_needs_a_key_that_may_read(tmp_path: Path, key: str | None, status: int) -> None:
    assert ask(tmp_path, "", key).status == status
