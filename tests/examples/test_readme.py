"""README.md is short, and what it names is there."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

import pytest

from .programs import FENCED, PAGES, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
WRITTEN = (*PAGES, *(ROOT / f"{name}.md" for name in ("CONTRIBUTING", "SECURITY", "CHANGELOG")))
FIRST_SCREEN = 40


def test_it_has_at_most_200_lines() -> None:
    assert len(README.splitlines()) <= 200


@pytest.mark.parametrize(
    "needed",
    ["An embeddable Python runtime", "pip install .", "with Runtime(", "make demo", "make test"],
)
def test_its_first_screen_says_what_it_is_and_how_to_try_it(needed: str) -> None:
    assert needed in "\n".join(README.splitlines()[:FIRST_SCREEN])


def test_it_names_no_number_of_tests_that_a_change_makes_wrong() -> None:
    assert not re.search(r"\d+ (passed|tests)", README)


def test_every_extra_is_in_the_table_of_extras() -> None:
    table = README.partition("| Extra |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == set(project["optional-dependencies"]) - {"all"}


def test_every_link_to_a_file_leads_to_one() -> None:
    links = [(page, *link) for page in WRITTEN for link in _links(page)]

    assert [link for link in links if not _exists(*link)] == []


def test_there_are_links() -> None:
    assert len(_links(ROOT / "README.md")) > 10


def _links(page: Path) -> list[tuple[str, str]]:
    """The files and headings that a page links to."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text)


def _exists(page: Path, path: str, heading: str) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (not heading or heading in _headings(target))


@functools.cache
def _headings(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
