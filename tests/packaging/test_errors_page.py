"""Every public error has an entry: what has happened, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hive_resilience import ResilienceError, errors
from hive_resilience.config.errors import PAGE
from hive_resilience.errors import ConfigurationError, LoadShedError, page_of

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / PAGE).read_text("utf-8")
ENTRIES = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
PARTS = ("What happened", "What to do")


def kinds() -> list[type[BaseException]]:
    public: list[object] = [getattr(errors, name) for name in errors.__all__]
    return [kind for kind in public if isinstance(kind, type) and issubclass(kind, BaseException)]


def made(kind: type[BaseException]) -> BaseException:
    return kind.__new__(kind)


def test_the_page_has_each_public_error_once_and_no_other() -> None:
    names = re.findall(r"^### (\w+)$", TEXT, re.MULTILINE)

    assert sorted(names) == sorted(kind.__name__ for kind in kinds())


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_entry_says_what_has_happened_and_what_to_do(kind: type[BaseException]) -> None:
    entry = ENTRIES[kind.__name__]

    for part in PARTS:
        assert re.search(rf"^\*\*{part}:\*\* .{{20}}", entry, re.MULTILINE), part
    if issubclass(kind, ResilienceError):
        recoverable = "recoverable" if kind.recoverable else "not recoverable"
        assert entry.strip().splitlines()[0] == f"`{kind.code}`, {recoverable}"


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_leads_to_its_entry(kind: type[BaseException]) -> None:
    assert page_of(made(kind)) == f"{PAGE}#{kind.__name__.lower()}"


def test_an_error_of_a_user_leads_to_the_entry_it_is_derived_from() -> None:
    class OurOwnError(LoadShedError):
        pass

    assert OurOwnError("busy").page == f"{PAGE}#loadshederror"


def test_an_error_of_another_library_leads_nowhere() -> None:
    assert page_of(OSError()) is None


def test_a_page_is_no_part_of_what_is_sent_on() -> None:
    assert "page" not in vars(ConfigurationError("a mistake"))


def test_every_link_of_the_page_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", TEXT):
        assert (ROOT / "docs" / target).is_file(), target
