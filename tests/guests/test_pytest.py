"""The page on pytest: its tests pass in a pytest of their own, where every warning is an error."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..examples.programs import HOW_TO, files_of

PAGE = HOW_TO / "pytest.md"
LIMIT = 50.0


def passed(file: str, folder: Path, *options: str) -> str:
    """The summary of a pytest over one file of the page."""
    (folder / file).write_text(files_of(PAGE)[file], encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    ended = subprocess.run(
        [*(sys.executable, "-X", "dev", "-W", "error"), "-m", "pytest", "-q", *options, file],
        cwd=folder,
        # The plugins of this environment are none of the page's, and slow to load.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert ended.stderr == ""
    return ended.stdout.splitlines()[-1]


def test_virtual_time_a_thread_and_freezegun_need_no_plugin(tmp_path: Path) -> None:
    assert passed("test_answers.py", tmp_path).startswith("3 passed")


@pytest.mark.guests
@pytest.mark.skipif(
    importlib.util.find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed"
)
def test_fixtures_of_another_loop_work_or_say_so(tmp_path: Path) -> None:
    plugin = ("-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function")
    assert passed("test_shared.py", tmp_path, *plugin).startswith("3 passed")
