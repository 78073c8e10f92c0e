"""Executors on the nodes of a real cluster of Ray."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import ModelConfig, RayConfig, RestartConfig, RetryConfig
from hive_resilience.errors import ResilienceError
from hive_resilience.events import ChildCrashed

from ....fleet_kit import fleet
from ...cluster.processes import eventually, is_there
from ...cluster.ray_kit import ROOT, Cluster
from .replica_kit import act, block, break_off, count

pytestmark = pytest.mark.ray
LONG = 60.0
AHEAD = 2 * 64
"""Chunks that may be between an executor and its reader, on both sides of the link's process."""


def on_a_node(cluster: Cluster, executor: Any, **ray: Any) -> ModelConfig:
    given = RayConfig(address=cluster.address, num_cpus=0, **ray)
    return ModelConfig(
        id="far",
        executor=executor,
        isolation="ray",
        ray=given,
        timeout=LONG,
        retry=RetryConfig(max_retries=0),
        restart=RestartConfig(base_delay=0.01),
    )


async def ask(runtime: Runtime, payload: object) -> Any:
    result = await runtime.execute(Task(payload=payload, timeout=LONG))
    return result.unwrap()


def run(work: Coroutine[Any, Any, None]) -> None:
    """A process of an application, as far as Ray goes: it never imports it."""
    asyncio.run(work)
    assert "ray" not in sys.modules


def test_answers_and_errors_come_back_and_a_call_that_is_left_is_cancelled_there(
    cluster: Cluster, tmp_path: Path
) -> None:
    async def work() -> None:
        async with fleet(on_a_node(cluster, act)) as runtime:
            first = await ask(runtime, "pid")
            assert await ask(runtime, "echoed") == "echoed"
            failed = await runtime.execute(Task(payload="error"))
            assert [str(attempt.error) for attempt in failed.attempts] == ["a value"]
            waiting = asyncio.create_task(ask(runtime, ("wait", str(tmp_path))))
            await asyncio.to_thread(eventually, (tmp_path / "started").exists)
            waiting.cancel()
            await asyncio.to_thread(eventually, (tmp_path / "cancelled").exists)
            assert await ask(runtime, "pid") == first

    run(work())


def test_the_death_of_a_replica_costs_one_attempt_and_the_next_call_finds_another(
    cluster: Cluster,
) -> None:
    async def work() -> None:
        async with fleet(on_a_node(cluster, act)) as runtime:
            first = await ask(runtime, "pid")
            crashes: list[Any] = []
            runtime.subscribe(crashes.append, ChildCrashed)
            died = await runtime.execute(Task(payload="die", timeout=LONG))
            assert len(died.attempts) == 1
            assert "replica has failed" in str(died.attempts[0].error)
            assert await ask(runtime, "pid") != first
            await asyncio.to_thread(eventually, lambda: crashes)
            assert [crash.child for crash in crashes] == ["workers:far"]

    run(work())


def test_calls_are_spread_over_replicas_and_leave_out_one_that_has_died(cluster: Cluster) -> None:
    async def work() -> None:
        async with fleet(on_a_node(cluster, act, replicas=2)) as runtime:
            found = await asyncio.gather(*(ask(runtime, "pid") for _ in range(6)))
            assert len(set(found)) == 2
            assert not (await runtime.execute(Task(payload="die", timeout=LONG))).success
            found = [await ask(runtime, "pid") for _ in range(6)]
            assert len(set(found)) == 1

    run(work())


def test_a_replica_lives_where_its_resources_are(cluster: Cluster) -> None:
    raylet = cluster.ask("node", "special")["raylet"]

    async def work() -> None:
        async with fleet(on_a_node(cluster, act, resources={"special": 1})) as runtime:
            assert await ask(runtime, "node") == raylet

    run(work())


def test_a_blocking_call_that_is_cancelled_ends_its_replica(cluster: Cluster) -> None:
    async def work() -> None:
        async with fleet(on_a_node(cluster, block)) as runtime:
            pid = await ask(runtime, "pid")
            result = await runtime.execute(Task(payload="block", timeout=0.5))
            assert not result.success
            await asyncio.to_thread(eventually, lambda: not is_there(pid))

    run(work())


def test_a_stream_arrives_whole(cluster: Cluster) -> None:
    async def work() -> None:
        async with (
            fleet(on_a_node(cluster, count)) as runtime,
            runtime.stream(Task(payload=(300, ""), timeout=LONG)) as stream,
        ):
            text = "".join([chunk async for chunk in stream])
        assert text == "".join(f"{number}," for number in range(300))

    run(work())


def test_a_slow_reader_holds_its_executor_back_and_one_that_leaves_ends_it(
    cluster: Cluster, tmp_path: Path
) -> None:
    note = tmp_path / "note"

    async def work() -> None:
        async with fleet(on_a_node(cluster, count)) as runtime:
            async with runtime.stream(Task(payload=(100_000, str(note)), timeout=LONG)) as stream:
                read = [await anext(stream) for _ in range(10)]
                await asyncio.sleep(1.0)  # enough for thousands of chunks
                assert len(read) <= int(note.read_text()) <= len(read) + AHEAD + 2
            await asyncio.to_thread(eventually, note.with_suffix(".over").exists)

    run(work())


def test_a_stream_whose_replica_dies_is_broken_off(cluster: Cluster) -> None:
    async def work() -> None:
        async with (
            fleet(on_a_node(cluster, break_off)) as runtime,
            runtime.stream(Task(payload="x", timeout=LONG)) as stream,
        ):
            assert await anext(stream) == "the beginning"
            with pytest.raises(ResilienceError):
                await anext(stream)

    run(work())


def test_the_settings_on_the_page_work(cluster: Cluster, tmp_path: Path) -> None:
    page = (ROOT / "docs/ray.md").read_text("utf-8")
    (text,) = re.findall(r"```yaml\n(models:\n.*?isolation: ray.*?)```", page, re.DOTALL)
    settings = tmp_path / "resilience.yml"
    here = text.replace("10.0.0.5:6379", cluster.address).replace("num_gpus: 1", "num_gpus: 0")
    settings.write_text(here, "utf-8")

    async def work() -> None:
        async with Runtime.from_file(settings, executors={"big": act}, environ={}) as runtime:
            assert await ask(runtime, "echoed") == "echoed"

    run(work())
