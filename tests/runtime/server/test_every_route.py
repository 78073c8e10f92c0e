"""What holds for every path of the server; the paths are those of its own table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from hive_resilience import Runtime
from hive_resilience.runtime.server.keys.entry import Scope
from hive_resilience.runtime.server.routes import BELOW, ROUTES, Route, route_at

from .site_kit import (
    ADMIN,
    EXPIRED,
    METRICS,
    READ,
    SMALL,
    USE,
    Counted,
    Reply,
    Site,
    fleet,
    guarded,
    keys_in,
    site,
    story,
)

ALL = {**ROUTES, **BELOW}
OPEN = {"/healthz", "/readyz", "/openapi.json"}
"""Paths that everybody may ask; a new one has to be named here."""
GUARDED = sorted(set(ALL) - OPEN)
OPERATED = [path for path in ALL if path.startswith("/admin/")]
CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}
HOLDERS = {
    Scope.USE: {USE},
    Scope.READ: {READ, ADMIN},
    Scope.ADMIN: {ADMIN},
    Scope.METRICS: {METRICS},
}
"""The keys that suffice for a scope."""


def filled(path: str) -> str:
    return path.replace("{id}", SMALL).replace("{verb}", "trip")


def route(path: str) -> Route:
    return ALL[path]


class Case(NamedTuple):
    """What a client shows, and the status and the code that follow."""

    headers: dict[str, str]
    status: int
    code: str


def cases(needs: Scope) -> Iterator[Case]:
    yield Case({}, 401, "missing_api_key")
    for wrong in ("k-wrong", "", "k-us", USE + "x", "x" * 600, "ÿ"):
        yield Case({"authorization": f"Bearer {wrong}"}, 401, "invalid_api_key")
    yield Case({"authorization": f"Bearer {EXPIRED}"}, 401, "expired_api_key")
    good = next(iter(HOLDERS[needs]))
    for scheme in ("Basic", "Token", "bearer:"):
        yield Case({"authorization": f"{scheme} {good}"}, 401, "invalid_api_key")
    yield Case({"authorization": good}, 401, "invalid_api_key")
    both = {"authorization": f"Bearer {good}"}
    yield Case({**both, "x-api-key": "k-other"}, 401, "invalid_api_key")
    yield Case({"cookie": f"key={good}; authorization={good}"}, 401, "missing_api_key")
    yield Case({"x-goog-api-key": good}, 401, "missing_api_key")
    for other in (USE, READ, ADMIN, METRICS):
        if other not in HOLDERS[needs]:
            yield Case({"authorization": f"Bearer {other}"}, 403, "not_allowed")


async def ask(served: Site, path: str, spelled: str, key: str | None, **headers: str) -> Reply:
    """A request to `spelled` as `path` takes it; with a chat that every model can answer."""
    told: object = CHAT if "POST" in route(path).methods else b""
    return await served.ask(route(path).methods[0], spelled, key, told, headers=headers)


async def state_of(served: Site) -> str:
    found = await served.get(f"/admin/models/{SMALL}", READ)
    return str(found.json()["breaker"]["state"])


def check_shape(path: str, found: Reply, code: str) -> None:
    """An error in the form of the path's family."""
    told = found.json()
    if path.startswith("/v1/messages"):
        kinds = {401: "authentication_error", 403: "permission_error"}
        assert (told["type"], told["error"]["type"]) == ("error", kinds[found.status])
        assert told["request_id"] == found.headers["request-id"]
    else:
        assert told["error"].keys() == {"message", "type", "param", "code"}
        assert told["error"]["code"] == code
    assert found.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("path", GUARDED)
def test_without_a_fitting_key_a_path_does_nothing(tmp_path: Path, path: str) -> None:
    needs = route(path).scope
    assert needs is not None
    model = Counted()

    async def tell() -> None:
        async with guarded(tmp_path, model) as served:
            for case in cases(needs):
                found = await ask(served, path, filled(path), None, **case.headers)
                assert found.status == case.status, (case, found)
                check_shape(path, found, case.code)
            assert await state_of(served) == "closed"
            assert (await served.get("/readyz")).status == 200

    story(tell())

    assert model.calls == 0


@pytest.mark.parametrize("path", GUARDED)
def test_a_fitting_key_opens_a_path(tmp_path: Path, path: str) -> None:
    needs = route(path).scope
    assert needs is not None

    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            return [await ask(served, path, filled(path), key) for key in sorted(HOLDERS[needs])]

    for found in story(tell()):
        assert found.status not in (401, 403, 404, 405), found


@pytest.mark.parametrize("path", [path for path in GUARDED if path.startswith("/v1/")])
def test_a_key_may_come_as_clients_of_anthropic_send_it(tmp_path: Path, path: str) -> None:
    both = {"authorization": f"bearer {USE}", "x-api-key": USE}

    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            return [
                await ask(served, path, filled(path), None, **headers)
                for headers in ({"x-api-key": USE}, both)
            ]

    for found in story(tell()):
        assert found.status not in (401, 403, 404, 405), found


@pytest.mark.parametrize("path", sorted(OPEN))
def test_an_open_path_takes_no_key_into_account(tmp_path: Path, path: str) -> None:
    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            return [await served.get(path), await served.get(path, "k-wrong")]

    assert [found.status for found in story(tell())] == [200, 200]


@pytest.mark.parametrize("path", sorted(ALL))
def test_other_methods_are_refused_with_the_ones_there_are(tmp_path: Path, path: str) -> None:
    others = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"} - {*route(path).methods}

    async def tell() -> None:
        async with guarded(tmp_path) as served:
            for method in sorted(others):
                found = await served.ask(method, filled(path), ADMIN)
                # A model's own path and those of its verbs are two routes.
                assert found.status == 405, (method, found)
                assert found.headers["allow"] == ", ".join(route(path).methods)
                assert not [name for name in found.headers if name.startswith("access-control")]
            assert await state_of(served) == "closed"

    story(tell())


@pytest.mark.parametrize("path", sorted(ALL))
def test_a_browser_asks_in_vain_whether_it_may(tmp_path: Path, path: str) -> None:
    asked = {
        "origin": "https://evil.example",
        "access-control-request-method": route(path).methods[0],
        "access-control-request-headers": "authorization, content-type",
    }

    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await served.ask("OPTIONS", filled(path), headers=asked)

    found = story(tell())

    assert found.status == 405
    assert not [name for name in found.headers if name.startswith("access-control")]


# Tricks with paths.


def tricks(path: str) -> Iterator[str]:
    """Other spellings of a path: none of them is it."""
    folder, _, last = path.rpartition("/")
    yield from (path + "/", path + ";x", path + "%20", path + ".", path + "%00", path + "//")
    yield from ("/" + path, path.replace("/", "//"), path.upper(), path.title())
    yield from (f"{folder}/./{last}", f"{folder}/x/../{last}", f"{folder}/%2e/{last}")
    yield from (f"{folder}/x/%2e%2e/{last}", f"/v1/..{path}", f"/healthz/..{path}")
    yield from (f"/healthz/%2e%2e{path}", f"/healthz%2f..{path}", f"{folder};/{last}")
    yield from (path.replace("/admin", "/Admin"), path.replace("/admin/", "/admin%5c"))
    yield from (f"{folder}%252f{last}", path.replace("a", "%2561", 1), f"{path}%3fx", f"{path}%23")
    # These are the path itself, which the key of a client does not open.
    yield from (path.replace("a", "%61", 1), f"{folder}%2f{last}", f"{path}?x=/healthz", f"{path}?")
    yield from (f"{start}{path}" for start in ("http://evil.example", "http://127.0.0.1", "//evil"))


@pytest.mark.parametrize("path", OPERATED)
def test_no_spelling_of_a_path_opens_it(tmp_path: Path, path: str) -> None:
    async def tell() -> None:
        async with guarded(tmp_path) as served:
            for spelling in tricks(filled(path)):
                for key in (None, USE):
                    found = await ask(served, path, spelling, key)
                    assert found.status in (400, 401, 403, 404, 405), (spelling, found)
            assert await state_of(served) == "closed"
            assert (await served.get("/readyz")).status == 200

    story(tell())


@pytest.mark.parametrize("path", OPERATED)
@pytest.mark.parametrize("spelled", ["{}?key={}", "{}?x=/healthz&authorization=Bearer%20{}"])
def test_a_query_is_no_place_for_a_key(tmp_path: Path, path: str, spelled: str) -> None:
    async def tell() -> Reply:
        async with guarded(tmp_path) as served:
            return await ask(served, path, spelled.format(filled(path), ADMIN), None)

    assert story(tell()).status == 401


HOSTS = [
    "a/#@b",
    "a/healthz?",
    "127.0.0.1/healthz#",
    "evil.example",
    "127.0.0.1@evil.example",
    "",
    "a b",
    "[::1",
    "%2e%2e",
    "localhost:0/healthz",
]


@pytest.mark.parametrize("path", OPERATED)
def test_a_host_changes_no_path(tmp_path: Path, path: str) -> None:
    async def tell() -> None:
        async with guarded(tmp_path) as served:
            for host in HOSTS:
                found = await ask(served, path, filled(path), USE, host=host)
                assert found.status in (400, 403), (host, found)

    story(tell())


FOREIGN = [
    *({"host": host} for host in HOSTS),
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost.evil.example"},
    {"origin": "http://127.0.0.1.evil.example:80"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


@pytest.mark.parametrize("path", GUARDED)
def test_without_keys_no_foreign_name_and_no_page_opens_a_path(path: str) -> None:
    model = Counted()

    async def tell() -> None:
        async with Runtime(fleet(model)) as runtime, site(runtime) as served:
            for headers in FOREIGN:
                found = await ask(served, path, filled(path), None, **headers)
                assert found.status in (400, 403), (headers, found)

    story(tell())

    assert model.calls == 0


# The table itself.


@pytest.mark.parametrize("path", sorted(ALL))
def test_the_table_finds_each_of_its_routes(path: str) -> None:
    assert route_at(filled(path)) is route(path)


def test_a_path_without_a_scope_is_one_that_the_tests_know() -> None:
    assert {path for path, found in ALL.items() if found.scope is None} == OPEN


def test_each_path_of_an_operator_has_the_scope_of_one() -> None:
    for path in OPERATED:
        needs = Scope.ADMIN if "POST" in route(path).methods else Scope.READ
        assert route(path).scope is needs


def test_keys_of_ten_thousand_strangers_leave_nothing(tmp_path: Path) -> None:
    keys = keys_in(tmp_path)
    before = (len(keys), len(vars(keys)))

    for number in range(10_000):
        assert keys.find(f"stranger-{number}") is None

    assert (len(keys), len(vars(keys))) == before


def test_the_loop_is_free_while_keys_are_refused(tmp_path: Path) -> None:
    async def tell() -> list[Reply]:
        async with guarded(tmp_path) as served:
            asks = [served.get("/v1/models", f"k-{number}") for number in range(50)]
            return await asyncio.gather(*asks)

    assert {found.status for found in story(tell())} == {401}
