"""One alert in the form of Prometheus' Alertmanager: labels say which it is, annotations more."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .....actors.alerting.notification import AlertView
from ..wording import one_line, subject_of

Form = dict[str, Any]

NOT_ENDED = "0001-01-01T00:00:00Z"
"""What Alertmanager writes as the end of what still fires."""
_NO_LABEL = re.compile(r"[^a-zA-Z0-9_]")


def labels_of(alert: AlertView) -> dict[str, str]:
    """Which alert it is; the same as long as it is the same."""
    labels = {label_name(name): one_line(value) for name, value in alert.labels.items()}
    labels |= {"alertname": one_line(alert.name, 200), "severity": alert.severity.value}
    if alert.model_id is not None:
        labels["model"] = one_line(alert.model_id, 200)
    return {name: value for name, value in labels.items() if value}


def label_name(text: str) -> str:
    """A name as Prometheus allows it."""
    name = _NO_LABEL.sub("_", text)
    return name if name and not name[0].isdigit() else f"_{name}"


def annotations_of(alert: AlertView) -> dict[str, str]:
    """What else is known of it."""
    found = {label_name(name): f"{value:.6g}" for name, value in alert.numbers.items()}
    found |= {"summary": subject_of(alert), "description": one_line(alert.text)}
    if alert.runbook is not None:
        found["runbook_url"] = one_line(alert.runbook)
    if alert.acknowledged_by is not None:
        found["acknowledged_by"] = one_line(alert.acknowledged_by, 100)
    return found


def written(at: datetime) -> str:
    """A time in the form of RFC 3339."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
