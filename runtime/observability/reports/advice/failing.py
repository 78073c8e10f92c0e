"""What failures say of breakers and retries."""

from __future__ import annotations

from collections.abc import Iterator

from .....actors.policies.outcomes.fault import Fault
from ...analytics.shares import ENOUGH, share
from .. import words
from ..report import Advice
from .case import Case

_MANY = 0.5
_SELDOM = 0.1
_EFFECT = 0.1
_NOT_THE_MODELS = (Fault.REQUEST, Fault.MODEL_LIMIT, Fault.CONTENT_REFUSED)
"""Failures that no breaker counts: the next request may be a better one."""


def breaker_never_opened(case: Case) -> Iterator[Advice]:
    """Half of the calls of an hour failed for certain, and the breaker stayed closed."""
    if case.line.opened:
        return
    hours = 0
    for point in case.series.points:
        faults = point.details.get("faults", {})
        bad = point.failures + point.timeouts - sum(faults.get(str(f), 0) for f in _NOT_THE_MODELS)
        found = share(max(bad, 0), max(bad, 0) + point.successes)
        hours += found is not None and found.is_enough and found.interval.low > _MANY
    if not hours:
        return
    step = words.seconds(case.period.step)
    breaker = None if case.model is None else case.model.circuit_breaker
    if breaker is not None and not breaker.enabled:
        set_ = case.setting("circuit_breaker.enabled", "true")
    elif breaker is not None:
        set_ = case.setting("circuit_breaker.failure_rate", f"{min(breaker.failure_rate, 0.5):g}")
        set_ += f", min_calls: {min(breaker.min_calls, 10)}"
    else:
        set_ = case.setting("circuit_breaker.failure_rate", 0.5) + ", with less min_calls"
    yield Advice(
        "breaker_never_opened",
        case.line.model_id,
        f"in {words.several(hours, 'step')} of {step} more than half of its calls failed, and its "
        "breaker did not open",
        "each task tries the failing model first, and waits for it",
        set_,
        {"steps": hours},
    )


def breaker_reopens(case: Case) -> Iterator[Advice]:
    """Most trials of a half-open breaker fail: the model is asked too soon."""
    moves = case.series.total.details.get("transitions", {})
    opened, tried = moves.get("open", 0), moves.get("half_open", 0)
    if tried < ENOUGH:
        return
    closed = moves.get("closed", 0)
    found = share(max(tried - closed, 0), tried)
    if found is None or found.interval.low <= _MANY:
        return
    longer = 2 * (60.0 if case.model is None else case.model.circuit_breaker.recovery_timeout)
    yield Advice(
        "breaker_reopens",
        case.line.model_id,
        f"of {words.count(tried)} trials {words.share(found)} ended with an open breaker again "
        f"({words.count(opened)} times in all)",
        "each failed trial is a task that had to go elsewhere",
        case.setting("circuit_breaker.recovery_timeout", f"{longer:g}s"),
        {"trials": tried, "failed": found.part},
    )


def retries_never_help(case: Case) -> Iterator[Advice]:
    """Retries at the same model seldom succeed: the next model should be asked at once."""
    line = case.line
    found = share(min(line.retries_won, line.retries), line.retries)
    if found is None or not found.is_enough or found.interval.high >= _SELDOM:
        return
    yield Advice(
        "retries_never_help",
        line.model_id,
        f"{words.count(found.part)} of {words.count(found.count)} retries succeeded "
        f"({words.between(found.interval)})",
        "a retry costs its delay and perhaps money, and here it hardly ever helps",
        case.setting("retry.max_retries", 0),
        {"retries": found.count, "won": found.part},
    )


def failures_cost(case: Case) -> Iterator[Advice]:
    """A tenth of the money or more goes to attempts that give no answer."""
    cost = case.cost
    bad = case.line.failures + case.line.timeouts
    if cost is None or bad < ENOUGH or cost.unanswered < _EFFECT * cost.total:
        return
    yield Advice(
        "failures_cost",
        case.line.model_id,
        f"{words.money(cost.unanswered)} of {words.money(cost.total)} "
        f"({words.percent(cost.unanswered / cost.total)}) was paid for attempts without an answer",
        "that is the price of resilience at this model, and it is high",
        f"look at its failures ({words.counts(case.line.faults)}); "
        + case.setting("retry.max_retries", "fewer"),
        {"unanswered": cost.unanswered, "total": cost.total},
    )
