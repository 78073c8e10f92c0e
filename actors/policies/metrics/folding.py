"""The books of two models as those of one: for what many models have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .figures import ModelFigures, TokenCounts
from .sketch import LatencySketch


def folded(one: ModelFigures | None, other: ModelFigures) -> ModelFigures:
    """The counters and sketches of both; what is no counter is that of `other`."""
    if one is None:
        return other
    return replace(
        other,
        successes=one.successes + other.successes,
        failures=one.failures + other.failures,
        timeouts=one.timeouts + other.timeouts,
        cancelled=one.cancelled + other.cancelled,
        rejected=one.rejected + other.rejected,
        retries=one.retries + other.retries,
        failovers=one.failovers + other.failovers,
        hedged=one.hedged + other.hedged,
        hedges_won=one.hedges_won + other.hedges_won,
        hedges_lost=one.hedges_lost + other.hedges_lost,
        abandoned=one.abandoned + other.abandoned,
        restarts=one.restarts + other.restarts,
        cost=one.cost + other.cost,
        retries_won=one.retries_won + other.retries_won,
        unanswered=added(one.unanswered, other.unanswered),
        faults=added(one.faults, other.faults),
        hits=added(one.hits, other.hits),
        injected=added(one.injected, other.injected),
        rejections=added(one.rejections, other.rejections),
        transitions=added(one.transitions, other.transitions),
        tokens=_tokens(one.tokens, other.tokens),
        durations=merged(one.durations, other.durations),
        other_durations=merged(one.other_durations, other.other_durations),
        first_contents=merged(one.first_contents, other.first_contents),
    )


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """The counts of both."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in {**one, **other}}


def merged(*sketches: LatencySketch) -> LatencySketch:
    """A new sketch that has counted what these have."""
    found = sketches[0].copy()
    for sketch in sketches[1:]:
        found.merge(sketch)
    return found


def _tokens(one: TokenCounts, other: TokenCounts) -> TokenCounts:
    return TokenCounts(
        one.input + other.input,
        one.output + other.output,
        one.cached + other.cached,
        one.reasoning + other.reasoning,
    )
