"""What workers say of a fleet of one model, to be changed by tests."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]


def a_model(**more: Any) -> Record:
    """The tile of the model `m`, which rests."""
    quiet: Record = {
        "id": "m",
        "status": "available",
        "why": "started",
        "error": None,
        "out": None,
        "breaker": "closed",
        "retry_in": None,
        "parked_for": None,
        "rate": 0.0,
        "calls": 0,
        "errors": None,
        "p50": None,
        "p95": None,
        "p99": None,
        "busy": 0,
        "limit": 4,
        "configured": 8,
        "waiting": 0,
        "quota": None,
        "totals": {"successes": 0},
        "spark": [],
        "change": None,
        "since": None,
        "ramp": None,
    }
    return {**quiet, **more}


def a_look(model: Record | None = None, **more: Any) -> Record:
    """The look of a worker that has this model."""
    found: Record = {
        "models": {"m": model or a_model()},
        "order": ["m"],
        "fleet": {
            "models": 1,
            "usable": 1,
            "in_flight": 0,
            "waiting": 0,
            "crowded_since": None,
            "tasks": {"success": 0},
            "calls": 0,
            "errors": None,
            "rate": 0.0,
        },
        "alerts": [],
        "experiments": [],
        "degradation": None,
        "cluster": None,
    }
    return {**found, **more}


def a_cluster(**more: Any) -> Record:
    """A process that has joined its cluster."""
    return {"joined": True, "peers": 2, "epoch": 3, "error": None, **more}


def an_alert(**more: Any) -> Record:
    """One that fires, as a viewer has it."""
    found: Record = {
        "fingerprint": "f1",
        "condition": "slow",
        "model": "m",
        "state": "firing",
        "since": 50,
        "told_on": ["log"],
        "acknowledged_by": None,
        "over": False,
        "told_elsewhere": False,
    }
    return {**found, **more}
