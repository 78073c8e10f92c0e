"""Spellings of paths, hosts and pages of browsers: none of them opens what a key does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hive_resilience import Runtime

from .routes_kit import GUARDED, OPERATED, ask, filled, state_of
from .site_kit import ADMIN, USE, Counted, Reply, fleet, guarded, site, story


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
