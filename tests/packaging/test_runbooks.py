"""Every alert has a page that says what it means, how to see it, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hive_resilience.actors.policies.alerting.runbooks import FOLDER, PAGES, runbook_of
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.events import AlertCondition

ROOT = Path(__file__).parents[2]
HEADINGS = ["What it means", "See it", "What to do", "When to ignore it"]


def text_of(page: str) -> str:
    return (ROOT / FOLDER / f"{page}.md").read_text("utf-8")


def test_there_are_these_pages_and_no_others() -> None:
    assert {path.stem for path in (ROOT / FOLDER).glob("*.md")} == PAGES


@pytest.mark.parametrize("condition", AlertCondition)
def test_every_condition_has_a_page(condition: AlertCondition) -> None:
    assert condition.value in text_of(Path(runbook_of(condition.value)).stem)


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_page_says_all_four_things(page: str) -> None:
    assert re.findall(r"^## (.+)$", text_of(page), re.MULTILINE) == HEADINGS
    assert all(part.strip() for part in re.split(r"^#.*$", text_of(page), flags=re.MULTILINE)[2:])


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)", text_of(page)):
        assert (ROOT / FOLDER / target).is_file(), target


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_fault_that_a_page_names_is_one(page: str) -> None:
    named = set(re.findall(r'fault="(\w+)"', text_of(page)))

    assert named <= {fault.value for fault in Fault}


def test_a_rule_leads_to_its_page_and_one_of_a_users_own_to_that_of_all() -> None:
    assert runbook_of("burn_rate_fast", "https://host/books/") == "https://host/books/burn_rate.md"
    assert runbook_of("circuits_open") == "docs/runbooks/circuits_open.md"
    assert runbook_of("../../etc/passwd") == "docs/runbooks/rule.md"
