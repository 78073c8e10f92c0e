# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
"""`make test-all`: which Pythons it finds, and what it says of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import every_python
from tests.every_python import installed, report


def interpreter(folder: Path, name: str, says: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def test_each_version_is_found_once_and_a_named_one_goes_first(path: Path, tmp_path: Path) -> None:
    on_path = interpreter(path, "python3.11", "echo 3.11")
    interpreter(path, "python3.12", "echo 3.12")
    named = interpreter(tmp_path, "mine", "echo 3.12")
    threaded = interpreter(tmp_path, "threaded", "echo 3.13t")

    found = installed([named, threaded], tmp_path)

    assert found == {"3.11": on_path, "3.12": named, "3.13t": threaded}


def test_a_shim_that_fails_leads_to_what_is_behind_it(path: Path, tmp_path: Path) -> None:
    interpreter(path, "python3.13", "exit 127")
    behind = interpreter(tmp_path / ".pyenv/versions/3.13.0/bin", "python3.13", "echo 3.13")

    assert installed([], tmp_path) == {"3.13": behind}


@pytest.mark.parametrize("says", ["echo 3.10", "echo 2.7", "echo hello", "exit 1"])
def test_what_is_no_python_of_3_11_or_newer_is_named(
    says: str, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = interpreter(tmp_path, "old", says)
    interpreter(path, "python3.11", "echo 3.11")

    code = report([named], installed([named], tmp_path), lambda *_: True)

    assert code == 1
    assert f"{named} is no Python of 3.11 or newer" in capsys.readouterr().out


def test_the_table_names_what_passed_what_failed_and_what_is_not_installed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pythons = {"3.11": "/a/python", "3.12": "/b/python"}

    assert report([], pythons, lambda version, _: version == "3.11") == 1
    told = capsys.readouterr().out
    assert re.search(r"3\.11 +passed .*/a/python", told)
    assert re.search(r"3\.12 +FAILED .*/b/python", told)
    assert re.findall(r"(\S+) +not installed", told) == ["3.13", "3.14", "3.15"]
    assert report([], pythons, lambda *_: True) == 0
    assert report([], {}, lambda *_: True) == 1


def test_each_suite_has_an_environment_of_its_own(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interpreter(path, "make", f'echo "$@" >> {tmp_path}/made')
    python = interpreter(path, "python3.14", "echo 3.14")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert every_python.main({"HOME": str(tmp_path)}, ["ARGS=-x"]) == 0
    assert (tmp_path / "made").read_text(encoding="utf-8").split() == [
        "--no-print-directory", "test", "VENV=.venv-3.14", f"PYTHON={python}", "ARGS=-x",
    ]  # fmt: skip
