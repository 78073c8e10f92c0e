"""A fleet and the feed of what viewers see of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from hive_resilience import Runtime
from hive_resilience.runtime.observability.live.live_feed import LiveFeed
from hive_resilience.runtime.observability.live.task_log import TaskLog
from hive_resilience.runtime.offering import bus_of


class Watched(NamedTuple):
    """Both."""

    runtime: Runtime
    feed: LiveFeed

    def model(self, model_id: str) -> dict[str, Any]:
        """What a viewer sees of one model now."""
        return dict(self.feed.state()["models"][model_id])

    @property
    def verdict(self) -> dict[str, Any]:
        """The banner now."""
        return dict(self.feed.state()["verdict"])


@asynccontextmanager
async def watched(runtime: Runtime) -> AsyncGenerator[Watched]:
    """The runtime runs and is looked at."""
    async with runtime:
        feed = LiveFeed(runtime.snapshot, bus_of(runtime), TaskLog())
        feed.start()
        try:
            yield Watched(runtime, feed)
        finally:
            feed.close()
