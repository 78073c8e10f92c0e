"""A real fleet with a history: the same numbers as its snapshot, and no word of its callers."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hive_resilience import CircuitBreakerConfig, ModelStatus, RetryConfig, Runtime, Task
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.supervision.child_spec import ChildSpec
from hive_resilience.errors import ConfigurationError, Problem
from hive_resilience.events import ChildQuarantined, HealthChanged, ModelAdded, ReloadRejected
from hive_resilience.observability import RecordKind, SeriesPoint, open_history
from hive_resilience.runtime.observability.history.kept import kept

from ....fleet_kit import Model, crash, fleet, model
from .history_kit import rows

PROMPT = "canary: what shall I tell my doctor?"
KEY = "sk-canary-0123456789abcdef"
COUNTS = ("successes", "failures", "timeouts", "cancelled", "rejected", "retries", "failovers")


class Unreliable(Model):
    """Fails now and then, with the prompt and a key in its error."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance

    async def __call__(self, task: Task) -> object:
        if self._chance.random() < 0.4:
            raise ConnectionError(f"cannot answer {task.payload} with {KEY}")
        return f"an answer to {task.payload}"


async def tasks(runtime: Runtime, chance: random.Random) -> None:
    """Tasks side by side, while actors crash, and models leave and come back."""
    for _ in range(12):
        await asyncio.gather(*(runtime.execute(Task(PROMPT)) for _ in range(chance.randrange(5))))
        if chance.random() < 0.3:
            crash(runtime, chance.choice("ab"))
        if chance.random() < 0.3:
            runtime.model(chance.choice("ab")).reset()
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(5))
def test_the_sums_of_a_history_are_those_of_the_snapshot(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    retry = RetryConfig(max_retries=1, base_delay=0.001, jitter="none")
    breaker = CircuitBreakerConfig(failure_threshold=4)
    models = [
        model(name, Unreliable(chance), retry=retry, circuit_breaker=breaker) for name in "ab"
    ]

    async def main() -> dict[str, Counter[str]]:
        async with fleet(*models, history=str(tmp_path)) as runtime:
            await tasks(runtime, chance)
            found = runtime.snapshot().models
            return {
                name: Counter({count: getattr(one.metrics, count) for count in COUNTS})
                for name, one in found.items()
            }

    snapshot = asyncio.run(main())
    summed: dict[str, Counter[str]] = {name: Counter() for name in snapshot}
    faults = 0
    for one in open_history(tmp_path).read(RecordKind.SERIES):
        assert isinstance(one, SeriesPoint)
        if one.model_id is not None:
            summed[one.model_id].update({count: getattr(one, count) for count in COUNTS})
            faults += sum(one.details.get("faults", {}).values())
    assert {name: +found for name, found in summed.items()} == {
        name: +found for name, found in snapshot.items()
    }
    assert faults == sum(one["failures"] for one in snapshot.values())


class Indiscreet(Actor):
    """Crashes with a prompt in its error."""

    def receive(self, message: object) -> object:
        raise RuntimeError(f"{PROMPT} {KEY} {message}")


def test_the_words_of_a_probe_and_of_a_rejected_file_are_not_kept() -> None:
    at = datetime.now(UTC)
    statuses = (ModelStatus.AVAILABLE, ModelStatus.DEGRADED)
    mistake = Problem("a.yml", 3, "models.a.timeout", PROMPT, f"{KEY} does not fit")
    events = [
        HealthChanged(at, "a", *statuses, "probes fail", last_error=f"{PROMPT} {KEY}"),
        ReloadRejected(at, (mistake,)),
        ChildQuarantined(at, "x", ValueError(PROMPT), 3.0),
    ]

    told = str([row for event in events for row in kept(event, by_hand=False)])

    assert "canary" not in told
    assert "models.a.timeout" in told
    assert "ValueError" in told


def test_no_file_of_a_history_has_a_word_of_a_caller_or_a_key(tmp_path: Path) -> None:
    chance = random.Random(1)

    async def main() -> None:
        models = [model(name, Unreliable(chance)) for name in "ab"]
        async with fleet(*models, history=str(tmp_path)) as runtime:
            await tasks(runtime, chance)
            runtime.supervisor.add(ChildSpec("x", Indiscreet)).tell(f"{PROMPT}")
            runtime.model("a").trip(f"the key {KEY} leaked")
            with pytest.raises(ConfigurationError):
                await runtime.update("b", timeout=f"{PROMPT} {KEY}")
            await asyncio.sleep(0.05)

    asyncio.run(main())
    (path,) = tmp_path.glob("*.db")
    told = {name for (name,) in rows(path, "SELECT DISTINCT event FROM events")}
    assert {"ChildCrashed", ReloadRejected.__name__, "CircuitChanged"} <= told
    assert ModelAdded.__name__ not in told  # the history begins after the fleet
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        for secret in (PROMPT, "canary", KEY):
            assert secret.encode() not in content, file.name


def test_off_means_no_thread_and_no_sqlite() -> None:
    code = """
import asyncio, sys, threading
from hive_resilience import ModelConfig, Runtime, Task
async def answer(task): return "x"
async def main():
    async with Runtime(models=[ModelConfig(id="a", executor=answer)]) as runtime:
        await runtime.execute(Task("x"))
        runtime.model("a").reset()
        assert threading.active_count() == 1, threading.enumerate()
        assert len(asyncio.all_tasks()) == 1
asyncio.run(main())
assert "sqlite3" not in sys.modules
assert not [name for name in sys.modules if ".observability.history" in name
            and "config" not in name]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
