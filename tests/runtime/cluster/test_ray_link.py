"""The link over a real cluster of Ray: owners die, hang and lose their head; the peer goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
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
NAME = "asked"
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


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """The loop to which the links of this module belong."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def link(runner: asyncio.Runner, cluster: Cluster) -> Iterator[ProcessLink]:
    """One for all tests, and so one owner, until a test kills it."""
    opening = a_link(cluster, NAME)
    yield runner.run(opening.__aenter__())
    runner.run(opening.__aexit__(None, None, None))


def test_peers_of_one_name_share_an_owner_and_others_do_not(
    runner: asyncio.Runner, link: ProcessLink, cluster: Cluster
) -> None:
    async def work() -> list[int]:
        async with a_link(cluster, NAME) as same, a_link(cluster, "another") as other:
            return [(await answer(each))["pid"] for each in (link, same, other)]

    one, same, other = runner.run(work())
    assert one == same != other


def test_an_owner_hears_that_its_node_is_alive(runner: asyncio.Runner, link: ProcessLink) -> None:
    async def work() -> None:
        while (await answer(link))["reached"] < 3:
            await asyncio.sleep(0.05)

    runner.run(work())


def test_what_the_owners_raise_is_told_and_does_not_end_them(
    runner: asyncio.Runner, link: ProcessLink
) -> None:
    async def work() -> None:
        before = await answer(link)
        with pytest.raises(LinkLostError, match="this message is not understood"):
            await link.call("leave", b"", 30.0)
        assert (await answer(link))["pid"] == before["pid"]

    runner.run(work())


def test_an_owner_whose_loop_stands_is_killed_by_its_watchdog_and_the_next_one_learns(
    runner: asyncio.Runner, link: ProcessLink
) -> None:
    async def work() -> None:
        first = await answer(link)
        with pytest.raises((LinkLostError, TimeoutError)):
            await link.call("operate", b"", EXCHANGE)
        second = await answer(link, other_than=first["pid"])
        assert (first["learns"], second["learns"]) == (False, True)
        assert not is_there(first["pid"])

    runner.run(work())
