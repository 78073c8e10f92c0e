from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.server.keys.entry import Scope
from hive_resilience.runtime.server.keys.file import read_entries
from hive_resilience.runtime.server.keys.key import digest_of


def key(*arguments: str, file: Path) -> Result:
    return CliRunner().invoke(app, ["key", *arguments, "--file", str(file)])


def test_a_new_key_is_shown_once_and_only_its_digest_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"

    result = key("new", "--id", "ci", file=path)

    shown = result.stdout.strip()
    assert (result.exit_code, shown.startswith("hive-")) == (0, True)
    (entry,) = read_entries(path)
    assert (entry.id, entry.sha256) == ("ci", digest_of(shown).hex())
    assert shown not in path.read_text()
    assert shown not in result.stderr
    assert path.stat().st_mode & 0o777 == 0o600


def test_all_that_a_key_may_do_is_said_by_options(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    options = (
        *("--scope", "use", "--scope", "admin", "--model", "a", "--model", "b"),
        *("--rpm", "60", "--tpm", "1000", "--max-concurrent", "3", "--expires", "2027-01-31"),
    )

    assert key("new", "--id", "ci", *options, file=path).exit_code == 0

    (entry,) = read_entries(path)
    assert (entry.scopes, entry.models) == ((Scope.USE, Scope.ADMIN), ("a", "b"))
    assert (entry.rpm, entry.tpm, entry.max_concurrent) == (60, 1000, 3)
    assert entry.expires == datetime(2027, 1, 31, tzinfo=UTC)


def test_a_key_may_expire_after_a_span(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"

    assert key("new", "--id", "ci", "--expires", "90d", file=path).exit_code == 0

    (entry,) = read_entries(path)
    assert entry.expires is not None
    remaining = entry.expires - datetime.now(UTC)
    assert timedelta(days=89) < remaining <= timedelta(days=90)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("--scope", "root"), "--scope: should be 'use'"),
        (("--expires", "soon"), "--expires: a time is written as"),
        (("--expires", "0d"), "--expires: should be greater than 0"),
        (("--rpm", "0"), "--rpm: should be greater than 0"),
        (("--max-concurrent", "0"), "--max-concurrent: should be greater"),
    ],
)
def test_a_wrong_option_makes_no_key(tmp_path: Path, wrong: tuple[str, str], told: str) -> None:
    path = tmp_path / "keys.yml"

    result = key("new", "--id", "ci", *wrong, file=path)

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert not path.exists()


def test_keys_are_listed_without_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    shown = key("new", "--id", "ci", "--rpm", "60", file=path).stdout.strip()
    key("new", "--id", "web", "--model", "a", "--expires", "2020-01-01", file=path)

    result = key("list", file=path)

    first, second = result.stdout.splitlines()
    assert first == f"ci   {digest_of(shown).hex()[:12]}  use; all models; rpm 60"
    assert second.endswith("use; models a; expired 2020-01-01T00:00:00+00:00")
    assert shown not in result.stdout


def test_a_key_is_replaced_and_the_old_one_revoked(tmp_path: Path) -> None:
    path = tmp_path / "keys.yml"
    old = key("new", "--id", "ci", file=path).stdout.strip()
    new = key("new", "--id", "ci", file=path).stdout.strip()

    refused = key("new", "--id", "ci", file=path)
    assert (refused.exit_code, "revoke one of them" in refused.stderr) == (2, True)

    digest = digest_of(old).hex()[:12]
    assert key("revoke", "ci", "--digest", digest, file=path).exit_code == 0
    assert [entry.sha256 for entry in read_entries(path)] == [digest_of(new).hex()]


@pytest.mark.parametrize("command", [("list",), ("revoke", "ci")])
def test_a_file_that_is_not_there_is_misuse(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = key(*command, file=tmp_path / "keys.yml")

    assert (result.exit_code, "cannot be read" in result.stderr) == (2, True)


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    result = key("new", "--id", "ci", file=tmp_path / "nowhere" / "keys.yml")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be used: No such file" in result.stderr
