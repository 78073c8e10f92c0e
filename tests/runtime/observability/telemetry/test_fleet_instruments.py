"""The instruments of the fleet say what its books say, from any thread and after its end."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter

import pytest

from hive_resilience import Plan, Runtime, RuntimeConfig, Task
from hive_resilience.actors.policies.metrics.figures import FleetFigures
from hive_resilience.observability import metrics_text
from hive_resilience.runtime.fleet.figures import WatchedFleet
from tests.conftest import Virtual
from tests.fleet_kit import Model, fleet, model

from .test_random_runs import some_fleet, some_run
from .watched import Memory, said


class Counted:
    """An answer that tells its usage."""

    def __init__(self) -> None:
        self.usage = {"prompt_tokens": 7, "completion_tokens": 3}

    def __str__(self) -> str:
        return "hi"


def by(memory: Memory, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The points of an instrument, without zeros."""
    return {
        tuple(str(point.attributes[label]) for label in labels): point.value
        for point in memory.points(name)
        if point.value
    }


def attempts_of(figures: FleetFigures) -> dict[tuple[str, ...], float]:
    """The same from the books."""
    found = {
        (one.model_id, outcome): count
        for one in figures.models
        for outcome, count in (
            ("success", one.successes),
            ("failure", one.failures),
            ("timeout", one.timeouts),
            ("cancelled", one.cancelled),
        )
    }
    return {key: float(count) for key, count in found.items() if count}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_spans_instruments_and_snapshot_agree(virtual: Virtual, seed: int) -> None:
    random.seed(seed)
    chance, memory = random.Random(seed), Memory()
    runtime = memory.watch(some_fleet(chance))
    watched = WatchedFleet(runtime._fleet)

    virtual(some_run(runtime, chance))

    figures = watched.figures()
    snapshot = runtime._fleet.snapshot().models
    told = by(memory, "hive_attempts", "model", "outcome")
    assert told == attempts_of(figures)
    assert told.get(("a", "success"), 0) == snapshot["a"].metrics.successes
    shown = Counter(
        (said(span)["hive.model"], said(span)["hive.outcome"]) for span in memory.attempts
    )
    assert shown == told
    outcomes = by(memory, "hive_tasks", "outcome")
    assert outcomes.get(("success",), 0) == figures.tasks.succeeded
    tasks = Counter(said(span)["hive.outcome"] for span in memory.named("hive.task"))
    assert sum(outcomes.values()) == sum(tasks.values())


def test_tokens_and_fallbacks_are_told(virtual: Virtual) -> None:
    memory = Memory()
    runtime = memory.watch(fleet(model("a", Model(OSError())), model("b", Model(Counted()))))

    async def story() -> None:
        async with runtime:
            await runtime.execute(Task("?"), plan=Plan("a", fallbacks=("b",)))

    virtual(story())

    assert by(memory, "hive_tokens", "model", "direction") == {
        ("b", "input"): 7,
        ("b", "output"): 3,
    }
    assert by(memory, "hive_fallbacks", "from", "to") == {("a", "b"): 1}
    assert by(memory, "hive_faults", "model", "fault") == {("a", "failure"): 1}


def test_instruments_say_what_the_text_says() -> None:
    memory = Memory()
    models = (model("a", Model(OSError())), model("b", Model(Counted())))
    with memory.watch(fleet(*models)) as runtime:
        for _ in range(3):
            runtime.submit(Task("?")).result(10.0)
        text = metrics_text(runtime)
        told = as_text(memory)

    lines = {
        line.replace("_total{", "{")
        for line in text.splitlines()
        if not line.startswith("#") and "_seconds_" not in line
    }
    assert len(lines) > 80
    assert told == lines
    assert 'hive_attempts{model="a",outcome="failure"} 3' in lines
    assert 'hive_tokens{model="b",direction="input"} 21' in lines


def as_text(memory: Memory) -> set[str]:
    """The instruments as Prometheus would write them, but for `_total`."""
    found: set[str] = set()
    for name in memory.instruments:
        for point in memory.points(name) if name.startswith("hive_") else ():
            labels = ",".join(f'{key}="{value}"' for key, value in point.attributes.items())
            found.add(f"{name}{{{labels}}} {point.value}".replace("{}", ""))
    return found


def test_an_exporters_thread_reads_while_the_fleet_runs() -> None:
    memory = Memory()
    found: list[dict[tuple[str, ...], float]] = []
    with memory.watch(fleet(model("a", Model()))) as runtime:
        runtime.submit(Task("?")).result(10.0)
        reading = threading.Thread(
            target=lambda: found.append(by(memory, "hive_attempts", "model", "outcome"))
        )
        reading.start()
        reading.join(10.0)

    assert found == [{("a", "success"): 1}]
    assert by(memory, "hive_attempts", "model", "outcome") == found[0]


def test_the_loop_itself_may_read(virtual: Virtual) -> None:
    memory = Memory()
    runtime = memory.watch(fleet(model("a", Model(takes=5.0))))

    async def story() -> None:
        async with runtime:
            task = asyncio.create_task(runtime.execute(Task("?")))
            await asyncio.sleep(1.0)
            assert by(memory, "hive_tasks_in_flight") == {(): 1}
            await task

    virtual(story())


def test_more_than_200_models_share_one_name(virtual: Virtual) -> None:
    memory = Memory()
    models = tuple(model(f"m{number}", Model()) for number in range(203))
    runtime = memory.watch(Runtime(RuntimeConfig(models=models)))

    async def story() -> None:
        async with runtime:
            for one in models:
                await runtime.execute(Task("?"), plan=Plan(one.id))

    virtual(story())

    told = by(memory, "hive_attempts", "model")
    assert len(told) == 201
    assert told[("_other",)] == 3


def test_before_the_start_there_is_nothing_to_tell() -> None:
    memory = Memory()
    memory.watch(fleet(model("a", Model())))

    assert by(memory, "hive_attempts", "model", "outcome") == {}


def test_of_two_runtimes_with_one_meter_the_later_one_is_shown() -> None:
    memory = Memory()
    for tasks in (3, 2):
        with memory.watch(fleet(model("a", Model()))) as runtime:
            for _ in range(tasks):
                runtime.submit(Task("?")).result(10.0)
        assert by(memory, "hive_tasks", "outcome") == {("success",): tasks}


def test_all_instruments_of_a_collection_show_the_same_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory, reads = Memory(), 0

    async def taken(self: WatchedFleet) -> FleetFigures:
        nonlocal reads
        reads += 1
        return self.figures()

    monkeypatch.setattr(WatchedFleet, "taken", taken)
    with memory.watch(fleet(model("a", Model()))) as runtime:
        runtime.submit(Task("?")).result(10.0)
        assert "hive_attempts" in memory.instruments
        assert reads == 1
        assert by(memory, "hive_tasks", "outcome") == {("success",): 1}
        assert reads == 2
