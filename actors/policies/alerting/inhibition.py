"""Alerts that say nothing new while another one fires: they are not told until it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....config.settings.observability.alert_routes import AlertInhibitionConfig
from ..health.alerts import AlertCondition
from .identity import AlertFact, fingerprint, fits

_Condition = AlertCondition
OF_THE_FLEET: Mapping[AlertCondition, frozenset[AlertCondition]] = {
    _Condition.NO_USABLE_MODEL: frozenset(
        {
            *(_Condition.MODEL_UNAVAILABLE, _Condition.CIRCUIT_OPEN),
            *(_Condition.ERROR_RATE, _Condition.SLOW),
        }
    ),
}
"""What a condition of the fleet makes superfluous, of every model."""
OF_A_MODEL: Mapping[AlertCondition, frozenset[AlertCondition]] = {
    _Condition.MODEL_UNAVAILABLE: frozenset({_Condition.CIRCUIT_OPEN}),
}
"""What a condition of a model makes superfluous, of the same model."""


def inhibited(
    firing: Iterable[AlertFact], rules: Sequence[AlertInhibitionConfig] = ()
) -> dict[str, str]:
    """The fingerprints of alerts that are not told, each with that of the alert that is why."""
    facts = tuple(firing)
    here = {fact.fingerprint for fact in facts}
    found: dict[str, str] = {}
    for fact in facts:
        for source in _sources(fact):
            if source in here:
                found.setdefault(fact.fingerprint, source)
    for rule in rules:
        for target, source in _by_rule(rule, facts):
            found.setdefault(target, source)
    return found


def _by_rule(rule: AlertInhibitionConfig, facts: Sequence[AlertFact]) -> Iterable[tuple[str, str]]:
    sources: dict[tuple[str, ...], str] = {}
    others: list[AlertFact] = []
    for fact in facts:
        if fits(rule.source, fact.labels):
            sources.setdefault(_of(rule, fact), fact.fingerprint)
        else:
            others.append(fact)
    for fact in others if sources else ():
        source = sources.get(_of(rule, fact))
        if source is not None and fits(rule.target, fact.labels):
            yield fact.fingerprint, source


def _of(rule: AlertInhibitionConfig, fact: AlertFact) -> tuple[str, ...]:
    """What an alert has in common with those of its kind."""
    return tuple(fact.labels.get(name, "") for name in rule.same)


def _sources(fact: AlertFact) -> Iterable[str]:
    for source, targets in OF_THE_FLEET.items():
        if fact.condition in targets:
            yield fingerprint(source, None, None)
    for source, targets in OF_A_MODEL.items():
        if fact.condition in targets:
            yield fingerprint(source, fact.model_id, None)
