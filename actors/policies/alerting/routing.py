"""Which channels an alert is told on, and with which others together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....config.settings.alerts import AlertsConfig
from ..health.alerts import AlertSeverity
from .identity import AlertFact
from .matching import fits

_ORDER = tuple(AlertSeverity)


def channels_of(fact: AlertFact, config: AlertsConfig, every: Sequence[str]) -> tuple[str, ...]:
    """Its own ones, else those of the first route that fits, else `every` channel."""
    if fact.channels is not None:
        return fact.channels
    labels = fact.labels
    for route in config.routes:
        if fits(route.match, labels):
            return route.channels
    return tuple(every)


def group_of(labels: Mapping[str, str], group_by: Sequence[str]) -> str:
    """What the alerts of a group have in common, as one text.

    >>> group_of({"alert": "slow", "model": "a"}, ("alert",))
    'alert=slow'
    """
    return ",".join(f"{name}={labels.get(name, '')}" for name in group_by)


def is_at_least(severity: AlertSeverity, least: AlertSeverity) -> bool:
    """Whether it is as bad as that, or worse."""
    return _ORDER.index(severity) >= _ORDER.index(least)
