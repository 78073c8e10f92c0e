"""Whether tasks wait too long, or not long enough: timeouts and hedges."""

from __future__ import annotations

from collections.abc import Iterator

from ...analytics.shares import ENOUGH, share
from .. import words
from ..report import Advice
from .case import Case, round_up, span

_FAR = 5.0
_NEAR = 0.8
_CASES = 200
"""Calls without which nothing is said of a p99."""
_TAIL = 5.0
_GAIN = 0.7
_SELDOM = 0.1


def timeout_far(case: Case) -> Iterator[Advice]:
    """The limit of an attempt is far above nearly all answers: a hanging call wastes the rest."""
    p99, limit, line = case.line.durations.p99, case.timeout, case.line
    if p99 is None or limit is None or p99.count < _CASES or limit <= _FAR * p99.interval.high:
        return
    wanted = round_up(2 * p99.interval.high)
    lost = line.timeouts * (limit - wanted)
    waited = f"; {words.count(line.timeouts)} calls waited for it" if line.timeouts else ""
    yield Advice(
        "timeout_far",
        line.model_id,
        f"99 % of its answers take {words.quantile_between(p99)}, and the limit is "
        f"{words.seconds(limit)}{waited}",
        "a call that hangs holds a place and a task until the limit"
        + (f": {words.seconds(lost)} in this period" if lost > 0 else ""),
        case.setting("timeout", span(wanted)),
        {"p99": p99.value, "timeout": limit, "wanted": wanted, "timeouts": line.timeouts},
    )


def timeout_near(case: Case) -> Iterator[Advice]:
    """Calls run out of time that would have been answered a little later."""
    p99, limit, line = case.line.durations.p99, case.timeout, case.line
    cut = share(line.timeouts, line.attempts)
    if p99 is None or limit is None or cut is None or p99.count < _CASES:
        return
    if line.timeouts < ENOUGH or cut.interval.low < 0.01 or p99.value < _NEAR * limit:
        return
    wanted = round_up(1.5 * limit)
    yield Advice(
        "timeout_near",
        line.model_id,
        f"{words.share(cut)} of its attempts ran out of time, and 99 % of its answers take up to "
        f"{words.seconds(p99.value)} of {words.seconds(limit)}",
        "answers that were on their way are thrown away, and paid for",
        case.setting("timeout", span(wanted)),
        {"p99": p99.value, "timeout": limit, "wanted": wanted, "timeouts": line.timeouts},
    )


def hedge_worth(case: Case) -> Iterator[Advice]:
    """The slowest answers take many times as long as usual, and another model is quick."""
    each, other = case.line.durations, case.quickest
    if case.model is None or case.fleet is None or case.line.hedged or other is None:
        return
    if each.p50 is None or each.p95 is None or each.p99 is None or each.p99.count < _CASES:
        return
    hedged = each.p95.value + other
    if each.p99.interval.low < _TAIL * each.p50.value or hedged > _GAIN * each.p99.interval.low:
        return
    if case.fleet.hedge_after(case.model) not in ("streams", "never"):
        return
    yield Advice(
        "hedge_worth",
        case.line.model_id,
        f"its p99 is {words.quantile_between(each.p99)}, "
        f"{words.factor(each.p99.value / each.p50.value)} its p50; another model answers half of "
        f"its calls within {words.seconds(other)}",
        f"asked at its p95 beside it, that would end the slowest calls after "
        f"{words.seconds(hedged)}, for 5 % more calls",
        case.setting("hedge_after", span(round_up(each.p95.value))),
        {"p99": each.p99.value, "hedged": hedged},
    )


def hedges_lost(case: Case) -> Iterator[Advice]:
    """Hedges are seldom of use: the model answers first, and two calls are paid."""
    line = case.line
    found = share(min(line.hedges_won, line.hedged), line.hedged)
    if found is None or not found.is_enough or found.interval.high >= _SELDOM:
        return
    p95 = line.durations.p95
    wanted = "longer" if p95 is None else span(round_up(1.5 * p95.value))
    yield Advice(
        "hedges_lost",
        line.model_id,
        f"of {words.count(found.count)} hedges {words.share(found)} were of use",
        "the others were paid for, and the model answered first",
        case.setting("hedge_after", wanted),
        {"hedged": found.count, "won": found.part},
    )
