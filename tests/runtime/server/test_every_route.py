"""What holds for every path of the server; the paths are those of its own table."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from hive_resilience.runtime.server.keys.entry import Scope
from hive_resilience.runtime.server.routes import route_at

from .routes_kit import ALL, GUARDED, HOLDERS, OPEN, OPERATED, ask, filled, route, state_of
from .site_kit import ADMIN, EXPIRED, METRICS, READ, USE, Counted, Reply, guarded, keys_in, story


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
