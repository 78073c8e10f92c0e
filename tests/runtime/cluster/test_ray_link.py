"""The link over a real cluster of Ray: owners die, hang and lose their head; the peer goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson
import pytest

from hive_resilience.actors.cluster.link import LinkLostError
from hive_resilience.runtime.cluster.place import Place
from hive_resilience.runtime.cluster.process_link import ProcessLink

from .processes import is_there
from .ray_kit import Cluster

pytestmark = pytest.mark.ray
MAKER = "tests.runtime.cluster.counting_owners:make"
EXCHANGE = 0.5
"""Seconds that a peer waits for an answer."""


@asynccontextmanager
async def a_link(cluster: Cluster, name: str) -> AsyncGenerator[ProcessLink, None]:
    link = ProcessLink(Place(cluster.address, name, 1.0, MAKER))
    link.start()
    try:
        yield link
    finally:
        await link.close()


async def answer(link: ProcessLink, limit: float = 90.0, other_than: int = 0) -> dict[str, int]:
    """The first answer, of another process than this one; what is lost meanwhile is asked again."""
    async with asyncio.timeout(limit):
        while True:
            try:
                found: dict[str, int] = orjson.loads(await link.call("exchange", b"", EXCHANGE))
            except (LinkLostError, TimeoutError):
                await asyncio.sleep(0.02)
                continue
            if found["pid"] != other_than:
                return found


async def owners_of_two(cluster: Cluster, first: str, second: str) -> tuple[int, int]:
    async with a_link(cluster, first) as one, a_link(cluster, second) as other:
        return (await answer(one))["pid"], (await answer(other))["pid"]


def test_peers_of_one_name_share_an_owner_and_others_do_not(cluster: Cluster) -> None:
    first, second = asyncio.run(owners_of_two(cluster, "asked", "asked"))
    _, other = asyncio.run(owners_of_two(cluster, "asked", "another"))

    assert first == second
    assert first != other


async def kill_owner(cluster: Cluster, name: str, number: int) -> float:
    """Seconds until another owner answers."""
    async with a_link(cluster, name) as link:
        first = await answer(link)
        began = time.monotonic()
        os.kill(first["pid"], number)
        second = await answer(link, other_than=first["pid"])
        assert (first["learns"], second["learns"]) == (False, True)
        assert not is_there(first["pid"])
        return time.monotonic() - began


def test_an_owner_that_is_killed_comes_back(cluster: Cluster) -> None:
    took = asyncio.run(kill_owner(cluster, "killed", signal.SIGKILL))
    print(f"owner back after SIGKILL: {took:.2f} s")


def test_an_owner_that_is_stopped_is_killed_by_its_watchdog_and_comes_back(
    cluster: Cluster,
) -> None:
    took = asyncio.run(kill_owner(cluster, "stopped", signal.SIGSTOP))
    print(f"owner back after SIGSTOP: {took:.2f} s")


def test_an_owner_whose_loop_stands_is_killed_by_its_watchdog(cluster: Cluster) -> None:
    async def work() -> None:
        async with a_link(cluster, "standing") as link:
            first = await answer(link)
            with pytest.raises((LinkLostError, TimeoutError)):
                await link.call("operate", b"", EXCHANGE)
            await answer(link, other_than=first["pid"])

    asyncio.run(work())


def test_what_the_owners_raise_is_told_and_does_not_end_them(cluster: Cluster) -> None:
    async def work() -> tuple[dict[str, int], dict[str, int]]:
        async with a_link(cluster, "raising") as link:
            before = await answer(link)
            with pytest.raises(LinkLostError, match="this message is not understood"):
                await link.call("leave", b"", 30.0)
            return before, await answer(link)

    before, after = asyncio.run(work())
    assert after["pid"] == before["pid"]


def test_an_owner_hears_that_its_node_is_alive(cluster: Cluster) -> None:
    async def work() -> None:
        async with a_link(cluster, "reaching") as link:
            while (await answer(link))["reached"] < 3:
                await asyncio.sleep(0.05)

    asyncio.run(work())
