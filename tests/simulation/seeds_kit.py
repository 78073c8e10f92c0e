"""Runs of many seeds, in files of their own, so that they share the processes of the tests.

`make test` has a quarter of the first 200, `make test-conformance` the others.
`make simulate` has any.
"""

from __future__ import annotations

from typing import Any

from ..sampling import sampled
from .__main__ import told
from .run import simulate

AT_ONCE = 5


def check(seeds: range) -> None:
    """All invariants hold in each of these."""
    failed = [told(found) for found in map(simulate, seeds) if found.violations]

    assert not failed, "\n".join(failed)


def parts(seeds: range) -> list[Any]:
    """A few seeds for each test."""
    return sampled([seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)], 4)
