"""Faults of a real disk and of a real process."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Task
from hive_resilience.config import Isolation
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.observability import Gap, RecordKind, SeriesPoint, open_history
from hive_resilience.runtime.observability.history import writer as writing
from hive_resilience.runtime.observability.history.recorder import Recorder
from tests.runtime.executors.processes.process_kit import act

from .chaos_kit import chaotic

TASK = Task({"messages": []})


@pytest.mark.parametrize(("fault", "word"), [("disk_full", "FULL"), ("disk_failing", "IOERR")])
def test_a_full_disk_fails_no_task_and_loses_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, word: str
) -> None:
    monkeypatch.setattr(writing, "EVERY", 0.02)
    monkeypatch.setattr(writing, "retry_delay", lambda _failures: 0.05)

    async def run() -> None:
        async with chaotic("a", "b", history=tmp_path) as runtime:
            recorder = runtime._watching.part(Recorder)
            assert recorder is not None
            runtime.chaos.inject(fault)
            writer = recorder._writer
            assert writer is not None
            async with asyncio.timeout(10.0):
                while writer.failing is None:
                    await asyncio.sleep(0.02)
            assert word in writer.failing
            results = [await runtime.execute(TASK) for _ in range(5)]
            assert all(result.success for result in results)
            (report,) = runtime.chaos.stop()
            assert report.hits == 1
            async with asyncio.timeout(10.0):
                while writer.failing is not None:  # pyright: ignore[reportUnnecessaryComparison]  # it changes
                    await asyncio.sleep(0.02)

    asyncio.run(run())

    reader = open_history(tmp_path)
    points = [one for one in reader.read(RecordKind.SERIES) if isinstance(one, SeriesPoint)]
    gaps = [one for one in reader.read(RecordKind.GAPS) if isinstance(one, Gap)]
    assert sum(one.successes for one in points if one.model_id == "a") == 5
    assert any(word in gap.reason for gap in gaps)


def test_a_killed_worker_costs_one_attempt_and_comes_back(tmp_path: Path) -> None:
    began = tmp_path / "began"
    model = ModelConfig(id="a", executor=act, isolation=Isolation.PROCESS)

    async def run() -> None:
        async with chaotic(model, "b") as runtime:
            call = asyncio.create_task(runtime.execute(Task(("loop", str(began)))))
            async with asyncio.timeout(20.0):
                while not began.exists():
                    await asyncio.sleep(0.02)
            runtime.chaos.inject("kill_worker", models=["a"])
            result = await call
            assert result.model_used == "b"
            assert isinstance(result.attempts[0].error, ModelUnavailableError)
            assert "SIGKILL" in str(result.attempts[0].error)
            assert (await runtime.execute(Task("again"))).model_used == "a"
            (report,) = runtime.chaos.stop()
            assert report.hit_models == {"a": 1}

    asyncio.run(run())
