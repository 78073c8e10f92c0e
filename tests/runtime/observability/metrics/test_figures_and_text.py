"""The metrics say what the snapshot says, whatever happens to the fleet."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from hive_resilience import ModelConfig, Plan, Runtime, Task
from hive_resilience.actors.policies.metrics.sketch import LatencySketch
from hive_resilience.config import BulkheadConfig
from hive_resilience.observability import Collector, metrics_text
from hive_resilience.runtime.observability.metrics.families import BOUNDS, FAMILIES, Kind
from hive_resilience.runtime.observability.metrics.samples import buckets_of
from hive_resilience.testing import ScriptedModel, crash
from tests.conftest import Virtual
from tests.fleet_kit import fleet, model

from .parsing import Samples, openmetrics, samples, value


def only_grow(found: Samples) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What may never decrease: counters, and all of a histogram."""
    kinds = {name: family.kind for name, family in FAMILIES.items()}

    def grows(name: str) -> bool:
        for ending in ("_bucket", "_count", "_sum"):
            if kinds.get(name.removesuffix(ending)) is Kind.HISTOGRAM:
                return True
        return kinds.get(name) is Kind.COUNTER

    return {key: one for key, one in found.items() if grows(key[0])}


def assert_equal_to_snapshot(runtime: Runtime) -> None:
    found, snapshot = samples(metrics_text(runtime)), runtime.snapshot()
    for outcome, count in snapshot.router.tasks.items():
        assert value(found, "hive_tasks_total", outcome=outcome) == count
    ended = snapshot.router.tasks
    for model_id, one in snapshot.models.items():
        told = one.metrics
        counts = {
            "success": told.successes,
            "failure": told.failures,
            "timeout": told.timeouts,
            "cancelled": told.cancelled,
        }
        for outcome, count in counts.items():
            name = "hive_attempts_total"
            assert value(found, name, model=model_id, outcome=outcome) == count
        name = "hive_attempt_duration_seconds_count"
        assert value(found, name, model=model_id, outcome="success") == told.successes
        wrong = told.failures + told.timeouts
        assert value(found, name, model=model_id, outcome="other") == wrong
        assert value(found, "hive_retries_total", model=model_id) == told.retries
        for fault, count in told.faults.items():
            assert value(found, "hive_faults_total", model=model_id, fault=fault) == count
        for kind in ("input", "output", "cached", "reasoning"):
            count = getattr(told.tokens, kind)
            assert value(found, "hive_tokens_total", model=model_id, direction=kind) == count
    for strategy, count in snapshot.router.strategies.items():
        assert value(found, "hive_dispatched_total", strategy=strategy) == count
    for meant, others in snapshot.router.fallbacks.items():
        for other, count in others.items():
            assert value(found, "hive_fallbacks_total", **{"from": meant, "to": other}) == count
    timed = value(found, "hive_task_duration_seconds_count")
    assert timed <= ended["success"] + ended["failure"]


class Weather:
    """Models that answer, fail, hang or tell their usage, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)

    async def __call__(self, task: Task) -> object:
        await asyncio.sleep(self.chance.choice([0.0, 0.01, 0.3]))
        lot = self.chance.randrange(6)
        if lot == 0:
            raise ConnectionError("no")
        if lot == 1:
            await asyncio.sleep(60.0)
        return Told({"input_tokens": 3, "output_tokens": 2}) if lot == 2 else "answer"


class Told:
    def __init__(self, usage: dict[str, int]) -> None:
        self.usage = usage
        self.text = "answer"

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize("seed", range(2))
def test_metrics_are_those_of_the_snapshot_and_never_decrease(seed: int, virtual: Virtual) -> None:
    chance = Random(seed)

    async def run() -> None:
        models = [ModelConfig(id=name, executor=Weather(seed), timeout=1.0) for name in "abc"]
        async with Runtime(models=models) as runtime:
            before: Samples = {}
            for _ in range(16):
                tasks = [
                    asyncio.ensure_future(runtime.execute(Task("x", timeout=5.0)))
                    for _ in range(chance.randrange(6))
                ]
                await asyncio.sleep(chance.choice([0.0, 0.1, 2.0]))
                if chance.random() < 0.3:
                    crash(runtime, chance.choice(["a", "b", "c", "router"]))
                if tasks and chance.random() < 0.3:
                    tasks[0].cancel()
                if chance.random() < 0.5:
                    await asyncio.gather(*tasks, return_exceptions=True)
                assert_equal_to_snapshot(runtime)
                now = only_grow(samples(metrics_text(runtime)))
                assert {key for key, count in before.items() if now[key] < count} == set()
                before = now
            assert openmetrics(metrics_text(runtime, openmetrics=True))

    virtual(run())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1e-5, 2_000.0) | st.sampled_from(BOUNDS), max_size=60))
def test_a_bucket_counts_exactly_the_values_up_to_its_bound(values: list[float]) -> None:
    sketch = LatencySketch()
    for one in values:
        sketch.add(one)

    found = buckets_of(sketch)

    assert found.counts == [sum(one <= bound for one in values) for bound in BOUNDS]
    assert found.counts == sorted(found.counts)
    assert found.total == len(values)
    assert found.sum == pytest.approx(sum(values))


def test_the_bounds_are_those_of_the_page() -> None:
    told = [f"{bound:g}" for bound in BOUNDS]

    assert (told[0], told[1], told[13:]) == ("0.01", "0.02", ["81.92", "163.84", "327.68"])


HOSTILE = st.text(min_size=1, max_size=30) | st.sampled_from(
    ['a"b', "a\nb", "a\\nb", "a\\", '"} 1\nhive_tasks_total 9', "ü\u2028漢", "x" * 10_000, "\ud800"]
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_a_hostile_name_is_one_label_and_nothing_more(name: str) -> None:
    from hive_resilience.runtime.observability.metrics.measured import Measured
    from hive_resilience.runtime.observability.metrics.text import prometheus_text

    family = FAMILIES["hive_retries_total"]
    text = prometheus_text([Measured(family, [((name,), 7)])])

    shown = name.encode("utf-8", "replace").decode()
    assert samples(text) == {("hive_retries_total", frozenset({("model", shown)})): 7.0}


def thousands(count: int) -> Iterator[str]:
    chance = Random(1)
    return (f"model-{chance.getrandbits(64):x}" for _ in range(count))


def test_ten_thousand_names_have_no_more_than_201_labels(caplog: pytest.LogCaptureFixture) -> None:
    from hive_resilience.actors.policies.metrics.labels import ModelLabels

    labels = ModelLabels()

    found = {labels.of(name) for name in thousands(10_000)}

    assert len(found) == 201
    assert "_other" in found


def test_models_beyond_the_first_200_are_one_series_that_never_decreases(
    virtual: Virtual, caplog: pytest.LogCaptureFixture
) -> None:
    names = [f"m{number}" for number in range(203)]

    async def run() -> tuple[Samples, Samples]:
        async with Runtime(
            models=[ModelConfig(id=name, executor=ScriptedModel("x")) for name in names]
        ) as runtime:
            for name in names[-3:]:
                await runtime.execute(Task("x"), plan=Plan(name))
            before = samples(metrics_text(runtime))
            await runtime.remove_model(names[-1])
            await runtime.remove_model(names[0])
            return before, samples(metrics_text(runtime))

    before, after = virtual(run())

    for found in (before, after):
        counted = value(found, "hive_attempts_total", model="_other", outcome="success")
        assert counted == 3
        assert value(found, "hive_tasks_total", outcome="success") == 3
        assert value(found, "hive_task_duration_seconds_count") == 3
        models = {value for _, labels in found for name, value in labels if name == "model"}
        assert len(models) <= 201
    assert [one.message for one in caplog.records if "metrics have" in one.message] == [
        "metrics have 200 models by name, and all others as _other"
    ]


def test_a_removed_model_leaves_its_tasks_in_the_books_of_the_fleet(virtual: Virtual) -> None:
    async def run() -> Samples:
        models = [ModelConfig(id=name, executor=ScriptedModel("x")) for name in "ab"]
        async with Runtime(models=models) as runtime:
            await runtime.execute(Task("x"))
            await runtime.remove_model("a")
            await runtime.execute(Task("x"))
            return samples(metrics_text(runtime))

    found = virtual(run())

    assert value(found, "hive_tasks_total", outcome="success") == 2
    assert value(found, "hive_task_duration_seconds_count") == 2
    assert value(found, "hive_attempts_total", model="b", outcome="success") == 1
    assert not any(("model", "a") in labels for _, labels in found)


def test_each_task_has_one_outcome_and_one_duration(virtual: Virtual) -> None:
    async def hang(task: Task) -> str:
        await asyncio.sleep(3.0)
        if task.payload == "bad":
            raise ConnectionError("no")
        return "x"

    async def run() -> tuple[Samples, int]:
        one = model("a", hang, bulkhead=BulkheadConfig(max_concurrent=50))
        async with fleet(one, max_concurrent_requests=2, max_queued_requests=1) as runtime:

            def begin(payload: str, timeout: float = 60.0) -> asyncio.Task[Any]:
                return asyncio.ensure_future(runtime.execute(Task(payload, timeout=timeout)))

            first, cancelled = begin("good"), begin("good")
            await asyncio.sleep(0)
            waits = begin("good")
            await asyncio.sleep(0)
            refused = begin("good")
            await asyncio.sleep(1.0)
            cancelled.cancel()
            await asyncio.wait([first, cancelled, waits, refused])
            failed = begin("bad", timeout=4.0)
            await asyncio.wait([failed])
            return samples(metrics_text(runtime)), 3

    found, timed = virtual(run())

    counts = {
        outcome: value(found, "hive_tasks_total", outcome=outcome)
        for outcome in ("success", "failure", "refused", "cancelled")
    }
    assert counts == {"success": 2, "failure": 1, "refused": 1, "cancelled": 1}
    assert value(found, "hive_task_duration_seconds_count") == timed
    # 3 s for the first, 1 + 3 s for the one that waited for its turn, and the failed one's own.
    assert value(found, "hive_task_duration_seconds_sum") >= 3.0 + 4.0 + 3.0


def test_a_registry_has_the_same_families_as_the_text_from_any_thread() -> None:
    found: list[str] = []
    with Runtime(models=[ModelConfig(id="a", executor=lambda task: "x")]) as runtime:
        runtime.submit(Task("x")).result(timeout=10)
        registry = CollectorRegistry()
        registry.register(Collector(runtime))
        thread = threading.Thread(target=lambda: found.append(generate_latest(registry).decode()))
        thread.start()
        thread.join()
        text = metrics_text(runtime)

    told, ours = samples(found[0]), samples(text)
    assert {key for key in told if not key[0].endswith("_created")} == set(ours)
    assert only_grow(told) == only_grow(ours)
    assert value(ours, "hive_tasks_total", outcome="success") == 1


def test_there_is_nothing_before_the_start_and_after_the_end() -> None:
    runtime = Runtime(models=[ModelConfig(id="a", executor=lambda task: "x")])
    before = metrics_text(runtime)
    with runtime:
        pass

    assert (before, metrics_text(runtime)) == ("", "")
    assert metrics_text(runtime, openmetrics=True) == "# EOF\n"
    assert list(Collector(runtime).collect()) == []
