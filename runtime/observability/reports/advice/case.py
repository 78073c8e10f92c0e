"""What a rule of advice looks at: one model of a period, its settings, and the fleet around it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from .....config.settings.model import ModelConfig
from .....config.settings.runtime import RuntimeConfig
from ...analytics.costs import Cost
from ..gathering import Period, Series
from ..report import ModelLine


@dataclass(frozen=True, slots=True)
class Case:
    """A model. `model` and `fleet` are its settings and those of all, where they are known."""

    line: ModelLine
    series: Series
    period: Period
    cost: Cost | None = None
    model: ModelConfig | None = None
    fleet: RuntimeConfig | None = None
    quickest: float | None = None
    """The lowest p50 of the other models, in seconds."""

    @property
    def timeout(self) -> float | None:
        """Seconds of one attempt."""
        if self.model is None or self.fleet is None:
            return None
        return self.fleet.attempt_timeout(self.model)

    def setting(self, name: str, value: object) -> str:
        """What to write, and where: the way to a setting in a file."""
        return f"models.{self.line.model_id}.{name}: {value}"


def round_up(value: float) -> float:
    """To two significant digits, never less.

    >>> round_up(1.234), round_up(87.1), round_up(0.0312)
    (1.3, 88.0, 0.032)
    """
    unit = 10.0 ** (floor(log10(value)) - 1)
    return round(ceil(value / unit - 1e-9) * unit, 10)


def span(value: float) -> str:
    """Seconds as settings are written.

    >>> span(12.0), span(0.35)
    ('12s', '350ms')
    """
    return f"{value:g}s" if value >= 1 else f"{1000 * value:g}ms"
