"""What a history costs, and how large it gets: `python -m benchmarks.costs.recorder [--day]`."""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from hive_resilience import ModelConfig, Plan, Runtime, RuntimeConfig, Task
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.config import GlobalConfig, HistoryConfig
from hive_resilience.runtime.observability.history.recorder import Recorder
from hive_resilience.runtime.observability.history.records import SeriesPoint
from hive_resilience.runtime.observability.history.store import SqliteStore
from hive_resilience.runtime.observability.history.sums import moment
from hive_resilience.runtime.observability.history.tidying import Keep

from ..measuring.surroundings import load_average, surroundings

_BEGIN = 1_795_737_600
_LOOKS = 20


async def _answer(task: Task) -> object:
    return task.payload


async def looks(models: int, busy: int) -> tuple[float, float, float]:
    """CPU seconds of the loop a look, those of its longest step, and those of all threads."""
    fleet = [ModelConfig(id=f"model-{n}", executor=_answer) for n in range(models)]
    with tempfile.TemporaryDirectory() as folder:
        config = RuntimeConfig(global_=GlobalConfig(history=folder), models=tuple(fleet))
        async with Runtime(config) as runtime:
            part = next(iter(runtime._watching._parts.values()))
            assert isinstance(part, Recorder)
            await part._look()
            found: list[tuple[float, float, float]] = []
            for _ in range(_LOOKS):
                for model in fleet[:busy]:
                    await runtime.execute(Task("hello"), plan=Plan(model.id))
                found.append(await _look(part))
            looks, steps, whole = zip(*found, strict=True)
            return statistics.median(looks), statistics.median(steps), statistics.median(whole)


async def _look(part: Recorder) -> tuple[float, float, float]:
    """CPU time: the machine may be busy with others."""
    begun, spent = time.process_time(), [time.thread_time()]
    for _ in part._slices(part._fleet.model_ids(), _BEGIN, False):
        spent.append(time.thread_time())
    spent.append(time.thread_time())
    writer = part._writer
    assert writer is not None
    flushed = writer.flush()
    assert flushed is not None
    await flushed.arrived(10.0)
    steps = [after - before for before, after in pairwise(spent)]
    return sum(steps), max(steps), time.process_time() - begun


def commits(folder: Path) -> float:
    """Median seconds of a transaction with ten points."""
    store = _store(folder)
    took: list[float] = []
    for second in range(200):
        points = [_point(_BEGIN + second, number, 1) for number in range(10)]
        begun = time.perf_counter()
        store.append(points)
        took.append(time.perf_counter() - begun)
    store.close()
    return statistics.median(took)


def day(folder: Path, calls: int) -> float:
    """Bytes of a day of ten models with so many calls a minute each."""
    store = _store(folder)
    for minute in range(24 * 60):
        at = _BEGIN + 60 * minute
        store.append(_point(at, number, calls) for number in range(10))
        store.tidy(at, 60.0 * minute)
    store.close()
    return next(folder.glob("*.db")).stat().st_size


def _store(folder: Path) -> SqliteStore:
    store = SqliteStore(folder / "history-bench-1.db", Keep.of(HistoryConfig()))
    store.open()
    return store


def _point(at: int, number: int, calls: int) -> SeriesPoint:
    sketch = LatencySketch()
    for _ in range(calls):
        sketch.add(random.lognormvariate(0, 0.5))
    return SeriesPoint(
        moment(at),
        f"model-{number}",
        successes=calls,
        failures=1,
        input_tokens=900 * calls,
        output_tokens=200 * calls,
        status="available",
        breaker="closed",
        durations=sketch,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", action="store_true", help="also the size of a day")
    options = parser.parse_args()
    print("\n".join(f"{key}: {value}" for key, value in surroundings().items()))
    for models, busy in ((10, 10), (200, 200), (1_000, 0), (1_000, 1_000), (10_000, 0)):
        look, step, cpu = asyncio.run(looks(models, busy))
        print(
            f"{models:,} models, {busy:,} busy: {look * 1e3:.2f} ms of the loop a look, longest "
            f"step {step * 1e3:.2f} ms, {cpu * 1e3:.1f} ms CPU with the writer"
        )
    with tempfile.TemporaryDirectory() as folder:
        print(f"a transaction with 10 points: {commits(Path(folder)) * 1e3:.2f} ms")
    for calls in (6, 60) if options.day else ():
        with tempfile.TemporaryDirectory() as folder:
            size = day(Path(folder), calls) / 1e6
            print(f"a day of 10 models, {calls} calls a minute each: {size:.1f} MB")
    print(f"load average at the end: {load_average()}")


if __name__ == "__main__":
    main()
