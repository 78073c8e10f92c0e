"""The head of the cluster is killed: the application lives, alone, and joins the next head."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

import orjson
import pytest

from hive_resilience.actors.cluster.link import LinkLostError
from hive_resilience.runtime.cluster.place import Place
from hive_resilience.runtime.cluster.process_link import ProcessLink

from .ray_kit import Cluster, a_cluster

pytestmark = pytest.mark.ray
MAKER = "tests.runtime.cluster.counting_owners:make"


async def until_answered(link: ProcessLink) -> int:
    """The process of the owner that answers at last."""
    async with asyncio.timeout(100):
        while True:
            try:
                pid: int = orjson.loads(await link.call("exchange", b"", 0.5))["pid"]
                return pid
            except (LinkLostError, TimeoutError):
                await asyncio.sleep(0.05)


async def until_lost(link: ProcessLink) -> str:
    """The words of the link once it has gone."""
    async with asyncio.timeout(100):
        while True:
            try:
                await link.call("exchange", b"", 0.5)
            except TimeoutError:
                pass
            except LinkLostError as error:
                return str(error)
            await asyncio.sleep(0.05)


async def through(cluster: Cluster) -> None:
    link = ProcessLink(Place(cluster.address, "prod", 1.0, MAKER))
    link.start()
    try:
        first = await until_answered(link)
        await asyncio.to_thread(cluster.ask, "kill-head")
        assert await until_lost(link)
        await asyncio.to_thread(cluster.ask, "head")
        began = time.monotonic()
        assert await until_answered(link) != first
        print(f"joined again {time.monotonic() - began:.2f} s after the new head was up")
    finally:
        await link.close()


def test_an_application_outlives_the_head_and_joins_the_next_one() -> None:
    before = signal.getsignal(signal.SIGTERM)

    with a_cluster() as cluster:
        asyncio.run(through(cluster))

    assert signal.getsignal(signal.SIGTERM) is before
    assert "ray" not in sys.modules
