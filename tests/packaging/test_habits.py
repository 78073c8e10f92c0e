"""Files stay short and folders small, so that a reader finds what is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("actors", "benchmarks", "config", "runtime")
OTHERS = ("examples", "tests")
LINES = 300
FILES = 16
"""Code files of a folder, beside its `__init__.py`."""


def code() -> list[Path]:
    """Every code file; the links in `hive_resilience` lead to the folders."""
    below = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    return [*below, *(ROOT / "hive_resilience").glob("*.py")]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_code_to_count() -> None:
    assert len(code()) > 200


def test_no_file_is_longer_than_300_lines() -> None:
    tree = [*code(), *(path for top in OTHERS for path in (ROOT / top).rglob("*.py"))]
    lines = {named(path): len(path.read_text("utf-8").splitlines()) for path in tree}

    assert len(tree) > 500
    assert {path: count for path, count in lines.items() if count > LINES} == {}


def test_no_folder_has_more_than_16_code_files() -> None:
    files = Counter(named(path.parent) for path in code() if path.name != "__init__.py")

    assert {folder: count for folder, count in files.items() if count > FILES} == {}


def test_the_page_on_the_architecture_has_every_folder_of_the_house() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = set(re.findall(r"`([a-z_/]+)/`", page))
    there_are = {named(path.parent) for path in code()} - {"hive_resilience"}

    house = {folder for folder in there_are if not folder.startswith("benchmarks")}
    assert house - rows == set()
    assert {
        row for row in rows if not (ROOT / row).is_dir() and not (ROOT / "tests" / row).is_dir()
    } == set()
