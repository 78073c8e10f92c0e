"""Which channels an alert is told on, and with which others together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....config.settings.observability.alerts import AlertsConfig
from ..health.alerts import AlertSeverity
from .identity import AlertFact, fits

_ORDER = tuple(AlertSeverity)


def channels_of(fact: AlertFact, config: AlertsConfig) -> tuple[str, ...]:
    """Its own ones, else those of the first route that fits, else every channel.

    Without those that want no alert of its severity.
    """
    return those_that_want(_named(fact, config), fact.severity, config)


def those_that_want(
    names: Iterable[str], severity: AlertSeverity, config: AlertsConfig
) -> tuple[str, ...]:
    """Of these channels the ones that want alerts of this severity, each once."""
    wanting = {one.name for one in config.channels if one.wants(severity, resolved=False)}
    return tuple(name for name in dict.fromkeys(names) if name in wanting)


def _named(fact: AlertFact, config: AlertsConfig) -> tuple[str, ...]:
    if fact.channels is not None:
        return fact.channels
    labels = fact.labels
    for route in config.routes:
        if fits(route.match, labels):
            return route.channels
    return config.channel_names


def group_of(labels: Mapping[str, str], group_by: Sequence[str]) -> str:
    """What the alerts of a group have in common, as one text.

    >>> group_of({"alert": "slow", "model": "a"}, ("alert",))
    'alert=slow'
    """
    return ",".join(f"{name}={labels.get(name, '')}" for name in group_by)


def is_at_least(severity: AlertSeverity, least: AlertSeverity) -> bool:
    """Whether it is as bad as that, or worse."""
    return _ORDER.index(severity) >= _ORDER.index(least)
