"""What people read has subjects: the words that stand for no subject of ours are not in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = re.compile(r"\b(anew|nobody|somebody|who|whoever|whom)\b", re.IGNORECASE)
CODE = re.compile(r"^```.*?^```$|`[^`]*`", re.MULTILINE | re.DOTALL)
"""Blocks and spans of code: `who` may be an argument."""
PAGES = [
    page
    for place in (".", "benchmarks", ".github", ".github/ISSUE_TEMPLATE")
    for page in sorted((ROOT / place).glob("*.md"))
] + sorted((ROOT / "docs").rglob("*.md"))
SOURCES = [
    ROOT / "Makefile",
    ROOT / "pyproject.toml",
    *sorted((ROOT / "hive_resilience").glob("*.py")),
    *(
        path
        for folder in ("actors", "benchmarks", "config", "examples", "runtime")
        for kind in ("*.py", "*.yml")
        for path in sorted((ROOT / folder).rglob(kind))
    ),
]
"""The code; what a demonstration's model recites is a text, and may say it."""


def found(text: str) -> list[str]:
    """The lines with a forbidden word."""
    return [line for line in text.splitlines() if FORBIDDEN.search(line)]


def offences(paths: list[Path], without: re.Pattern[str]) -> dict[str, list[str]]:
    """The lines with a forbidden word, by file."""
    texts = {path: without.sub("", path.read_text("utf-8")) for path in paths}
    lines = {path.relative_to(ROOT).as_posix(): found(text) for path, text in texts.items()}
    return {path: told for path, told in lines.items() if told}


def test_pages_name_their_subjects() -> None:
    assert len(PAGES) > 15
    assert offences(PAGES, without=CODE) == {}


def test_comments_and_docstrings_name_their_subjects() -> None:
    assert len(SOURCES) > 280
    assert offences(SOURCES, without=re.compile(r"(?!)")) == {}


@pytest.mark.parametrize("text", ["Nobody is told.", "for whoever reads", "it begins anew"])
def test_a_forbidden_word_is_found(text: str) -> None:
    assert found(text) == [text]


@pytest.mark.parametrize("text", ["`crash(runtime, who)` crashes it", "wholly", "a renewed try"])
def test_code_and_longer_words_are_not(text: str) -> None:
    assert found(CODE.sub("", text)) == []
