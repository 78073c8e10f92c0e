"""Whether the budget of errors burns too fast: two windows, and a bound against few tasks.

The budget of a target of 99.9 % is 0.1 % of all tasks in 30 days. A burn of 14.4 uses 2 % of it in
an hour. With few tasks one failure is a large share: so at least three have to have failed, and
the share has to be above the threshold for certain (Wilson's lower bound), not by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from ..health.alerts import AlertSeverity
from .running_sums import Sums

FEWEST_FAILURES = 3
CERTAINTY = 1.64
"""Standard deviations: 95 % on one side."""


class Pair(NamedTuple):
    """Burning faster than `factor` in both windows (seconds)."""

    factor: float
    long: float
    short: float


@dataclass(frozen=True, slots=True)
class BurnRule:
    """A name, and the pairs of windows of which one is enough."""

    name: str
    severity: AlertSeverity
    pairs: tuple[Pair, ...]


BURN_RULES: tuple[BurnRule, ...] = (
    BurnRule(
        "burn_rate_fast",
        AlertSeverity.CRITICAL,
        (Pair(14.4, 3_600.0, 300.0), Pair(6.0, 21_600.0, 1_800.0)),
    ),
    BurnRule("burn_rate_slow", AlertSeverity.WARNING, (Pair(1.0, 259_200.0, 21_600.0),)),
)


class Burn(NamedTuple):
    """A budget that burns: the pair that says so, and the sums of its long window."""

    pair: Pair
    sums: Sums


Within = Callable[[float], Sums]
"""All tasks and the failed ones within so many seconds."""


def burning(rule: BurnRule, within: Within, target: float) -> Burn | None:
    """The first pair of windows that burns; None: none does."""
    for pair in rule.pairs:
        sums = within(pair.long)
        if _burns(sums, within(pair.short), pair.factor * (1.0 - target)):
            return Burn(pair, sums)
    return None


def _burns(long: Sums, short: Sums, threshold: float) -> bool:
    if long.part < FEWEST_FAILURES or (short.share or 0.0) <= threshold:
        return False
    return lower_bound(long.part, long.total) > threshold


def lower_bound(failed: int, total: int, z: float = CERTAINTY) -> float:
    """Wilson's lower bound of a share of which a sample is known.

    >>> round(lower_bound(3, 100), 4), lower_bound(0, 10)
    (0.0121, 0.0)
    """
    if total <= 0:
        return 0.0
    share, square = failed / total, z * z
    middle = share + square / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    return max(0.0, (middle - spread) / (1 + square / total))
