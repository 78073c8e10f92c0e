"""The page has every metric, as the table has it."""

from __future__ import annotations

import re
from pathlib import Path

from hive_resilience.runtime.observability.metrics.families import FAMILIES, Family, Kind

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"


def row(family: Family) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels) or "-"
    return f"| `{family.name}` | {family.kind.value} | {labels} | {family.about} |"


def test_the_page_has_every_family_in_order_and_no_other() -> None:
    lines = PAGE.read_text("utf-8").splitlines()

    rows = [line for line in lines if line.startswith("| `hive_")]

    assert rows == [row(family) for family in FAMILIES.values()]


def test_names_are_as_prometheus_wants_them() -> None:
    for name, family in FAMILIES.items():
        assert re.fullmatch(r"hive_[a-z_]+", name)
        assert name.endswith("_total") is (family.kind is Kind.COUNTER)
        assert (family.kind is not Kind.HISTOGRAM) or name.endswith("_seconds")
