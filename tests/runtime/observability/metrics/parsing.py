"""The texts of metrics as the official parsers read them."""

from __future__ import annotations

from typing import Any

from prometheus_client import Metric
from prometheus_client.openmetrics import parser
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Every sample of a text by its name and labels."""
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    """The sample with exactly these labels."""
    return found[name, frozenset(labels.items())]


def openmetrics(text: str) -> list[Metric]:
    """The families of an OpenMetrics text; raises where it is none."""
    untyped: Any = parser
    return list(untyped.text_string_to_metric_families(text))
