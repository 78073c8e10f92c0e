"""Takes notifications to their channels. No channel delays another, a task or the runtime's end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from ....actors.alerting.notification import (
    Channel,
    DeliveryRecord,
    DeliveryState,
    Notification,
)
from ....actors.policies.alerting.delivery import DeliveryRules
from ....config.values.log_fields import log_event
from .worker import Heard, Worker, record

log: logging.Logger = logging.getLogger(__name__)


class Delivery:
    """Has a queue and a task for each channel. All of it is used on one loop.

    `heard` is told what becomes of each notification: that it waits, each try that failed, and how
    it ended.
    """

    def __init__(
        self, channels: Iterable[Channel], heard: Heard, *, rules: DeliveryRules | None = None
    ) -> None:
        self._heard = heard
        self._rules = rules or DeliveryRules()
        self._workers = {channel.name: self._worker(channel) for channel in channels}
        self._stopping = False

    async def start(self) -> None:
        """Begin, on the running loop."""
        for worker in self._workers.values():
            worker.start()

    def deliver(self, notification: Notification) -> None:
        """Let a notification go to its channel, as far as it wants it. Never waits or fails."""
        worker = self._workers.get(notification.channel)
        if worker is not None and not self._stopping:
            worker.offer(notification)
            return
        reason = "the runtime ends" if self._stopping else "there is no such channel"
        self._tell(record(notification, DeliveryState.DROPPED, 0, reason))

    def recall(self, notification: Notification) -> None:
        """An earlier process has told it, and it still fires: there is nothing to say.

        For channels that have to tell it again and again, as Alertmanager wants it.
        """
        worker = self._workers.get(notification.channel)
        if worker is not None:
            worker.recall(notification)

    async def adopt(self, channels: Iterable[Channel]) -> None:
        """Go on with these. One that has kept its name keeps its queue; others are given up."""
        wanted = {channel.name: channel for channel in channels}
        for name in [name for name in self._workers if name not in wanted]:
            await self._workers.pop(name).end("its channel was removed")
        for name, channel in wanted.items():
            if name in self._workers:
                await self._workers[name].replace(channel)
            else:
                self._workers[name] = self._worker(channel)
                self._workers[name].start()

    async def stop(self, limit: float) -> None:
        """Send what has not been tried yet and end, in at most `limit` seconds."""
        self._stopping = True
        workers = list(self._workers.values())
        self._workers.clear()
        until = asyncio.get_running_loop().time() + limit
        await asyncio.gather(*(worker.finish(until) for worker in workers))

    def _worker(self, channel: Channel) -> Worker:
        return Worker(channel, self._rules, self._tell)

    def _tell(self, told: DeliveryRecord) -> None:
        try:
            self._heard(told)
        except Exception:
            extra = log_event("listener.failed", of="deliveries")
            log.exception("a record of a delivery was not taken", extra=extra)
