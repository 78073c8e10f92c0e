"""Executors on the nodes of a real cluster of Ray."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, Task
from hive_resilience.config import ModelConfig, RayConfig, RestartConfig, RetryConfig
from hive_resilience.events import ChildCrashed

from ....fleet_kit import fleet
from ...cluster.ray_kit import Cluster, a_cluster, eventually, is_there
from .replica_kit import act, block, count

pytestmark = pytest.mark.ray
LONG = 100.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with a_cluster() as cluster:
        yield cluster


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


def test_calls_streams_errors_and_deaths_of_a_replica(cluster: Cluster, tmp_path: Path) -> None:
    cancelled = tmp_path / "cancelled"

    async def work() -> None:
        async with fleet(on_a_node(cluster, act)) as runtime:
            first = await ask(runtime, "pid")
            assert await ask(runtime, "echoed") == "echoed"
            failed = await runtime.execute(Task(payload="error"))
            assert [str(attempt.error) for attempt in failed.attempts] == ["a value"]
            waiting = asyncio.create_task(ask(runtime, ("wait", str(cancelled))))
            await asyncio.sleep(1.0)
            waiting.cancel()
            await asyncio.to_thread(eventually, cancelled.exists)
            assert await ask(runtime, "pid") == first
            crashes: list[Any] = []
            runtime.subscribe(crashes.append, ChildCrashed)
            died = await runtime.execute(Task(payload="die"))
            await asyncio.to_thread(eventually, lambda: crashes)
            assert len(died.attempts) == 1
            assert "replica has failed" in str(died.attempts[0].error)
            assert [crash.child for crash in crashes] == ["workers:far"]

    asyncio.run(work())


def test_a_blocking_call_that_is_cancelled_ends_its_replica(cluster: Cluster) -> None:
    async def work() -> int:
        async with fleet(on_a_node(cluster, block)) as runtime:
            pid: int = await ask(runtime, "pid")
            result = await runtime.execute(Task(payload="block", timeout=1.0))
            assert not result.success
            await asyncio.to_thread(eventually, lambda: not is_there(pid))
            return pid

    asyncio.run(work())


def test_a_stream_arrives_chunk_by_chunk_and_its_end_leaves_no_replica(cluster: Cluster) -> None:
    async def work() -> str:
        async with (
            fleet(on_a_node(cluster, count)) as runtime,
            runtime.stream(Task(payload=200, timeout=LONG)) as stream,
        ):
            return "".join([chunk async for chunk in stream])

    assert asyncio.run(work()) == "".join(f"{number}," for number in range(200))
