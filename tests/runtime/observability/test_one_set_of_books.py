"""Text, SDK, snapshot and history say the same of a random run with crashes, and never less."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hive_resilience import RetryConfig, Runtime, Task
from hive_resilience.observability import RecordKind, SeriesPoint, metrics_text, open_history
from tests.fleet_kit import crash, fleet, model, until
from tests.sampling import sampled

from .metrics.parsing import samples
from .metrics.test_figures_and_text import only_grow
from .telemetry.watched import Memory

Counts = dict[tuple[str, ...], int]
TASKS = ("success", "failure", "refused", "cancelled")


class Told:
    """An answer with its usage."""

    def __init__(self) -> None:
        self.usage = {"prompt_tokens": 3, "completion_tokens": 2}

    def __str__(self) -> str:
        return "answer"


class Weather:
    """Answers, fails, hangs, tells its usage, by chance."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    async def __call__(self, task: Task) -> object:
        lot = self._chance.randrange(8)
        await asyncio.sleep(9.0 if lot == 0 else self._chance.choice([0.0, 0.001]))
        if lot == 1:
            raise ConnectionError("no")
        return Told() if lot == 2 else "answer"


async def weather(runtime: Runtime, memory: Memory, chance: Random) -> None:
    """Tasks, some of them cancelled, while actors crash; no number goes down meanwhile."""
    text: dict[Any, float] = {}
    shown: Counter[tuple[str, ...]] = Counter()
    for _ in range(6):
        calls = [runtime.execute(Task("?")) for _ in range(chance.randrange(6))]
        tasks = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(0.002)
        if chance.random() < 0.5:
            crash(runtime, chance.choice("ab"))
        for task in tasks:
            if chance.random() < 0.2:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        now = only_grow(samples(metrics_text(runtime)))
        assert {key: one for key, one in text.items() if now[key] < one} == {}
        now_shown = Counter(by_sdk(memory))
        assert shown - now_shown == Counter()
        text, shown = now, now_shown


def by_text(runtime: Runtime) -> Counts:
    """Tasks, attempts, retries, faults and tokens by the text of Prometheus."""
    found: Counts = {}
    for (name, labels), count in samples(metrics_text(runtime)).items():
        if name in NAMES and count:
            key = tuple(dict(labels)[label] for label in NAMES[name])
            found[name.removesuffix("_total"), *key] = int(count)
    return found


NAMES = {
    "hive_tasks_total": ("outcome",),
    "hive_attempts_total": ("model", "outcome"),
    "hive_retries_total": ("model",),
    "hive_faults_total": ("model", "fault"),
    "hive_tokens_total": ("model", "direction"),
}


def by_sdk(memory: Memory) -> Counts:
    """The same by what an exporter gets."""
    return {
        (name.removesuffix("_total"), *(point.attributes[label] for label in labels)): point.value
        for name, labels in NAMES.items()
        for point in memory.points(name.removesuffix("_total"))
        if point.value
    }


def by_snapshot(runtime: Runtime) -> Counts:
    """The same by the snapshot."""
    snapshot, found = runtime.snapshot(), Counter[tuple[str, ...]]()
    for outcome, count in snapshot.router.tasks.items():
        found["hive_tasks", outcome] = count
    for name, one in snapshot.models.items():
        told = one.metrics
        found |= attempts(name, told.successes, told.failures, told.timeouts, told.cancelled)
        found["hive_retries", name] = told.retries
        for fault, count in told.faults.items():
            found["hive_faults", name, str(fault)] = count
        for direction in ("input", "output"):
            found["hive_tokens", name, direction] = getattr(told.tokens, direction)
    return dict(+found)


def by_history(folder: Path) -> Counts:
    """The same by all that the history has of the run."""
    found = Counter[tuple[str, ...]]()
    for one in open_history(folder).read(RecordKind.SERIES):
        assert isinstance(one, SeriesPoint)
        if one.model_id is None:
            counts = (one.successes, one.failures, one.rejected, one.cancelled)
            found.update({("hive_tasks", o): n for o, n in zip(TASKS, counts, strict=True)})
            continue
        found += attempts(one.model_id, one.successes, one.failures, one.timeouts, one.cancelled)
        found["hive_retries", one.model_id] += one.retries
        for fault, count in one.details.get("faults", {}).items():
            found["hive_faults", one.model_id, fault] += count
        found["hive_tokens", one.model_id, "input"] += one.input_tokens
        found["hive_tokens", one.model_id, "output"] += one.output_tokens
    return dict(+found)


def attempts(model_id: str, *counts: int) -> Counter[tuple[str, ...]]:
    outcomes = ("success", "failure", "timeout", "cancelled")
    return Counter(
        {("hive_attempts", model_id, o): n for o, n in zip(outcomes, counts, strict=True)}
    )


@pytest.mark.parametrize("seed", sampled(range(200), 100))
def test_text_sdk_snapshot_and_history_say_the_same(tmp_path: Path, seed: int) -> None:
    chance, memory = Random(seed), Memory()
    retry = RetryConfig(max_retries=1, before_failover=1, base_delay=0.001, jitter="none")
    models = [model(name, Weather(chance), timeout=0.02, retry=retry) for name in "ab"]

    async def main() -> list[Counts]:
        async with memory.watch(fleet(*models, history=str(tmp_path))) as runtime:
            await weather(runtime, memory, chance)
            members = runtime._fleet.members.values()
            await until(lambda: not any(one.ref.is_suspended() for one in members))
            return [by_text(runtime), by_sdk(memory), by_snapshot(runtime)]

    text, sdk, snapshot = asyncio.run(main())

    assert text == sdk == snapshot == by_history(tmp_path) == by_sdk(memory)
    assert sum(count for key, count in text.items() if key[0] == "hive_attempts") > 0
