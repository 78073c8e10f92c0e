"""Settings of alerts: when an operator should know, and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from ...base import Settings
from ...values.accepts import Many, Named, default
from ...values.units import Duration, DurationOrNone, DurationOrZero
from ...values.values import NUMBER, SWITCH
from ...values.words import nearest
from .alert_routes import AlertInhibitionConfig, AlertRouteConfig
from .alert_rules import AlertRuleConfig, AlertSeverity, ChannelName, LabelName
from .channels import Channels


class AlertsConfig(Settings):
    """What raises an alert, how often, and where it is told. Spans are seconds."""

    error_rate: Annotated[float, Field(gt=0, le=1), NUMBER] = 0.2
    """Share of failed calls above which an alert is raised; it ends below half of the share."""
    min_calls: Annotated[int, Field(ge=1, le=1_000_000), NUMBER] = 20
    """Calls that must have been seen before their error rate counts."""
    window: Duration = default(300.0)
    """Calls older than this do not count."""
    response_time: DurationOrNone = default(None)
    """Average response time that is too slow; None: 80 % of the limit of an attempt."""
    cooldown: DurationOrZero = default(300.0)
    """The same alert is not raised again sooner than this after the last time."""
    enabled: Annotated[bool, SWITCH] = False
    """Whether alerts are kept, acknowledged and told; rules or channels switch it on, too."""
    channels: Channels = default(())
    """How people and other systems hear of alerts."""
    rules: Many[AlertRuleConfig] = default(())
    """Rules of your own."""
    default_rules: Annotated[bool, SWITCH] = True
    """Whether the built-in rules are looked at, too."""
    slo_target: Annotated[float, Field(gt=0.5, le=0.99999), NUMBER] | None = 0.999
    """Share of tasks that should succeed; alerts are raised when its budget burns. None: none."""
    keep: DurationOrZero = default(30.0)
    """How long a condition has to be over before its alert is resolved."""
    group_by: Many[LabelName] = default(("alert",))
    """Labels whose alerts are told together where they are the same."""
    group_wait: DurationOrZero = default(10.0)
    """How long the first alert of a group waits for others."""
    group_interval: DurationOrZero = default(60.0)
    """Time between two messages about a group."""
    repeat: DurationOrZero = default(14_400.0)
    """What still fires is told again so often, until it is acknowledged; 0: never."""
    escalate_after: Duration = default(300.0)
    """Without an acknowledgement for so long, an alert is told on the channels of escalate_to."""
    escalate_to: Many[ChannelName] = default(())
    """Channels for what is not acknowledged in time."""
    escalate_from: Named[AlertSeverity] = default(AlertSeverity.ERROR)
    """Alerts below this severity are not escalated."""
    routes: Many[AlertRouteConfig] = default(())
    """The first route that fits says where an alert is told; none fits: on every channel."""

    inhibitions: Many[AlertInhibitionConfig] = default(())
    """Alerts that are not told while certain others fire."""

    @model_validator(mode="after")
    def _rules_have_names_of_their_own(self) -> AlertsConfig:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.name in seen:
                raise ValueError(f"two rules have the name {rule.name!r}; names are unique")
            seen.add(rule.name)
        return self

    @model_validator(mode="after")
    def _channels_are_there(self) -> AlertsConfig:
        known = self.channel_names
        for place, name in self._named_channels():
            if name not in known:
                meant = nearest(name, known)
                advice = f"did you mean {meant!r}?" if meant else _those_there_are(known)
                raise ValueError(f"{place}: there is no channel {name!r}; {advice}")
        return self

    def _named_channels(self) -> Iterator[tuple[str, str]]:
        for rule in self.rules:
            yield from ((f"rules.{rule.name}.channels", name) for name in rule.channels)
        for at, route in enumerate(self.routes):
            yield from ((f"routes.{at}.channels", name) for name in route.channels)
        yield from (("escalate_to", name) for name in self.escalate_to)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Every channel."""
        return tuple(channel.name for channel in self.channels)

    @property
    def is_on(self) -> bool:
        """Whether alerts are kept and told."""
        return self.enabled or bool(self.rules) or bool(self.channels)


def _those_there_are(names: tuple[str, ...]) -> str:
    return f"there are {', '.join(names)}" if names else "alerts.channels has none"
