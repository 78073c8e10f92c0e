"""What viewers of a process in a cluster are told of it."""

from __future__ import annotations

import asyncio

from hive_resilience.runtime.observability.live.live_feed import LiveFeed
from hive_resilience.runtime.observability.live.task_log import TaskLog
from hive_resilience.runtime.offering import bus_of
from hive_resilience.testing import run_virtual

from .cluster_kit import MODEL, Simulated, processes


def test_viewers_see_whether_a_process_is_joined_and_what_happens_to_its_cluster() -> None:
    async def main() -> None:
        simulated = Simulated()
        async with processes(simulated, "a", "b") as (a, _):
            feed = LiveFeed(a.snapshot, bus_of(a), TaskLog())
            feed.start()
            await asyncio.sleep(1.5)
            joined = feed.look()["cluster"]
            feed.change()
            simulated.network.cut("a")
            await asyncio.sleep(5.0)
            change = feed.change()
            alone = feed.look()["cluster"]
            told = [event["text"] for event in feed.look()["events"]]
            feed.close()

            assert (joined["joined"], joined["peers"], joined["epoch"]) == (True, 2, 1)
            assert (alone["joined"], bool(alone["error"])) == (False, True)
            assert change is not None
            assert change["cluster"] == alone
            assert any("Lost its cluster and goes on alone" in text for text in told)
            assert MODEL in change["order"]

    run_virtual(main())
