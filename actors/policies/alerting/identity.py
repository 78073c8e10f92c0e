"""Which alert is which, by its fingerprint and by its labels.

The fingerprint is the same before and after a restart of the process.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from ..health.alerts import AlertCondition, AlertSeverity

_LENGTH = 16


def fingerprint(condition: str, model_id: str | None, rule: str | None) -> str:
    """Sixteen hexadecimal digits, the same for the same alert in every process.

    >>> fingerprint("slow", "gpt-5", None) == fingerprint("slow", "gpt-5", None)
    True
    """
    # The parts have their lengths before them: no two alerts look alike when they are joined.
    parts = (f"{len(part)}:{part}" for part in (condition, model_id or "", rule or ""))
    return sha256("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


@dataclass(frozen=True, slots=True)
class AlertFact:
    """What an alert is about, and how it is treated. Spans are seconds.

    `channels` None: where the routes say. `text` is for people: see `texts`.
    """

    condition: AlertCondition
    severity: AlertSeverity
    model_id: str | None = None
    rule: str | None = None
    text: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])
    own_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    channels: tuple[str, ...] | None = None
    runbook: str | None = None
    holds_for: float = 0.0
    keep: float = 0.0

    @property
    def name(self) -> str:
        """The rule, or the condition where there is none."""
        return self.rule or str(self.condition)

    @property
    def fingerprint(self) -> str:
        """Which alert it is."""
        return fingerprint(self.condition, self.model_id, self.rule)

    @property
    def labels(self) -> dict[str, str]:
        """All labels: its own ones, and those that every alert has."""
        found = {
            **self.own_labels,
            "alert": self.name,
            "condition": str(self.condition),
            "severity": str(self.severity),
        }
        return found if self.model_id is None else found | {"model": self.model_id}


def fits(match: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether every label that is asked for is as it should be; a missing label is empty.

    >>> fits({"model": "gpt-*"}, {"model": "gpt-5", "severity": "error"})
    True
    """
    return all(_is_like(pattern, labels.get(name, "")) for name, pattern in match.items())


def _is_like(pattern: str, value: str) -> bool:
    if "*" not in pattern:
        return pattern == value
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), value, re.DOTALL) is not None
