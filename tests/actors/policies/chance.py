"""Chance that is none."""

from __future__ import annotations

from hive_resilience.actors.policies.chance import Draw


def always(number: float) -> Draw:
    """Every draw gives this number."""
    return lambda: number


HALF = always(0.5)
