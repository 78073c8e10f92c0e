"""The pages of the site name everything that is public, and each is found from the first page."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.mark.structures import ParameterSet

from hive_resilience import errors, events
from hive_resilience.config import load_config
from tests.packaging.doors import DOORS, list_of

from .programs import DOCS, FENCED, ROOT

NAMES = re.compile(r"^```\{names\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TREE = re.compile(r"^```\{toctree\}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SITE = [*DOCS.rglob("*.md")]


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def extension() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pages", DOCS / "_ext" / "pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def documented() -> dict[str, list[str]]:
    """The names of each door that the reference has, in its order."""
    found: dict[str, list[str]] = {}
    for page in sorted((DOCS / "reference" / "api").glob("*.md")):
        for door, names in NAMES.findall(page.read_text("utf-8")):
            found.setdefault(door, []).extend(names.split())
    return found


def settings_blocks() -> list[ParameterSet]:
    """The blocks that begin with the name of a settings file; with a colon a program runs them."""
    found = [
        (page.relative_to(DOCS).as_posix(), text)
        for page in sorted(SITE)
        for kind, text in FENCED.findall(page.read_text("utf-8"))
        if kind == "yaml" and re.match(r"# (resilience|fleet)\.yml$", text, re.MULTILINE)
    ]
    return [
        pytest.param(page, text, id=f"{page} {number}") for number, (page, text) in enumerate(found)
    ]


def entries(page: Path) -> set[Path]:
    """The pages that a page's tables of contents name."""
    lines = [line for tree in TREE.findall(page.read_text("utf-8")) for line in tree.splitlines()]
    told = [line for line in lines if line and not line.startswith(":")]
    names = [name[1] if (name := re.search(r"<(.+)>$", line)) else line for line in told]
    places = (DOCS / name[1:] if name.startswith("/") else page.parent / name for name in names)
    return {place.with_name(f"{place.name}.md") for place in places}


def test_every_public_name_has_a_place_and_only_one_at_its_door() -> None:
    found = documented()

    assert {door: sorted(names) for door, names in found.items()} == {
        door: list_of(door) for door in DOORS
    }


@pytest.mark.parametrize(("page", "room"), [("errors", errors), ("events", events)])
def test_the_pages_of_errors_and_events_leave_none_out(page: str, room: ModuleType) -> None:
    told = set(re.findall(r"`(\w+)`", text_of(f"reference/{page}.md")))

    assert set(room.__all__) - told <= {"Event", "ResilienceError"}


def test_every_page_is_in_a_table_of_contents() -> None:
    reached, open_ = set[Path](), {DOCS / "index.md"}
    while open_:
        page = open_.pop()
        reached.add(page)
        open_ |= entries(page) - reached

    assert {page.relative_to(DOCS).as_posix() for page in set(SITE) - reached} == set()
    assert reached - set(SITE) == set()


def test_every_figure_of_the_comparison_is_one_of_a_run() -> None:
    runs = " ".join(text_of(f"benchmarks{kind}.md") for kind in ("", "-http", "-server"))
    rows = re.findall(r"^\| (?!---)(.+) \|$", text_of("comparison.md"), re.MULTILINE)
    figures = {
        figure
        for row in rows
        for cell in row.split(" | ")[1:]
        for figure in re.findall(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?", cell)
    }

    assert len(figures) > 40
    assert {figure for figure in figures if not re.search(rf"\b{figure}\b", runs)} == set()


def test_a_link_that_leaves_the_pages_leads_to_its_page_or_is_words() -> None:
    links = {
        "[a](../CONTRIBUTING.md#style)": "[a](/project/contributing.md#style)",
        "[a](streams.md#limits)": "[a](/streams.md#limits)",
        "[a](../config/base.py)": "a",
        "[a](https://example.com/b.md)": "[a](https://example.com/b.md)",
        "![a](pictures/top.svg)": "![a](pictures/top.svg)",
    }
    relinked = extension().relinked

    assert {link: relinked(link, DOCS / "page.md", DOCS) for link in links} == links


def test_a_block_of_names_becomes_what_writes_their_docstrings() -> None:
    told = extension().documented("hive_resilience.errors", "CircuitBreakerError ResilienceError")

    assert ".. autoexception:: hive_resilience.errors.CircuitBreakerError" in told
    assert ":py:class:`hive_resilience.ResilienceError`" in told


@pytest.mark.parametrize(("page", "text"), settings_blocks())
def test_every_settings_file_of_a_page_can_be_read(page: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "resilience.yml"
    file.write_text(text, encoding="utf-8")

    assert load_config(file).models


def test_the_readme_shows_the_dashboard_and_the_terminal() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))

    assert {"docs/pictures/outage.png", "docs/pictures/top.svg"} <= set(shown)
    assert all((ROOT / picture).is_file() for picture in shown)
