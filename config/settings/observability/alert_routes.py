"""Settings of where alerts are told, and of which others make them superfluous."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from ...base import Settings
from ...values.accepts import Many, default
from .alert_rules import ChannelName, LabelName, LabelValue

MOST_STARS = 4


def pattern(value: str) -> str:
    """The pattern as it is. Raises `ValueError` for one that takes long to compare."""
    if value.count("*") > MOST_STARS:
        raise ValueError(f"a pattern has {MOST_STARS} stars at most")
    return value


Matchers = Annotated[
    Mapping[LabelName, Annotated[LabelValue, AfterValidator(pattern)]], Field(min_length=1)
]
"""Labels, and what each has to be; `*` stands for any text."""


class AlertRouteConfig(Settings):
    """Alerts with these labels are told on these channels.

    >>> AlertRouteConfig(match={"severity": "critical"}, channels=["pager"]).channels
    ('pager',)
    """

    match: Matchers
    """Labels that an alert has to have; `*` in a value stands for any text."""
    channels: Many[ChannelName]
    """Where it is told; an empty list: nowhere."""


class AlertInhibitionConfig(Settings):
    """While an alert like `source` fires, those like `target` are not told.

    An alert that is like both is never kept back by its rule.

    >>> AlertInhibitionConfig(source={"alert": "vpn"}, target={"model": "eu-*"}).same
    ()
    """

    source: Matchers
    """Labels of the alert that is told; `*` in a value stands for any text."""
    target: Matchers
    """Labels of the alerts that are not told meanwhile; `*` as in `source`."""
    same: Many[LabelName] = default(())
    """Labels that have to be the same in both."""
