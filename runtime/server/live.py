"""What viewers see of the fleet, for programs that come with a key: `/admin/live`."""

from __future__ import annotations

import orjson

from ..observability.live.feed import Feed
from ..observability.live.live_feed import LiveFeed
from ..observability.live.task_log import TaskLog
from ..offering import alert_records, bus_of, offer, offered_feed
from ..runtime import Runtime
from .fleet_feed import FleetFeed
from .request import Request
from .siblings.siblings import Siblings


class Live:
    """Tells what `feed` tells; without one it keeps rings of its own from the first request on.

    With `siblings` a feed of its own is that of all workers.
    """

    def __init__(
        self, runtime: Runtime, feed: Feed | None, siblings: Siblings | None = None
    ) -> None:
        self._runtime = runtime
        self._own: LiveFeed | None = None
        if feed is None and siblings is not None:
            feed = whole = FleetFeed(runtime, self._local, siblings)
            offer(runtime, whole)
        self._feed = feed

    async def answer(self, request: Request) -> bytes:
        """The look at this moment, with the events since `last-event-id`."""
        feed = self._feed or self._local()
        await feed.refresh()
        return orjson.dumps(feed.look(feed.after(request.header(b"last-event-id"))), default=str)

    def close(self) -> None:
        """Keep nothing more."""
        if self._own is not None:
            self._own.close()

    def _local(self) -> LiveFeed:
        return offered_feed(self._runtime) or self._begun()

    def _begun(self) -> LiveFeed:
        runtime = self._runtime
        if self._own is None:
            self._own = LiveFeed(
                runtime.snapshot,
                bus_of(runtime),
                TaskLog(),
                alerts=lambda: alert_records(runtime),
            )
            self._own.start()
        return self._own
