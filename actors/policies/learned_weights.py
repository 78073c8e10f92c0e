"""Weights that are learnt from what happens: Thompson sampling over recent outcomes.

Each model's share of successes is known only roughly. A choice draws one plausible share for each
(Beta posterior), multiplies it with how fast the model is, and takes the highest: what is known to
be good gets the traffic, what is uncertain gets a chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp2, inf, log2, pi, sqrt

from .chance import Draw

MEMORY = 200
EXPLORATION = 0.01

_KEPT = 1 - 1 / MEMORY
_STALE_AFTER = 500
"""Outcomes of the fleet, for each of its models, after which most of a model's own are forgotten.

Without it a model that was bad long ago would be believed bad for as long as no task asks it.
"""
_LATENCY_STEP = 0.05
_SHORTEST = 1e-6
_SLOWEST_FACTOR = 0.7
"""Speed never weighs more than this, so that failing fast is no way to win."""
_LEADERS = 8
_LOGISTIC = sqrt(3) / pi
"""Scale of a logistic distribution of variance 1."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class LearnedWeight:
    """What is known of a model: its share of successes, and seconds for one (None: unknown)."""

    model_id: str
    success_share: float
    latency: float | None


class _Memory:
    """Outcomes that fade, and the posterior of the log-odds (base 2) of a success."""

    __slots__ = ("center", "failures", "latency", "seen", "slowness", "spread", "successes")

    def __init__(self) -> None:
        self.successes = 0.0
        self.failures = 0.0
        self.latency = 0.0
        self.slowness = 0.0
        self.center = 0.0
        self.spread = 1.0
        self.seen = 0

    def record(self, success: bool, duration: float, kept: float) -> None:
        self.successes *= kept
        self.failures *= kept
        if success:
            self.successes += 1.0
            self._record_latency(max(duration, _SHORTEST))
        else:
            self.failures += 1.0
        # The log-odds of Beta(a, b) are nearly logistic: exactly so for the prior, Beta(1, 1).
        alpha, beta = self.successes + 1.0, self.failures + 1.0
        self.center = log2(alpha / beta)
        self.spread = sqrt(1 / alpha + 1 / beta) * _LOGISTIC

    def _record_latency(self, duration: float) -> None:
        if self.latency:
            self.latency += (duration - self.latency) * _LATENCY_STEP
        else:
            self.latency = duration
        # The fourth root: half as fast costs 16 % of the score.
        self.slowness = sqrt(sqrt(self.latency))


_UNKNOWN = _Memory()


class LearnedWeights:
    """Which model should get the next task, given how the last tasks went.

    Made for the candidates of one choice (`Routing.candidates`), not for a whole large fleet.
    """

    __slots__ = ("_leaders", "_memories", "_seen")

    def __init__(self) -> None:
        self._memories: dict[str, _Memory] = {}
        self._leaders: list[str] = []
        self._seen = 0

    @property
    def leaders(self) -> Sequence[str]:
        """The models that won lately, the last winner first."""
        return self._leaders

    def record(self, model_id: str, success: bool, duration: float) -> None:
        """Learns from one attempt; only a success says how fast the model is."""
        memory = self._memories.get(model_id)
        if memory is None:
            memory = self._memories[model_id] = _Memory()
        self._seen += 1
        silence = (self._seen - memory.seen) / (_STALE_AFTER * len(self._memories))
        memory.seen = self._seen
        memory.record(success, duration, min(_KEPT, exp2(-silence)))

    def forget(self, model_id: str) -> None:
        """Drops all that is known of a model that was removed."""
        self._memories.pop(model_id, None)
        if model_id in self._leaders:
            self._leaders.remove(model_id)

    def choose(self, candidates: Sequence[str], draw: Draw) -> str | None:
        """One of the candidates; None when there are none."""
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        best = self._best(candidates, draw)
        if draw() < EXPLORATION:
            return _another(candidates, best, draw)
        if not self._leaders or self._leaders[0] != best:
            self._lead(best)
        return best

    def snapshot(self) -> tuple[LearnedWeight, ...]:
        """What is known, the most successful first; a model without any outcome is left out."""
        known = [
            LearnedWeight(model_id, 1 / (1 + exp2(-memory.center)), memory.latency or None)
            for model_id, memory in self._memories.items()
        ]
        return tuple(sorted(known, key=lambda weight: -weight.success_share))

    def _best(self, candidates: Sequence[str], draw: Draw) -> str:
        recall = self._memories.get
        memories = [recall(model_id, _UNKNOWN) for model_id in candidates]
        least = inf
        for memory in memories:
            if 0.0 < memory.slowness < least:
                least = memory.slowness
        best, best_score = 0, -1.0
        for index, memory in enumerate(memories):
            chance = draw()
            odds = log2((chance + _TINY) / (1.0 - chance + _TINY))
            score = 1.0 / (1.0 + exp2(-memory.center - memory.spread * odds))
            if memory.slowness > least:
                score *= max(_SLOWEST_FACTOR, least / memory.slowness)
            if score > best_score:
                best, best_score = index, score
        return candidates[best]

    def _lead(self, model_id: str) -> None:
        if model_id in self._leaders:
            self._leaders.remove(model_id)
        self._leaders.insert(0, model_id)
        del self._leaders[_LEADERS:]


def _another(candidates: Sequence[str], best: str, draw: Draw) -> str:
    """One of the others, all with the same chance: the last one stands in for the best."""
    chosen = candidates[int(draw() * (len(candidates) - 1))]
    return candidates[-1] if chosen == best else chosen
