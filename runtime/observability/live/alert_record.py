"""An alert as a record that JSON can carry. Pure."""

from __future__ import annotations

from typing import Any

from ....actors.alerting.messages import AlertSnapshot


def alert_record(alert: AlertSnapshot) -> dict[str, Any]:
    """One that holds or is pending; `since` is milliseconds since 1970."""
    return {
        "fingerprint": alert.fingerprint,
        "condition": alert.name,
        "severity": alert.severity,
        "state": alert.state,
        "model": alert.model_id,
        "message": alert.text,
        "since": round(alert.since.timestamp() * 1e3),
        "told_on": list(alert.told_on),
        "acknowledged_by": alert.acknowledged_by,
        "silenced": bool(alert.silenced_by),
        "escalated": alert.escalated,
        "over": alert.is_over,
        "told_elsewhere": alert.told_elsewhere,
        "runbook": alert.runbook,
    }
