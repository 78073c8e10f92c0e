"""Durations as workers say them to each other: sketches, of which all together have percentiles."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict

from ....actors.policies.metrics.sketch import LatencySketch
from .sums import Record

SKETCHES = "sketches"
"""Where a worker says them, by model."""
PERCENTILES = ("p50", "p95", "p99")


def written(sketch: LatencySketch) -> str:
    """A sketch as a text."""
    return b64encode(sketch.to_bytes()).decode()


def all_written(sketches: Mapping[str, LatencySketch]) -> dict[str, str]:
    """`written` for each."""
    return {name: written(sketch) for name, sketch in sketches.items()}


def latency_of_all(sketches: Iterable[str]) -> Record | None:
    """What a snapshot says of all these durations; None: one is of a release that writes others.

    >>> sketch = LatencySketch()
    >>> sketch.add(0.5)
    >>> latency_of_all([written(sketch), written(sketch)])["count"]
    2
    """
    found = LatencySketch()
    with suppress(ValueError, binascii.Error):
        for one in sketches:
            found.merge(LatencySketch.from_bytes(b64decode(one)))
        return asdict(found.snapshot())
    return None
