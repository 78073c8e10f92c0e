"""A visitor sees what its key allows, changes what its key allows, and no other page helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Task
from hive_resilience.runtime.server.dashboard.files import page_files
from hive_resilience.runtime.server.dashboard.headers import POLICY
from hive_resilience.runtime.server.dashboard.sessions import TRIES, Sessions
from tests.runtime.server.keys.keys_kit import write
from tests.runtime.server.site_kit import ADMIN, EXPIRED, KEYS, READ, USE, story

from .dashboard_kit import NASTY, Shown, shown

PATHS = ("", "state", "events", "model?id=a", "session", "nothing", "app.js", "../app.js")


async def untouched(site: Shown) -> bool:
    return site.runtime.model("a").snapshot().breaker.state == "closed"


def test_an_operator_trips_a_model_and_the_audit_has_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            assert (await visit.operate("trip", "a")).status == 200
            assert site.runtime.model("a").snapshot().breaker.state == "open"
            (row,) = await visit.audit()
            assert (row["verb"], row["model"], row["reason"]) == ("trip", "a", "a test")
            assert row["by"].startswith("operator")
            assert row["before"] != row["after"]

    story(work())


def test_a_reader_looks_and_changes_nothing_and_its_try_is_audited(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(READ)
            assert visit.token is None
            assert (await visit.get("state")).status == 200
            assert (await visit.operate("trip", "a")).status == 403
            assert await untouched(site)
            (row,) = await visit.audit()
            assert row["reason"].startswith("refused")

    story(work())


@pytest.mark.parametrize("key", [USE, EXPIRED, "wrong", ""])
def test_no_other_key_logs_in(tmp_path: Path, key: str) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            reply = await site.page("login", {"key": key})
            assert reply.status == 403
            assert "set-cookie" not in reply.headers

    story(work())


@pytest.mark.parametrize("path", ["state", "events", "model?id=a"])
def test_nothing_is_told_without_a_login(tmp_path: Path, path: str) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            assert (await site.page(path)).status == 403
            assert (await site.page(path, cookie="hive_dashboard=made-up")).status == 403
            # A key as clients of the API send it opens no page.
            assert (await site.get(f"/dashboard/{path}", ADMIN)).status == 403

    story(work())


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"x_hive_token": "another"},
        {"content_type": "text/plain"},
        {"host": "evil.example"},
    ],
)
def test_a_page_of_another_origin_changes_nothing(tmp_path: Path, headers: dict[str, str]) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            assert (await visit.operate("trip", "a", **headers)).status in (403, 415)
            assert await untouched(site)

    story(work())


def test_a_post_that_says_nothing_of_where_it_comes_from_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            headers = {"cookie": visit.cookie, "x_hive_token": visit.token or ""}
            body = {"verb": "trip", "model": "a", "reason": "x"}
            reply = await site.ask("POST", "/dashboard/operate", None, body, headers=headers)
            assert reply.status == 403
            assert await untouched(site)

    story(work())


def test_a_cookie_opens_no_path_of_the_api(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            for path in ("/admin/snapshot", "/v1/models"):
                assert (await site.get(path, cookie=visit.cookie)).status == 401
            reply = await site.post("/admin/models/a/trip", None, {}, cookie=visit.cookie)
            assert reply.status == 401
            assert await untouched(site)

    story(work())


def test_a_cookie_is_for_the_dashboard_alone_and_no_script_reads_it(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            cookie = (await site.page("login", {"key": READ})).headers["set-cookie"]
            for part in ("HttpOnly", "SameSite=Strict", "Path=/dashboard", "Max-Age=43200"):
                assert part in cookie

    story(work())


def test_a_logout_and_the_end_of_a_key_end_the_login(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit, other = await site.login(READ), await site.login(READ)
            await site.page("logout", {}, cookie=visit.cookie)
            assert (await visit.get("state")).status == 403
            assert (await other.get("state")).status == 200
            write(tmp_path / "keys.json", *KEYS[:1])
            door: Any = site.application._dashboard._door  # type: ignore[union-attr]
            door._keys.load()
            assert (await other.get("state")).status == 403

    story(work())


def test_a_login_ends_after_12_hours_and_the_oldest_makes_room() -> None:
    sessions = Sessions()
    cookie, _ = sessions.open(b"digest", now=0.0)
    assert sessions.find(cookie, now=12 * 3600.0 - 1) is not None
    assert sessions.find(cookie, now=12 * 3600.0) is None
    first, _ = sessions.open(b"digest", now=0.0)
    for _ in range(1_000):
        sessions.open(b"digest", now=0.0)
    assert sessions.find(first, now=1.0) is None


def test_guessing_of_keys_is_slowed_down(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            for _ in range(TRIES):
                assert (await site.page("login", {"key": "guess"})).status == 403
            late = await site.page("login", {"key": READ})
            assert late.status == 429
            assert int(late.headers["retry-after"]) >= 1

    story(work())


def test_without_keys_this_machine_looks_and_nothing_operates() -> None:
    async def work() -> None:
        async with shown() as site:
            assert (await site.page("state")).status == 200
            assert (await site.page("session")).json()["role"] == "read"
            body = {"verb": "trip", "model": "a", "reason": "x"}
            assert (await site.page("operate", body)).status == 403
            assert (await site.page("state", host="evil.example")).status == 403
            assert (await site.page("", host="evil.example")).status == 403
            assert (await site.page("state", sec_fetch_site="cross-site")).status == 403
            assert await untouched(site)

    story(work())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
def test_every_answer_has_the_strict_policy(tmp_path: Path, path: str, method: str) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            reply = await site.ask(method, f"/dashboard/{path}")
            assert reply.headers["content-security-policy"] == POLICY
            assert reply.headers["x-content-type-options"] == "nosniff"
            assert reply.headers["referrer-policy"] == "no-referrer"
            assert "access-control-allow-origin" not in reply.headers

    story(work())


def test_a_name_of_a_model_stays_data(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path, NASTY, "b") as site:
            await site.runtime.execute(Task("x"))
            visit = await site.login(ADMIN)
            assert (await visit.operate("trip", NASTY)).status == 200
            reply = await visit.get("state")
            assert reply.headers["content-type"] == "application/json"
            assert reply.json()["models"][NASTY]["breaker"] == "open"

    story(work())


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "stop", "model": "a", "reason": "x"},
        {"verb": "trip", "model": "a", "reason": " "},
        {"verb": "trip", "model": "a", "reason": "two\nlines"},
        {"verb": "trip", "model": "a", "reason": "x" * 201},
        {"verb": "trip", "model": "none", "reason": "x"},
        {"verb": "trip", "model": ["a"], "reason": "x"},
        {"verb": "trip", "model": "a"},
        [],
        b"{",
    ],
)
def test_a_control_takes_a_verb_a_model_and_a_reason_and_nothing_else(
    tmp_path: Path, body: object
) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            visit = await site.login(ADMIN)
            headers = {"cookie": visit.cookie, "x_hive_token": visit.token or ""}
            reply = await site.page("operate", body, content_type="application/json", **headers)
            assert reply.status in (400, 404)
            assert await untouched(site)

    story(work())


def test_the_page_has_no_script_style_or_address_but_its_own() -> None:
    page = page_files()["index.html"].body.decode()

    assert "style=" not in page
    assert "<style" not in page
    assert "http" not in page.replace("http-equiv", "")
    for name, file in page_files().items():
        if name.endswith(".js") and name != "uplot.js":
            text = file.body.decode()
            assert not any(
                word in text for word in ("innerHTML", "outerHTML", "eval(", "document.write")
            )


def test_a_file_is_sent_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with shown(tmp_path) as site:
            tag = (await site.get("/dashboard/app.js")).headers["etag"]
            assert (await site.get("/dashboard/app.js", if_none_match=tag)).status == 304
            for path in ("/", "/dashboard"):
                assert (await site.get(path)).headers["location"] == "/dashboard/"

    story(work())
