"""When the next model is asked beside one that is silent, and when such silence is a hang."""

from __future__ import annotations

from collections.abc import Set
from math import inf
from typing import NamedTuple

from ...config.settings.strategy import HedgeWord
from .metrics.recent_latency import Recent

ENOUGH = 20
"""Times to the first content before their p95 says anything."""
SHORTEST = 2.0
"""Seconds of silence that are never unusual."""
FACTOR = 4.0
"""How many times the p95 of the time to the first content is unusual."""
_MEMORY = 1.0
"""Seconds for which a p95 is good, as it takes longer to find than a message."""


class SilenceTerms(NamedTuple):
    """How long a model may be silent, in seconds.

    `after`: then the next model is asked beside it. `hang`: a model that is overtaken later than
    this has hung, which is a timeout of its own; None: too little is known to say so.
    """

    after: float
    hang: float | None


class UsualSilence:
    """How long the first content of one model may take, kept for a second.

    >>> from hive_resilience.actors.policies.metrics.recent_latency import RecentLatency
    >>> usual, recent = UsualSilence(), RecentLatency()
    >>> for _ in range(20):
    ...     recent.add(0.0, 1.0)
    >>> round(usual.limit(recent, now=0.0), 1)
    4.0
    """

    __slots__ = ("_good_until", "_limit")

    def __init__(self) -> None:
        self._good_until = -inf
        self._limit = SHORTEST

    def limit(self, recent: Recent | None, now: float) -> float | None:
        """Seconds after which silence is unusual; None: fewer than 20 first contents are known."""
        if recent is None or recent.recent_count(now) < ENOUGH:
            return None
        if now >= self._good_until:
            self._good_until = now + _MEMORY
            p95 = recent.recent(now).quantile(0.95)
            self._limit = max(SHORTEST, FACTOR * (p95 or 0.0))
        return self._limit

    def terms(
        self, setting: HedgeWord | float, recent: Recent | None, now: float, *, stream: bool
    ) -> SilenceTerms | None:
        """What the setting means for a call now; None: no other model is asked beside it."""
        if setting == "never" or (setting == "streams" and not stream):
            return None
        limit = self.limit(recent, now)
        if isinstance(setting, str):
            return None if limit is None else SilenceTerms(limit, limit)
        return SilenceTerms(setting, limit)


def kinds_hedged(settings: Set[HedgeWord | float]) -> tuple[bool, bool]:
    """Whether any of these settings is for whole answers, and whether any is for streams."""
    hedging = settings - {"never"}
    return bool(hedging - {"streams"}), bool(hedging)


def is_hang(terms: SilenceTerms | None, since: float, now: float) -> bool:
    """Whether a model that was silent since then, and is overtaken now, has hung."""
    if terms is None or terms.hang is None:
        return False
    return now >= since + terms.hang  # the sum by which a hedge is due, to the last digit


class Hedges:
    """The models that a task asks side by side: when one more is asked, and whether it is paid for.

    One more is asked once each of them has been silent for as long as it may. A failure lets the
    task go on to another model for nothing; what is asked beyond that is a hedge.

    >>> hedges = Hedges()
    >>> hedges.asked("a", now=0.0, after=2.0)
    >>> hedges.due, hedges.is_paid_for
    (2.0, False)
    """

    __slots__ = ("_due", "_lanes", "_not_before")

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._lanes = 1
        self._not_before = -inf

    @property
    def due(self) -> float:
        """When one more may be asked; infinite: not at all."""
        return max(*self._due.values(), self._not_before) if self._due else inf

    @property
    def last(self) -> str:
        """The model that was asked last, of those that are still silent."""
        return next(reversed(self._due))

    @property
    def is_paid_for(self) -> bool:
        """Whether one more costs nothing, as it takes the place of a model that has failed."""
        return len(self._due) < self._lanes

    def asked(self, model_id: str, now: float, after: float | None) -> None:
        """A model was asked; it may be silent for `after` seconds, with None for ever."""
        self._due[model_id] = inf if after is None else now + after

    def pay(self) -> None:
        """The budgets have paid for one more beside the others."""
        self._lanes += 1

    def put_off(self, until: float) -> None:
        """No more is asked before `until`: no budget pays for it, or no model can serve."""
        self._not_before = until

    def failed(self, model_id: str) -> None:
        """A model is not waited for any more."""
        self._due.pop(model_id, None)
