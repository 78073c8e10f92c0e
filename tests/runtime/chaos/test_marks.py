"""What an experiment has hit is marked everywhere, and no objective pays for it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.actors.policies.alerting.metric_readers import budget_spent, tasks_failed
from hive_resilience.config import ChaosConfig
from hive_resilience.errors import AllModelsFailedError
from hive_resilience.observability import (
    AuditRow,
    EventRow,
    RecordKind,
    SeriesPoint,
    metrics_text,
    open_history,
)
from hive_resilience.runtime.fleet.figures import fleet_figures
from hive_resilience.runtime.lines.result_line import presentable, result_line
from hive_resilience.runtime.observability.reports.counting import counted as without
from tests.conftest import Virtual
from tests.runtime.observability.telemetry.watched import Memory

from .chaos_kit import NO_RETRY, chaotic

TASK = Task({"messages": []})
PATIENT = ChaosConfig(enabled=True, abort_below=0.0)


async def outage(runtime: Runtime, tasks: int = 5) -> list[Any]:
    """Every model refuses for some tasks, and then serves again."""
    runtime.chaos.inject("fault", share=1.0, allow_outage=True)
    results = [await runtime.execute(TASK) for _ in range(tasks)]
    runtime.chaos.stop()
    for name in ("a", "b"):
        runtime.model(name).reset()
    return [*results, await runtime.execute(TASK)]


def test_injected_failures_are_no_burnt_budget_but_failures_all_the_same(virtual: Virtual) -> None:
    async def run() -> tuple[Any, Any]:
        async with chaotic("a", "b", chaos=PATIENT) as runtime:
            await outage(runtime)
            figures = fleet_figures(runtime._fleet)
            return tasks_failed(figures), budget_spent(figures)

    failed, spent = virtual(run())

    assert failed == (6, 5)
    assert spent == (1, 0)


def test_failures_of_the_models_own_still_burn_the_budget(virtual: Virtual) -> None:
    async def broken(_: Task) -> str:
        raise ConnectionError("its own")

    async def run() -> Any:
        model = ModelConfig(id="a", executor=broken, retry=NO_RETRY)
        async with chaotic(model, chaos=PATIENT) as runtime:
            await runtime.execute(TASK)
            return budget_spent(fleet_figures(runtime._fleet))

    assert virtual(run()) == (1, 1)


def test_the_error_of_a_task_has_the_marks_too(virtual: Virtual) -> None:
    async def run() -> Any:
        async with chaotic("a", "b", chaos=PATIENT) as runtime:
            return (await outage(runtime, 1))[0].error

    error = virtual(run())

    assert isinstance(error, AllModelsFailedError)
    assert [one.injected for one in error.attempts] == [True, True]


def test_a_result_as_a_line_of_json_has_the_marks(virtual: Virtual) -> None:
    async def run() -> list[bytes]:
        async with chaotic("a", "b", chaos=PATIENT) as runtime:
            return [result_line(1, presentable(one)) for one in await outage(runtime, 1)]

    hit, well = virtual(run())

    assert hit.count(b'"injected":true') == 2
    assert b"injected" not in well


def test_metrics_count_the_hits_by_model_and_fault(virtual: Virtual) -> None:
    async def run() -> str:
        async with chaotic("a", "b", chaos=PATIENT) as runtime:
            assert "hive_chaos_injected_total" not in metrics_text(runtime)
            await outage(runtime, 3)
            return metrics_text(runtime)

    text = virtual(run())

    assert 'hive_chaos_injected_total{model="a",fault="fault"} 3' in text
    assert 'hive_chaos_injected_total{model="b",fault="fault"} 3' in text


def test_the_history_tells_injected_failures_apart(tmp_path: Path) -> None:
    async def run() -> None:
        async with chaotic("a", "b", chaos=PATIENT, history=tmp_path) as runtime:
            await outage(runtime)

    asyncio.run(run())

    reader = open_history(tmp_path)
    points = [one for one in reader.read(RecordKind.SERIES) if isinstance(one, SeriesPoint)]
    events = [one.event for one in reader.read(RecordKind.EVENTS) if isinstance(one, EventRow)]
    deeds = [one.action for one in reader.read(RecordKind.AUDIT) if isinstance(one, AuditRow)]
    of_tasks = [one for one in points if one.model_id is None]
    of_a = [one for one in points if one.model_id == "a"]
    for some in (of_tasks, of_a):
        assert sum(one.failures for one in some) == 5 == counted(some, "injected", "failures")
    assert counted(of_a, "hits", "fault") == 5
    assert sum(without(one, with_injected=False).failures for one in points) == 0
    assert events.count("FaultInjected") == 10
    assert {"ChaosStarted", "ChaosStopped"} <= set(events)
    assert {"chaos_inject", "chaos_stop"} <= set(deeds)


def counted(points: list[SeriesPoint], kind: str, name: str) -> int:
    return sum(one.details.get(kind, {}).get(name, 0) for one in points)


def test_the_span_of_an_attempt_that_was_hit_says_so(virtual: Virtual) -> None:
    memory = Memory()

    async def run() -> None:
        async with memory.watch(chaotic("a", "b")) as runtime:
            runtime.chaos.inject("fault", models=["a"], share=1.0)
            await runtime.execute(TASK)
            async with runtime.stream(TASK) as stream:
                async for _ in stream:
                    pass

    virtual(run())

    told = [(one.attributes or {}).get("hive.injected") for one in memory.named("hive.attempt a")]
    assert told == ["fault", "fault"]
    assert all("hive.injected" not in (s.attributes or {}) for s in memory.named("hive.attempt b"))


def test_the_log_has_the_start_the_hits_and_the_end(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with chaotic("a", "b") as runtime:
            runtime.chaos.inject("latency", models=["a"], share=1.0, seconds=0.1)
            await runtime.execute(TASK)

    with caplog.at_level(logging.INFO, "hive_resilience.events"):
        virtual(run())

    told = [getattr(record, "event.name", "") for record in caplog.records]
    wanted = ["hive.chaos.started", "hive.fault.injected", "hive.chaos.stopped"]
    assert [name for name in told if name in wanted] == wanted
