"""Executors on the nodes of a real cluster of Ray."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Plan, Runtime, Task
from hive_resilience.config import (
    ModelConfig,
    RayConfig,
    RestartConfig,
    RetryConfig,
    StreamConfig,
)
from hive_resilience.errors import ResilienceError
from hive_resilience.events import ChildCrashed
from hive_resilience.runtime.executors.replicas.spec import MOST_AHEAD

from ....fleet_kit import fleet
from ...cluster.processes import eventually, is_there
from ...cluster.ray_kit import ROOT, Cluster
from .replica_kit import act, block, count

pytestmark = pytest.mark.ray
LONG = 60.0
AHEAD = 2 * MOST_AHEAD + StreamConfig().buffer
"""Chunks that may be between an executor and its reader: on Ray, on the link, in the stream."""


def on_a_node(cluster: Cluster, executor: Any, model_id: str = "far", **ray: Any) -> ModelConfig:
    given = RayConfig(address=cluster.address, num_cpus=0, **ray)
    return ModelConfig(
        id=model_id,
        executor=executor,
        isolation="ray",
        ray=given,
        timeout=LONG,
        retry=RetryConfig(max_retries=0),
        restart=RestartConfig(base_delay=0.01),
    )


def at(executor: Callable[..., Any]) -> Plan:
    """The model that has the name of this executor."""
    return Plan(executor.__name__)


async def ask(runtime: Runtime, payload: object, executor: Callable[..., Any] = act) -> Any:
    result = await runtime.execute(Task(payload, timeout=LONG), plan=at(executor))
    return result.unwrap()


async def replicas(runtime: Runtime) -> set[int]:
    """The processes that share six calls at once."""
    return set(await asyncio.gather(*(ask(runtime, "pid") for _ in range(6))))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop to which the runtime of this module belongs."""
    with asyncio.Runner() as runner:
        yield runner


async def started(runtime: Runtime) -> None:
    """All of its replicas are there, for which the models did not wait for each other."""
    await runtime.astart()
    streamed = Task((1, ""), timeout=LONG)
    await asyncio.gather(
        replicas(runtime), ask(runtime, "pid", block), runtime.execute(streamed, plan=at(count))
    )
    async with asyncio.timeout(LONG):
        while len(await replicas(runtime)) < 2:  # a replica that is not there yet gets no call
            await asyncio.sleep(0.1)


@pytest.fixture(scope="module")
def runtime(runner: asyncio.Runner, cluster: Cluster) -> Iterator[Runtime]:
    """A process of an application: a model for each executor, of which one has two replicas."""
    runtime = fleet(
        on_a_node(cluster, act, "act", replicas=2),
        on_a_node(cluster, block, "block"),
        on_a_node(cluster, count, "count"),
    )
    runner.run(started(runtime))
    yield runtime
    runner.run(runtime.aclose())
    assert "ray" not in sys.modules


def test_answers_and_errors_come_back_and_a_call_that_is_left_is_cancelled_there(
    runner: asyncio.Runner, runtime: Runtime, tmp_path: Path
) -> None:
    async def work() -> None:
        before = await replicas(runtime)
        assert await ask(runtime, "echoed") == "echoed"
        failed = await runtime.execute(Task("error", timeout=LONG), plan=at(act))
        assert [str(attempt.error) for attempt in failed.attempts] == ["a value"]
        waiting = asyncio.create_task(ask(runtime, ("wait", str(tmp_path))))
        await asyncio.to_thread(eventually, (tmp_path / "started").exists)
        waiting.cancel()
        await asyncio.to_thread(eventually, (tmp_path / "cancelled").exists)
        assert await replicas(runtime) == before

    runner.run(work())


def test_calls_are_spread_over_replicas_and_the_death_of_one_costs_one_attempt(
    runner: asyncio.Runner, runtime: Runtime
) -> None:
    async def work() -> None:
        before = await replicas(runtime)
        assert len(before) == 2
        crashes: list[Any] = []
        runtime.subscribe(crashes.append, ChildCrashed)
        died = await runtime.execute(Task("die", timeout=LONG), plan=at(act))
        assert len(died.attempts) == 1
        assert "replica has failed" in str(died.attempts[0].error)
        after = {await ask(runtime, "pid") for _ in range(6)}  # none of them fails
        assert before - after
        await asyncio.to_thread(eventually, lambda: crashes)
        assert [crash.child for crash in crashes] == ["workers:act"]

    runner.run(work())


def test_a_blocking_call_that_is_cancelled_ends_its_replica(
    runner: asyncio.Runner, runtime: Runtime
) -> None:
    async def work() -> None:
        pid = await ask(runtime, "pid", block)
        result = await runtime.execute(Task("block", timeout=0.5), plan=at(block))
        assert not result.success
        await asyncio.to_thread(eventually, lambda: not is_there(pid))

    runner.run(work())


def test_a_stream_arrives_whole(runner: asyncio.Runner, runtime: Runtime) -> None:
    async def work() -> None:
        async with runtime.stream(Task((300, ""), timeout=LONG), plan=at(count)) as stream:
            text = "".join([chunk async for chunk in stream])
        assert text == "".join(f"{number}," for number in range(300))

    runner.run(work())


def test_a_slow_reader_holds_its_executor_back_and_one_that_leaves_ends_it(
    runner: asyncio.Runner, runtime: Runtime, tmp_path: Path
) -> None:
    note = tmp_path / "note"

    async def work() -> None:
        slow = Task((100_000, str(note)), timeout=LONG)
        async with runtime.stream(slow, plan=at(count)) as stream:
            read = [await anext(stream) for _ in range(10)]
            await asyncio.sleep(1.0)  # enough for thousands of chunks
            assert len(read) <= int(note.read_text()) <= len(read) + AHEAD + 2
        await asyncio.to_thread(eventually, note.with_suffix(".over").exists)

    runner.run(work())


def test_a_stream_whose_replica_dies_is_broken_off(
    runner: asyncio.Runner, runtime: Runtime
) -> None:
    async def work() -> None:
        async with runtime.stream(Task((3, "die"), timeout=LONG), plan=at(count)) as stream:
            assert await anext(stream) == "0,"
            with pytest.raises(ResilienceError):
                await anext(stream)

    runner.run(work())


def test_a_replica_lives_where_its_resources_are_and_one_without_room_gets_no_call(
    cluster: Cluster,
) -> None:
    raylet = cluster.ask("node", "special")["raylet"]

    async def work() -> None:
        one = on_a_node(cluster, act, "act", replicas=2, resources={"special": 0.6})
        async with fleet(one) as runtime:
            assert {await ask(runtime, "node") for _ in range(4)} == {raylet}
            assert await asyncio.gather(*(ask(runtime, "node") for _ in range(4))) == [raylet] * 4

    asyncio.run(work())


def test_the_settings_on_the_page_work(cluster: Cluster, tmp_path: Path) -> None:
    page = (ROOT / "docs/ray.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(models:\n.*?isolation: ray.*?)```", page, re.DOTALL)
    settings = tmp_path / "resilience.yml"
    here = text.replace("10.0.0.5:6379", cluster.address).replace("num_gpus: 1", "num_gpus: 0")
    settings.write_text(here, "utf-8")

    async def work() -> None:
        async with Runtime.from_file(settings, executors={"big": act}, environ={}) as runtime:
            assert (await runtime.execute(Task("echoed", timeout=LONG))).unwrap() == "echoed"

    asyncio.run(work())
