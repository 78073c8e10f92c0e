"""One outage, told everywhere: books, metrics, spans, history, alert, report, page and `top`."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import CircuitBreakerConfig, ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import (
    AlertRuleConfig,
    AlertsConfig,
    CallbackChannelConfig,
    GlobalConfig,
    HistoryConfig,
)
from hive_resilience.observability import (
    AlertView,
    Notification,
    RecordKind,
    SeriesPoint,
    metrics_text,
    open_history,
)
from hive_resilience.reports import report_of
from hive_resilience.runtime.cli.serve.remote import Place
from hive_resilience.runtime.cli.top.finding import find
from hive_resilience.runtime.cli.top.plain import as_text
from hive_resilience.runtime.cli.top.seen import Seen
from hive_resilience.runtime.server.dashboard.dashboard import Dashboard
from hive_resilience.runtime.server.dashboard.served_door import ServedDoor

from ...fleet_kit import NO_RETRY, Model
from .metrics.parsing import samples, value
from .telemetry.watched import Memory

BEFORE, DURING, AFTER = 20, 15, 5


class Heard:
    """A channel that keeps what it hears."""

    def __init__(self) -> None:
        self.notifications: list[Notification] = []

    def __call__(self, notification: Notification) -> None:
        self.notifications.append(notification)

    @property
    def alert(self) -> AlertView | None:
        """What the rule has raised."""
        each = (alert for one in self.notifications for alert in one.alerts)
        return next((alert for alert in each if alert.name == "errors"), None)


def fleet_of(folder: Path, heard: Heard) -> Runtime:
    """Two models with everything on; the first one is out for a while."""
    outage = [*["well"] * BEFORE, *[ConnectionError("out")] * 3, "well"]
    breaker = CircuitBreakerConfig(
        failure_threshold=3, recovery_timeout="1h", max_recovery_timeout="1h"
    )
    first = ModelConfig(id="a", executor=Model(*outage), circuit_breaker=breaker, retry=NO_RETRY)
    rule = AlertRuleConfig(
        name="errors",
        metric="error_rate",
        threshold=0.1,
        min_events=BEFORE + 3 + AFTER,  # so that it is raised once all of them are counted
        labels={"team": "one"},
    )
    alerts = AlertsConfig(
        channels=[CallbackChannelConfig(name="heard", function=heard)],
        rules=[rule],
        default_rules=False,
        group_wait="0s",
    )
    history = HistoryConfig(folder=str(folder))
    settings = GlobalConfig(alerts=alerts, history=history, top="outage", ramp_up="0s")
    models = (first, ModelConfig(id="b", executor=Model(), retry=NO_RETRY))
    return Runtime(RuntimeConfig(global_=settings, models=models))


async def outage(runtime: Runtime) -> None:
    """Tasks before the outage, in it, and after it."""
    for _ in range(BEFORE + DURING):
        assert (await runtime.execute(Task("ask"))).success
    runtime.model("a").reset(reason="it is back", by="test")
    for _ in range(AFTER):
        assert (await runtime.execute(Task("ask"))).model_used == "a"


def test_an_outage_has_the_same_numbers_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hive_resilience.runtime.observability.alerting.PACE", 0.1)
    short = tempfile.mkdtemp(prefix="hive-")  # the path of a socket is bounded
    monkeypatch.setenv("XDG_RUNTIME_DIR", short)
    heard, memory = Heard(), Memory()

    async def main() -> None:
        runtime = memory.watch(fleet_of(tmp_path, heard))
        async with runtime:
            await outage(runtime)
            found = samples(metrics_text(runtime))
            models = {i: one.metrics for i, one in runtime.snapshot().models.items()}
            tasks = runtime.snapshot().router.tasks
            async with asyncio.timeout(30):
                while heard.alert is None:
                    await asyncio.sleep(0.05)
            report = await report_of(runtime, timedelta(hours=1))
            tiles = Dashboard(runtime, ServedDoor(None)).feed.state()
            seen, line = await asyncio.to_thread(in_a_terminal)
        a, b = models["a"], models["b"]
        assert (a.successes, a.failures, b.successes) == (BEFORE + AFTER, 3, DURING)

        for name, one in models.items():
            counted = (one.successes, one.failures)
            told = [
                value(found, "hive_attempts_total", model=name, outcome=outcome)
                for outcome in ("success", "failure")
            ]
            assert tuple(told) == counted, "metrics"
            spans = Counter(
                span.attributes["hive.outcome"]
                for span in memory.named(f"hive.attempt {name}")
                if span.attributes
            )
            assert (spans["success"], spans["failure"]) == counted, "spans"
            points = kept(tmp_path, name)
            written = (sum(p.successes for p in points), sum(p.failures for p in points))
            assert written == counted, "history"
        whole = kept(tmp_path, "")
        assert sum(point.successes for point in whole) == BEFORE + DURING + AFTER
        assert value(found, "hive_tasks_total", outcome="success") == tasks["success"]
        assert len(memory.named("hive.task")) == tasks["success"] == BEFORE + DURING + AFTER
        assert value(found, "hive_fallbacks_total", **{"from": "a", "to": "b"}) == DURING
        alert = heard.alert
        assert alert is not None
        assert alert.model_id == "a"
        assert alert.numbers["events"] == a.successes + a.failures
        assert round(alert.numbers["value"] * alert.numbers["events"]) == a.failures

        lines = {line.model_id: line for line in report.models}
        for name, one in models.items():
            assert (lines[name].successes, lines[name].failures) == (one.successes, one.failures)
        assert report.service.answered == tasks["success"]
        for name, one in models.items():
            tile, shown = tiles["models"][name], seen["models"][name]
            calls = one.successes + one.failures
            for told in (tile, shown):
                assert told["totals"]["successes"] == one.successes
                assert told["totals"]["failures"] == one.failures
                assert (told["calls"], told["errors"]) == (calls, one.failures / calls)
            assert tile["share"] == shown["share"]
        assert tiles["fleet"]["tasks"] == seen["fleet"]["tasks"] == dict(tasks)
        assert tiles["alerts"] == seen["alerts"]
        assert alert.fingerprint in [one["fingerprint"] for one in seen["alerts"]]
        assert line.split()[:4] == ["a", "Serving", "11", "%"]
        assert f"  {a.successes + a.failures}  " in line
        [pair] = report.service.fallbacks
        assert (pair.meant, pair.answered, pair.tasks) == ("a", "b", DURING)
        [incident] = report.incidents
        assert (incident.model_id, incident.cause) == ("a", "failure_run")
        assert incident.answered is not None
        assert incident.until is not None
        assert lines["a"].opened == 1

    asyncio.run(main())
    shutil.rmtree(short)


def in_a_terminal() -> tuple[Mapping[str, Any], str]:
    """What `top --json` tells, and what `top --once` says of the first model."""
    source, look = find("outage", None, Place())
    with closing(source):
        text = as_text(Seen.first(look, 0.0), 0.0)
    return look, next(line for line in text.splitlines() if line.startswith("a "))


def kept(folder: Path, model: str) -> list[SeriesPoint]:
    """The points of a model, or of the whole fleet."""
    found = open_history(folder).read(RecordKind.SERIES, model=model)
    return [point for point in found if isinstance(point, SeriesPoint)]
