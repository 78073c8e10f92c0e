"""Looks at fleets that are made up, and a fleet that runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, RuntimeConfig
from hive_resilience.config import GlobalConfig
from hive_resilience.runtime.cli.top.choices import Choices
from hive_resilience.runtime.cli.top.marks import RICH, Marks
from hive_resilience.runtime.cli.top.seen import Seen
from hive_resilience.runtime.cli.top.view import Moment, Size, picture

NOW = 1_700_000_000_000
Record = dict[str, Any]


def model(model_id: str, **more: object) -> Record:
    """A model that serves."""
    totals = dict.fromkeys(
        ("successes", "failures", "timeouts", "cancelled", "rejected", "retries", "restarts"), 0
    )
    return {
        "id": model_id,
        "status": "available",
        "why": "started",
        "error": None,
        "out": None,
        "breaker": "closed",
        "retry_in": None,
        "parked_for": None,
        "rate": 2.0,
        "calls": 120,
        "errors": 0.0,
        "p50": 0.1,
        "p95": 0.25,
        "p99": 1.5,
        "busy": 1,
        "limit": 40,
        "waiting": 0,
        "quota": None,
        "totals": totals,
        "spark": [[1, 0], [2, 1]],
        "share": 0.5,
        "change": None,
        "since": None,
        **more,
    }


def out(model_id: str, **more: object) -> Record:
    """A model whose breaker is open for 12 s."""
    change = {"at": NOW - 60_000, "text": "Breaker open for 20 s: too many failures in a row"}
    state = {"status": "unavailable", "out": "circuit_open", "breaker": "open", "retry_in": 12.0}
    return model(model_id, **state, change=change, since=NOW - 60_000, **more)


def look(*models: Record, **more: object) -> Record:
    """What a source tells of these models."""
    usable = sum(one["out"] is None for one in models)
    is_well = usable == len(models)
    verdict = {
        "level": "well" if is_well else "bad",
        "title": "All models serve" if is_well else "a is out; the others serve",
        "since": None if is_well else NOW - 60_000,
        "why": "All 120 calls of the last minute succeeded." if is_well else "a: Breaker open.",
        "doing": "" if is_well else "Tasks go to b. The next try is in 12 s at the latest.",
    }
    tasks = {"success": 1_234, "failure": 5, "refused": 0, "cancelled": 0}
    fleet = {"models": len(models), "usable": usable, "in_flight": 3, "waiting": 0}
    return {
        "id": "abc-2",
        "now": NOW,
        "fleet": {**fleet, "tasks": tasks, "calls": 240, "errors": 0.004, "rate": 4.0},
        "verdict": verdict,
        "alerts": [],
        "alerts_on": True,
        "models": {one["id"]: one for one in models},
        "order": [one["id"] for one in models],
        "kept": False,
        "events": [event(1, "Breaker open for 20 s"), event(2, "Now unavailable")],
        **more,
    }


def event(number: int, text: str, model_id: str | None = "a") -> Record:
    return {"n": number, "at": NOW, "kind": "X", "model": model_id, "text": text, "tone": "bad"}


def drawn(
    found: Record | Seen,
    choices: Choices | None = None,
    size: tuple[int, int] = (80, 24),
    *,
    late: float = 0.0,
    marks: Marks = RICH,
) -> list[str]:
    """The lines of the screen, `late` seconds after the look."""
    seen = found if isinstance(found, Seen) else Seen.first(found, 0.0)
    lines = picture(seen, choices or Choices(), Size(*size), Moment(late, "billing"), marks)
    return [line.plain for line in lines]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for sockets: the path of one is bounded."""
    made = Path(tempfile.mkdtemp(prefix="hive-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(made))
    monkeypatch.setenv("HOME", str(made))
    yield made
    shutil.rmtree(made)


def offered_fleet(name: str, models: Sequence[str] = ("a", "b")) -> Runtime:
    """A runtime that viewers find by its name."""
    configs = tuple(ModelConfig(id=one, executor=lambda task: "answer") for one in models)
    return Runtime(RuntimeConfig(models=configs, global_=GlobalConfig(top=name)))


@contextmanager
def environment(**more: str) -> Generator[dict[str, str]]:
    """The variables of a command, without those that say how to draw."""
    mute = {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "TERM", "COLUMNS", "LINES"}
    yield {name: value for name, value in os.environ.items() if name not in mute} | more
