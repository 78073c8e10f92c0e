from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.keys.entry import KeyEntry, Scope
from hive_resilience.runtime.server.keys.file import read_entries, write_entries
from hive_resilience.runtime.server.keys.issuing import add, revoke
from hive_resilience.runtime.server.keys.key import digest_of, new_key

from .keys_kit import entry, write

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def made(id: str = "ci", key: str = "k", **more: Any) -> KeyEntry:
    return KeyEntry.model_validate(entry(key, id, **more))


@pytest.mark.parametrize("name", ["keys.yml", "keys.yaml", "keys.json"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    first = made(scopes=["use", "admin"], models=["a"], expires="2027-01-31", rpm=60)
    second = made("web", "other", tpm=1000, max_concurrent=3)

    write_entries(tmp_path / name, [first, second])

    assert read_entries(tmp_path / name) == (first, second)


def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    path.touch(mode=0o644)

    write_entries(path, [made()])

    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_else_is_left_beside_it(tmp_path: Path) -> None:
    write_entries(tmp_path / "keys.yml", [made()])

    assert os.listdir(tmp_path) == ["keys.yml"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "keys.yml"
    link.symlink_to(write(tmp_path / "real.yml"))

    write_entries(link, [made()])

    assert link.is_symlink()
    assert len(read_entries(tmp_path / "real.yml")) == 1


def test_an_entry_that_is_cut_short_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    write_entries(path, [made(models=["a"], expires="2027-01-31")])
    lines = path.read_text().splitlines(keepends=True)

    for end in range(1, len(lines)):
        path.write_text("".join(lines[:end]))
        with pytest.raises(ConfigurationError):
            read_entries(path)


def test_a_key_may_only_use_models_unless_more_is_said(tmp_path: Path) -> None:
    (found,) = read_entries(write(tmp_path / "keys.json", entry("k")))

    assert found.scopes == (Scope.USE,)


def test_a_day_is_its_beginning_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    path.write_text(f"- {{id: a, expires: 2027-01-31, sha256: {digest_of('k').hex()}}}\n")

    (found,) = read_entries(path)

    assert found.expires == datetime(2027, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "should be a list of keys"),
        ("keys: []", "should be a list of keys"),
        ("- id: a", "sha256: Field required"),
        ("- {id: a, sha256: abc}", "String should match pattern"),
        ("- {id: a, expires: 5}", "a time is written as"),
        ("- {id: a, scopes: []}", "at least 1 item"),
        ("- {id: a, scopes: [root]}", "should be 'use', 'read', 'admin' or 'metrics'"),
        ("- {id: a, rpm: 0}", "greater than 0"),
        ("- {id: a, key: hive-secret}", "key: unknown setting"),
        ("- [", "is not YAML"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "keys.yml"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match=r"keys\.yml") as raised:
        read_entries(path)

    assert told in str(raised.value)


def test_no_mistake_quotes_a_value(tmp_path: Path) -> None:
    canary = "hive-canary"
    wrong = {"id": canary + " ", "sha256": canary, "scopes": [canary], "expires": canary}

    with pytest.raises(ConfigurationError) as raised:
        read_entries(write(tmp_path / "keys.json", wrong))

    assert canary not in str(raised.value)
    assert canary not in repr([problem.value for problem in raised.value.problems])


def test_a_key_belongs_to_one_entry(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="the key of two entries"):
        read_entries(write(tmp_path / "keys.json", entry("k", "a"), entry("k", "b")))


def test_an_id_has_two_keys_and_no_third(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    add(path, made(key="1"))
    add(path, made(key="2"))

    with pytest.raises(ConfigurationError, match="revoke one of them first"):
        add(path, made(key="3"))

    assert len(read_entries(path)) == 2


def test_an_expired_key_makes_room(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    add(path, made(key="1", expires=NOW - timedelta(days=1)))
    add(path, made(key="2"), wall_now=NOW)

    assert [one.sha256 for one in read_entries(path)] == [digest_of("2").hex()]


def test_a_revoked_holder_has_no_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    for one in (made("a", "1"), made("a", "2"), made("b", "3")):
        add(path, one)

    revoke(path, "a")

    assert [one.id for one in read_entries(path)] == ["b"]


def test_one_of_two_keys_is_revoked_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    add(path, made(key="1"))
    add(path, made(key="2"))

    gone = revoke(path, "ci", digest=digest_of("1").hex()[:8].upper())

    assert [one.sha256 for one in gone] == [digest_of("1").hex()]
    assert [one.sha256 for one in read_entries(path)] == [digest_of("2").hex()]


def test_the_last_key_may_be_revoked(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    add(path, made())

    revoke(path, "ci")

    assert read_entries(path) == ()


@pytest.mark.parametrize(("id", "digest"), [("other", ""), ("ci", "ffff")])
def test_what_is_not_there_cannot_be_revoked(tmp_path: Path, id: str, digest: str) -> None:
    path = tmp_path / "keys.yml"
    add(path, made())

    with pytest.raises(ConfigurationError, match="no such key"):
        revoke(path, id, digest=digest)


def test_new_keys_are_long_and_differ() -> None:
    keys = {new_key() for _ in range(100)}

    assert len(keys) == 100
    assert all(key.startswith("hive-") and len(key) == 48 for key in keys)
