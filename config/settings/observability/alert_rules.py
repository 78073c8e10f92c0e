"""Settings of rules: what has to be seen for an alert."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SkipValidation, model_validator

from ...base import Settings
from ...values.accepts import Accepts, Many, Named, default
from ...values.secrets import PageUrl
from ...values.units import Duration, DurationOrZero, span_text
from ...values.values import NUMBER
from ...values.words import nearest, plain_name
from .alert_metrics import METRICS, OWN, metric_named

TEXT_FIELDS = (
    *("alert", "events", "metric", "model", "operator", "runbook"),
    *("severity", "threshold", "value", "window"),
)
"""What the text of a rule may have in braces: no error, no prompt and no key is among them."""
OWN_LABELS = ("alert", "condition", "model", "severity")
"""Labels that every alert has by itself."""
_LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")


class AlertSeverity(StrEnum):
    """How bad it is."""

    INFO = "info"
    """To be read some time."""
    WARNING = "warning"
    """Tasks are served, but not as they should be."""
    ERROR = "error"
    """A model is out, or many are."""
    CRITICAL = "critical"
    """No task can be served."""


class AlertOperator(StrEnum):
    """How a value is compared with a threshold. (YAML reads a bare > as the start of a text.)"""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"


def _text(text: str) -> str:
    """The text as it is. Raises `ValueError` for another field than those there are."""
    if not text.isprintable():
        raise ValueError("is one line of printable characters")
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{error}; a brace alone is written twice") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in TEXT_FIELDS or form or conversion):
            meant = nearest(name, TEXT_FIELDS)
            advice = (
                f"did you mean {{{meant}}}?" if meant else f"there are {', '.join(TEXT_FIELDS)}"
            )
            raise ValueError(f"there is no field {{{name}}}; {advice}")
    return text


def _label(name: str) -> str:
    if _LABEL.fullmatch(name) is None:
        raise ValueError("the name of a label has letters, digits and _ alone")
    return name


def _new_label(name: str) -> str:
    if name in OWN_LABELS:
        raise ValueError(f"every alert has the label {name} by itself")
    return name


RuleName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(plain_name)]
LabelValue = Annotated[str, Field(max_length=200), AfterValidator(plain_name)]
LabelName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_label)]
NewLabel = Annotated[LabelName, AfterValidator(_new_label)]
ChannelName = RuleName
MetricName = Annotated[str, Field(max_length=100), AfterValidator(metric_named)]
Text = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_text)]


class AlertRuleConfig(Settings):
    """A number that is too high or too low, and what is told of it. Spans are seconds.

    >>> AlertRuleConfig(name="slow", metric="latency_p95", threshold=8.0, window="10m").window
    600.0
    """

    name: RuleName
    """Unique among rules; a rule with the name of a built-in one takes its place."""
    metric: MetricName
    """What is looked at, of each model or of all tasks; own: what `function` gives."""
    function: Accepts[Annotated[Any, SkipValidation], Callable[[], object] | None] = default(
        Field(default=None, exclude=True, repr=False)
    )
    """Gives the number of the metric own, or None where there is none now; in Python alone."""
    threshold: Annotated[float, Field(ge=0, le=1e9), NUMBER]
    """What it is compared with, in the unit of the metric: shares from 0 to 1, seconds, counts."""
    operator: Named[AlertOperator] = default(AlertOperator.ABOVE)
    """How it is compared."""
    window: Duration = default(300.0)
    """What happened longer ago than this does not count."""
    min_events: Annotated[int, Field(ge=1, le=1_000_000_000), NUMBER] = 20
    """Events within the window before a share, a mean or a percentile of them counts."""
    holds_for: DurationOrZero = default(0.0)
    """How long it has to hold before it is told."""
    keep: DurationOrZero = default(30.0)
    """How long it has to be over before it is resolved."""
    severity: Named[AlertSeverity] = default(AlertSeverity.WARNING)
    """How bad it is."""
    models: Many[RuleName] = default(())
    """The models that it is about; none: all."""
    labels: Mapping[NewLabel, LabelValue] = default({})
    """What routes, groups and silences can go by."""
    channels: Many[ChannelName] = default(())
    """Where it is told; none: where the routes say."""
    text: Text | None = None
    """What people read, with fields in braces; None: a sentence of the library's own."""
    runbook: PageUrl | None = None
    """A page that says what to do."""

    @model_validator(mode="after")
    def _fits_its_metric(self) -> AlertRuleConfig:
        metric = METRICS[self.metric]
        if (self.metric == OWN) is not callable(self.function):
            raise ValueError(f"the metric {OWN} and a function, given in Python, go together")
        if metric.is_share and self.threshold > 1:
            raise ValueError(f"{self.metric} is a share from 0 to 1: 20 % is 0.2")
        if not metric.has_window and "window" in self.model_fields_set:
            told = f"{self.metric} is a number of the moment and has no window"
            raise ValueError(f"{told}; holds_for says how long it has to hold")
        if metric.has_window and self.window > metric.longest_window:
            most = span_text(metric.longest_window)
            raise ValueError(f"the window of {self.metric} is {most} at most: no more is kept")
        if self.models and not metric.of_models:
            raise ValueError(f"{self.metric} is of all tasks, not of single models")
        return self
