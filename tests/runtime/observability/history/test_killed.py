"""A process that is killed while it writes: its file is sound, and has what was told to be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("killed.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def kill(folder: Path, kills: int, every: float, lives: tuple[float, float]) -> Any:
    arguments = [str(folder), str(kills), str(every), *map(str, lives), "17"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        capture_output=True,
        timeout=500,
        check=False,
        cwd=SCRIPT.parents[4],
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def assert_sound(found: Any, kills: int) -> None:
    assert len(found["kills"]) == kills
    assert {one["sound"] for one in found["kills"]} == {"ok"}
    assert [one["missing"] for one in found["kills"] if one["missing"]] == []
    assert [one["failing"] for one in found["kills"] if one["failing"]] == []


def test_after_each_kill_the_file_is_sound_and_has_every_action_that_was_told(
    tmp_path: Path,
) -> None:
    found = kill(tmp_path, 20, 0.01, (0.0, 0.04))

    assert_sound(found, 20)
    assert found["acknowledged"] >= 20


def test_a_kill_loses_a_second_of_the_series_at_most(tmp_path: Path) -> None:
    found = kill(tmp_path, 2, 1.0, (1.2, 1.9))

    assert_sound(found, 2)
    # The transaction itself, and a machine that is busy with others.
    assert [one["lost"] for one in found["kills"] if one["lost"] > 1.3] == []
    assert all(one["kept"] for one in found["kills"])


@pytest.mark.conformance
@pytest.mark.timeout(600)
def test_a_hundred_kills_lose_a_second_each_at_most(tmp_path: Path) -> None:
    assert_sound(kill(tmp_path / "actions", 100, 0.01, (0.0, 0.04)), 100)
    found = kill(tmp_path / "series", 100, 1.0, (1.1, 2.5))

    assert_sound(found, 100)
    assert [one["lost"] for one in found["kills"] if one["lost"] > 1.3] == []
