"""An operator works on a running fleet over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience import Runtime
from hive_resilience.events import ActionTaken, CircuitChanged
from hive_resilience.runtime.server.routes import VERBS

from .site_kit import ADMIN, BIG, READ, SMALL, Counted, Reply, fleet, guarded, keys_in, site, story

AT = "/admin/models/"
CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}


def test_the_snapshot_has_every_model_and_the_router(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get("/admin/snapshot", READ)

    found = story(tell())

    assert found.status == 200
    assert set(found.json()["models"]) == {BIG, SMALL}
    assert found.json()["router"]["usable"] == 2


def test_an_operator_may_read_too(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get("/admin/models", ADMIN)

    assert [one["model_id"] for one in story(tell()).json()["models"]] == [BIG, SMALL]


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            refused = await served.post(AT + SMALL + "/trip", READ)
            return refused, await served.get(AT + SMALL, READ)

    refused, after = story(tell())

    assert refused.status == 403
    assert after.json()["breaker"]["state"] == "closed"


STATES = {
    "trip": "open",
    "reset": "closed",
    "force_open": "forced_open",
    "disable": "disabled",
    "metrics_only": "metrics_only",
}
STATUSES = {
    "maintenance": "maintenance",
    "leave_maintenance": "available",
    "restart": "available",
    "check_health": "available",
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("model_id", [BIG, SMALL, BIG.replace("/", "%2F")])
def test_a_verb_does_what_it_says_to_its_model(tmp_path: Path, verb: str, model_id: str) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            done = await served.post(f"{AT}{model_id}/{verb}", ADMIN)
            return done, await served.get(AT + model_id, ADMIN)

    done, after = story(tell())

    assert done.status == 200, done
    assert done.json()["model_id"] == model_id.replace("%2F", "/")
    assert done.json()["breaker"]["state"] == STATES.get(verb, "closed")
    if verb in STATUSES:
        assert after.json()["status"] == STATUSES[verb]


def test_the_states_and_statuses_above_are_all_verbs() -> None:
    assert {*STATES, *STATUSES} == set(VERBS)


def test_the_reason_of_a_trip_is_in_the_event_and_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[CircuitChanged] = []

    async def tell() -> None:
        async with Runtime(fleet(Counted())) as runtime, site(runtime, keys_in(tmp_path)) as served:
            runtime.subscribe(seen.append, CircuitChanged)
            await served.post(AT + SMALL + "/trip", ADMIN, {"reason": "billing"})

    with caplog.at_level("INFO"):
        story(tell())

    assert [(one.model_id, one.reason) for one in seen] == [(SMALL, "billing")]
    assert "operated model=small verb=trip reason=billing" in caplog.text


def test_an_illegal_move_is_a_conflict_that_says_what_is_possible(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            await served.post(AT + SMALL + "/force_open", ADMIN)
            return await served.post(AT + SMALL + "/trip", ADMIN)

    found = story(tell())

    assert (found.status, found.code) == (409, "illegal_transition")
    assert "reset" in found.message
    assert found.headers["x-should-retry"] == "false"


def test_an_unknown_model_is_not_found_and_the_near_name_is_told(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            return [
                await served.post(AT + "smal/trip", ADMIN),
                await served.get(AT + "smal", READ),
                await served.get(AT + "smal%0a", READ),
            ]

    for found in story(tell()):
        assert (found.status, found.code) == (404, "model_not_found")
        assert "'small'" in found.message


@pytest.mark.parametrize(
    "path", [AT, AT + "/", AT + "/trip", "/admin/", "/admin", "/admin/nothing"]
)
def test_there_is_nothing_at_other_paths(tmp_path: Path, path: str) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.get(path, ADMIN)

    assert story(tell()).status == 404


def test_a_verb_that_is_none_is_refused(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.post(AT + SMALL + "/stop", ADMIN)

    found = story(tell())

    assert (found.status, found.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_an_operation_wants_json(tmp_path: Path, kind: str | None) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            more = {} if kind is None else {"content-type": kind}
            return await served.ask("POST", AT + SMALL + "/trip", ADMIN, b"{}", headers=more)

    assert story(tell()).status == 415


def test_an_operation_wants_the_key_as_bearer(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.post(AT + SMALL + "/trip", x_api_key=ADMIN)

    found = story(tell())

    assert (found.status, found.code) == (401, "missing_api_key")


BODIES = [
    b"[]",
    b"null",
    b"{",
    {"reason": 1},
    {"reason": ""},
    {"reason": "two\nlines"},
    {"reason": "x" * 201},
    {"reasons": "a"},
    {"timeout": 1},
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_not_understood_changes_nothing(tmp_path: Path, body: object) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            more = {"content-type": "application/json"}
            path = AT + SMALL + "/trip"
            refused = await served.ask("POST", path, ADMIN, body, headers=more)
            return refused, await served.get(AT + SMALL, READ)

    refused, after = story(tell())

    assert refused.status == 400
    assert after.json()["breaker"]["state"] == "closed"


def test_a_body_may_be_empty(tmp_path: Path) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            more = {"content-type": "application/json; charset=utf-8"}
            return await served.ask("POST", AT + SMALL + "/trip", ADMIN, headers=more)

    assert story(tell()).status == 200


def test_an_operator_is_served_while_the_server_is_full(tmp_path: Path) -> None:
    async def tell() -> tuple[Reply, Reply]:
        async with guarded(tmp_path) as served:
            served.application.in_flight = 10_000
            return (
                await served.post("/v1/chat/completions", "k-use", CHAT),
                await served.post(AT + SMALL + "/trip", ADMIN),
            )

    refused, done = story(tell())

    assert (refused.status, done.status) == (503, 200)


def test_an_action_is_by_the_holder_of_the_key_whatever_the_caller_says(tmp_path: Path) -> None:
    seen: list[ActionTaken] = []

    async def tell() -> list[Reply]:
        async with Runtime(fleet(Counted())) as runtime, site(runtime, keys_in(tmp_path)) as served:
            runtime.subscribe(seen.append, ActionTaken)
            await served.post(AT + SMALL + "/maintenance", ADMIN, {"by": "root", "reason": "why"})
            await served.post("/admin/reload", ADMIN, {"by": "root"})
            await served.post("/admin/drain", ADMIN, {"timeout": 0})
            return [
                await served.post(AT + SMALL + "/reset", ADMIN, {"by": by})
                for by in ("", "two\nlines", 3, "x" * 201)
            ]

    refused = story(tell())

    assert [(one.action, one.by, one.reason) for one in seen] == [
        ("enter_maintenance", "operator (root)", "why"),
        ("drain", "operator", "operator"),
    ]
    assert {(one.status, one.code) for one in refused} == {(400, "invalid_request")}
    assert ADMIN not in repr(seen)
