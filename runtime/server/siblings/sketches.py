"""Durations as workers say them to each other: sketches, of which all together have percentiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict

from ....actors.policies.metrics.sketch import LatencySketch
from .sums import Record

SKETCHES = "sketches"
"""Where a worker says them, by model."""
PERCENTILES = ("p50", "p95", "p99")


def all_written(sketches: Mapping[str, LatencySketch]) -> dict[str, str]:
    """Each as a text."""
    return {name: sketch.to_text() for name, sketch in sketches.items()}


def latency_of_all(sketches: Iterable[str]) -> Record | None:
    """What a snapshot says of all these durations; None: one is of a release that writes others.

    >>> sketch = LatencySketch()
    >>> sketch.add(0.5)
    >>> latency_of_all([sketch.to_text(), sketch.to_text()])["count"]
    2
    """
    found = LatencySketch()
    with suppress(ValueError):
        for one in sketches:
            found.merge(LatencySketch.from_text(one))
        return asdict(found.snapshot())
    return None
