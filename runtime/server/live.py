"""What viewers see of the fleet, for programs that come with a key: `/admin/live`."""

from __future__ import annotations

import orjson

from ..observability.live.live_feed import LiveFeed
from ..observability.live.task_log import TaskLog
from ..offering import alert_records, bus_of, offered_feed
from ..runtime import Runtime
from .request import Request


class Live:
    """Tells what `feed` tells; without one it keeps rings of its own from the first request on."""

    def __init__(self, runtime: Runtime, feed: LiveFeed | None) -> None:
        self._runtime = runtime
        self._feed = feed or offered_feed(runtime)
        self._own: LiveFeed | None = None

    def answer(self, request: Request) -> bytes:
        """The look at this moment, with the events since `last-event-id`."""
        feed = self._feed or self._begun()
        return orjson.dumps(feed.look(feed.after(request.header(b"last-event-id"))), default=str)

    def close(self) -> None:
        """Keep nothing more."""
        if self._own is not None:
            self._own.close()

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
