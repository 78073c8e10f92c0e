"""All recommendations of a period, in the order in which they matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .....config.settings.runtime import RuntimeConfig
from ...analytics.costs import Cost
from ...analytics.shares import ENOUGH
from .. import words
from ..gathering import Gathered
from ..report import Advice, ModelLine, Service
from .case import Case
from .failing import breaker_never_opened, breaker_reopens, failures_cost, retries_never_help
from .limits import capacity_short, limit_hit, rate_limited
from .waiting import hedge_worth, hedges_lost, timeout_far, timeout_near

Rule = Callable[[Case], Iterator[Advice]]
RULES: Sequence[Rule] = (
    breaker_never_opened,
    limit_hit,
    rate_limited,
    capacity_short,
    timeout_near,
    timeout_far,
    retries_never_help,
    breaker_reopens,
    failures_cost,
    hedge_worth,
    hedges_lost,
)
_DAY = 86_400
_TASKS = 1_000
"""Tasks of which a model that could take part would have had some."""


def advice_of(
    found: Gathered,
    service: Service,
    lines: Sequence[ModelLine],
    costs: Sequence[Cost],
    config: RuntimeConfig | None,
) -> tuple[Advice, ...]:
    """Everything that the numbers of a period recommend."""
    cases = _cases(found, lines, {one.model_id: one for one in costs}, config)
    told = [
        *_budget(service),
        *(advice for rule in RULES for case in cases for advice in rule(case)),
        *_unused(found, service, lines, config),
    ]
    return tuple(told)


def _cases(
    found: Gathered,
    lines: Sequence[ModelLine],
    costs: Mapping[str, Cost],
    config: RuntimeConfig | None,
) -> list[Case]:
    models = {} if config is None else {model.id: model for model in config.models}
    typical = sorted((one.durations.p50.value, one.model_id) for one in lines if one.durations.p50)
    cases: list[Case] = []
    for line in lines:
        name = line.model_id
        quickest = next((p50 for p50, other in typical if other != name), None)
        own = costs.get(name), models.get(name), config, quickest
        cases.append(Case(line, found.models[name], found.period, *own))
    return cases


def _budget(service: Service) -> Iterator[Advice]:
    """The error budget is used up: what failed, failed with all models that were asked."""
    budget = service.budget
    if budget is None or budget.used < ENOUGH or budget.left >= 0:
        return
    refused = f", {words.count(service.refused)} of them refused" if service.refused else ""
    yield Advice(
        "budget_used",
        None,
        f"{words.count(budget.used)} tasks failed{refused}; the objective of "
        f"{words.percent(budget.objective)} allows {words.amount(budget.allowed)}",
        f"the budget burned {words.factor(budget.burn)} as fast as it may",
        "add a model that fails apart from the others, or alerts.slo_target: what can be held",
        {"used": budget.used, "allowed": budget.allowed, "burn": budget.burn},
    )


def _unused(
    found: Gathered, service: Service, lines: Sequence[ModelLine], config: RuntimeConfig | None
) -> Iterator[Advice]:
    """A model that no task has reached: nothing says that it works when it is needed."""
    if config is None or service.answered < _TASKS or found.period.seconds < _DAY:
        return
    used = {line.model_id for line in lines if line.attempts}
    for model in config.models:
        if model.enabled and model.id not in used:
            yield Advice(
                "never_used",
                model.id,
                f"0 of {words.count(service.answered)} tasks in "
                f"{words.seconds(found.period.seconds)}",
                "a way that is never used is untested when it is needed",
                f"a group with strategy: weighted and {model.id}: 0.01, or enabled: false",
                {"tasks": service.answered},
            )
