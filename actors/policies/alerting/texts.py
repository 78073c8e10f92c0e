"""What people read of an alert: made of a closed set of fields, and nothing else.

No text of an error, no prompt, no URL of a provider and no reason of an operator is among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ....config.settings.observability.alert_metrics import METRICS, OWN, Measure
from ....config.settings.observability.alert_rules import AlertRuleConfig
from ....config.values.words import printable
from ..health.alerts import AlertCondition
from .burn_rate import Burn

LONGEST = 1_000
"""Characters of a text."""
_LONGEST_NAME = 200

_CONDITIONS: Mapping[str, str] = {
    AlertCondition.MODEL_UNAVAILABLE: "{model} fails its health checks",
    AlertCondition.MODEL_QUARANTINED: "the actor of {model} crashed too often and is not restarted",
    AlertCondition.CIRCUIT_OPEN: "the circuit breaker of {model} is open",
    AlertCondition.MISCONFIGURED: (
        "the provider of {model} refuses its key, or its quota is used up: check the key and the "
        "account"
    ),
    AlertCondition.MODEL_UNKNOWN: (
        "the provider of {model} does not have this model, or not for this account: check its name"
    ),
    AlertCondition.ERROR_RATE: "too many calls of {model} fail",
    AlertCondition.SLOW: "{model} takes too long to answer",
    AlertCondition.NO_USABLE_MODEL: "no model can serve: no task succeeds now",
    AlertCondition.DEGRADED_MODE: "too few models can serve",
    AlertCondition.CLUSTER_LOST: "this process has lost its cluster and goes on alone",
    AlertCondition.OWNER_CHANGES: "the owners of the cluster start again and again",
}
_UNKNOWN = "{alert}: {model}"


def of_condition(condition: str, model_id: str | None) -> str:
    """The text of a condition that a model or the fleet has.

    >>> of_condition("slow", "gpt-5")
    'gpt-5 takes too long to answer'
    """
    text = _CONDITIONS.get(condition, _UNKNOWN if model_id is not None else "{alert}")
    return _filled(text, {"alert": condition, "model": shown(model_id)})


def of_rule(rule: AlertRuleConfig, model_id: str | None, value: float, events: int) -> str:
    """The text of a rule that holds: its own one, or a sentence.

    >>> rule = AlertRuleConfig(name="slow", metric="latency_p95", threshold=8.0)
    >>> of_rule(rule, "gpt-5", 9.25, 40)
    'gpt-5: latency_p95 is 9.25 s, above 8 s, within 5 min (40 events)'
    """
    metric = METRICS[rule.metric]
    fields = {
        "alert": rule.name,
        "events": str(events),
        "metric": rule.name if rule.metric == OWN else rule.metric,
        "model": shown(model_id),
        "operator": str(rule.operator).replace("_", " "),
        "runbook": rule.runbook or "",
        "severity": str(rule.severity),
        "threshold": number(rule.threshold, metric.measure),
        "value": number(value, metric.measure),
        "window": span(rule.window),
    }
    if rule.text is not None:
        return _filled(rule.text, fields)
    text = "{metric} is {value}, {operator} {threshold}"
    if model_id is not None:
        text = "{model}: " + text
    if metric.has_window:
        text += ", within {window}"
    if metric.needs_events:
        text += " ({events} events)"
    return _filled(text, fields)


def of_burn(burn: Burn, target: float) -> tuple[str, dict[str, float]]:
    """The text and the numbers of a budget that burns."""
    share = burn.sums.share or 0.0
    numbers = {
        "value": share,
        "threshold": burn.pair.factor * (1.0 - target),
        "events": float(burn.sums.total),
        "burn": share / (1.0 - target),
    }
    told = (
        f"{burn.sums.part} of {burn.sums.total} tasks failed within {span(burn.pair.long)}: "
        f"{100 * share:.3g} %, {_times(numbers['burn'])} times what a target of {target:.5g} allows"
    )
    return told, numbers


def number(value: float, measure: Measure) -> str:
    """A value with its unit."""
    match measure:
        case Measure.SHARE | Measure.SHARE_NOW:
            return f"{100 * value:.3g} %"
        case Measure.MEAN | Measure.QUANTILE:
            return f"{value:.3g} s"
        case Measure.PER_MINUTE:
            return f"{value:.6g} a minute"
        case _:
            return f"{value:.6g}"


def _times(factor: float) -> str:
    return f"{factor:,.0f}" if factor >= 10 else f"{factor:.3g}"


def span(seconds: float) -> str:
    """A span as people write it."""
    for unit, name in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.6g} s"


def shown(model_id: str | None) -> str:
    """The id of a model in one line, or what stands for all of them."""
    return "the fleet" if model_id is None else printable(model_id)[:_LONGEST_NAME]


def _filled(text: str, fields: Mapping[str, str]) -> str:
    return text.format_map(fields)[:LONGEST]
