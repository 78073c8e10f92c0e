"""`hive-resilience level` and `recovery` against a running server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hive_resilience.runtime.cli.serve import adaptation_commands as commands
from hive_resilience.runtime.cli.serve.told import Told

from .operating_kit import Work, run

pytestmark = pytest.mark.usefixtures("key")


def holding(level: str, duration: str = "") -> Work:
    told = Told("a fire", "me")
    return lambda place: commands.hold(place, level, duration, told, as_json=False)


def test_a_level_is_held_shown_and_released(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = run(
        tmp_path,
        holding("severe", "2h"),
        lambda place: commands.level(place, as_json=False),
        lambda place: commands.release(place, Told("out", "me"), as_json=False),
    )

    assert codes == [0, 0, 0]
    held, shown, released = capsys.readouterr().out.split("since ")[1:]
    assert "held by hand until 2" in held
    assert "by its figures the fleet is none" in shown
    assert "held by hand" not in released


def test_a_level_that_is_none_is_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, holding("bad")) == [1]
    assert "bad" in capsys.readouterr().err


def test_recovery_says_that_no_remedy_is_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, lambda place: commands.recovery(place, as_json=False)) == [0]
    assert capsys.readouterr().out == "remedies: none beside what is built in\n"


def test_the_answer_of_the_server_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, lambda place: commands.level(place, as_json=True)) == [0]
    assert json.loads(capsys.readouterr().out)["level"] == "none"
