"""Whole runtimes over a real cluster of Ray: verbs, the view of the fleet, and its secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import pytest

from hive_resilience import ModelConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import ClusterConfig, GlobalConfig
from hive_resilience.events import Event
from hive_resilience.runtime.cli.cluster import commands
from hive_resilience.runtime.cli.cluster.commands import Where
from hive_resilience.runtime.cli.serve.told import Told

from .cluster_kit import answer
from .ray_kit import Cluster
from .trips import MODEL, judge, state, took, until

pytestmark = pytest.mark.ray
NAME = "one"
"""The fleet of these tests."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that does other things too takes long for a process that joins."""
    monkeypatch.setattr(commands, "LONGEST_JOIN", 90.0)


async def processes(cluster: Cluster, name: str, count: int) -> AsyncGenerator[list[Runtime]]:
    """Runtimes with a link each, as processes would have them; all have joined."""
    settings = ClusterConfig(address=cluster.address, name=name, join_timeout=60.0)
    config = RuntimeConfig(global_=GlobalConfig(cluster=settings))
    fleet = [Runtime(config, models=[ModelConfig(id=MODEL, executor=answer)]) for _ in range(count)]
    await asyncio.gather(*(runtime.astart() for runtime in fleet))
    try:
        for runtime in fleet:
            assert (found := runtime.snapshot().cluster) is not None
            assert found.joined
        yield fleet
    finally:
        await asyncio.gather(*(runtime.aclose() for runtime in fleet))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop to which the runtimes of this module belong."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def pair(runner: asyncio.Runner, cluster: Cluster) -> Iterator[list[Runtime]]:
    """Two processes of the fleet, for all tests."""
    joining = processes(cluster, NAME, 2)
    yield runner.run(anext(joining))
    runner.run(joining.aclose())


def test_a_trip_reaches_another_process_through_ray(
    runner: asyncio.Runner, pair: list[Runtime]
) -> None:
    one, other = pair
    judge("Ray", runner.run(took(one, other, 50)))


def test_the_command_sees_and_operates_the_fleet_through_a_link_of_its_own(
    runner: asyncio.Runner,
    pair: list[Runtime],
    cluster: Cluster,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where = Where(address=cluster.address, name=NAME)

    async def main() -> None:
        for runtime in pair:
            (await runtime.execute(Task("hello"))).unwrap()
        assert await asyncio.to_thread(lambda: commands.status(where, as_json=True)) == 0
        record = json.loads(capsys.readouterr().out)
        assert (len(record["peers"]), record["models"][MODEL]["successes"]) == (2, 2)
        assert all(peer["joined"] for peer in record["peers"])

        told = Told("a fire", "ann")
        code = await asyncio.to_thread(
            lambda: commands.operate(where, MODEL, "force_open", told, as_json=False)
        )
        assert code == 0
        for runtime in pair:
            await until(runtime, "forced_open")

    runner.run(main())


def test_the_command_makes_no_fleet_where_there_is_none(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    where = Where(address=cluster.address, name="misspelt")

    codes = [commands.status(where, as_json=False) for _ in range(2)]

    assert codes == [2, 2]
    told = capsys.readouterr().err
    assert told.count("no process has joined a fleet of the name 'misspelt'") == 2


def test_the_token_is_in_no_log_event_record_or_repr(
    runner: asyncio.Runner, cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    token, heard = os.environ["RAY_AUTH_TOKEN"], list[Event]()
    caplog.set_level(logging.DEBUG)

    async def main() -> list[str]:
        async with asynccontextmanager(processes)(cluster, NAME, 1) as (runtime,):
            runtime.subscribe(heard.append)
            runtime.model(MODEL).force_open()
            await until(runtime, "forced_open")
            found = await runtime.cluster_snapshot()
            clustering = runtime._fleet.clustering
            assert clustering is not None
            link = clustering.state.link
            pid = getattr(link, "process_id", None)
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
                line = file.read()
            shown = [runtime, runtime.config, clustering.state, link, found, line, state(runtime)]
            records = [found.to_json().decode(), runtime.snapshot().to_json().decode()]
            return [*map(repr, shown), *records]

    told = runner.run(main())

    assert [text for text in (*told, *map(repr, heard), caplog.text) if token in text] == []
    assert heard
