"""One channel's queue, and the task that empties it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from math import inf
from typing import Any

from ....actors.alerting.notification import (
    Channel,
    DeliveryError,
    DeliveryRecord,
    DeliveryState,
    Notification,
)
from ....actors.calls.bounded_call import BoundedCall, LimitReached
from ....actors.policies.alerting.delivery import Backlog, DeliveryRules, Parcel
from ....config.values.log_fields import log_event
from .base import as_configured
from .digest import as_one

log: logging.Logger = logging.getLogger(__name__)

Heard = Callable[[DeliveryRecord], None]
"""Is told what becomes of a notification; on the loop."""

_CLOSE = 1.0
"""Seconds for a channel to release its connections."""
_GRACE = 0.5
"""Seconds for a call whose time is up; then it is left behind."""
_SHARE = 0.8
"""Of the time for the end: for messages. What remains is for closing connections."""
ENDED_FIRST = "the runtime ended first"


def record(
    notification: Notification, state: DeliveryState, tries: int, reason: str | None = None
) -> DeliveryRecord:
    """What is known of a notification at this moment."""
    return DeliveryRecord(
        notification_id=notification.id,
        channel=notification.channel,
        kind=notification.kind,
        group=notification.group,
        fingerprints=(*(one.fingerprint for one in notification.alerts), *notification.others),
        state=state,
        tries=tries,
        at=datetime.now(UTC),
        reason=reason,
    )


class Worker:
    """Delivers the notifications of one channel, one after the other."""

    def __init__(self, channel: Channel, rules: DeliveryRules, heard: Heard) -> None:
        self._channel = channel
        self._rules = rules
        self._heard = heard
        self._backlog = Backlog[Notification](rules)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    def offer(self, notification: Notification) -> None:
        """Let a notification wait for its turn, or drop it; what is not wanted is passed over."""
        wanted = self._wanted(notification)
        if wanted is None:
            return
        if self._backlog.add(wanted, wanted.group):
            self._heard(record(wanted, DeliveryState.QUEUED, 0))
            self._news.set()
            return
        reason = f"{self._rules.most_queued} wait already"
        self._heard(record(wanted, DeliveryState.DROPPED, 0, reason))

    def recall(self, notification: Notification) -> None:
        """It has been told by an earlier process."""
        configured, wanted = as_configured(self._channel), self._wanted(notification)
        if wanted is not None and configured is not None:
            configured.recall(wanted)

    def _wanted(self, notification: Notification) -> Notification | None:
        configured = as_configured(self._channel)
        return notification if configured is None else configured.wanted(notification)

    async def replace(self, channel: Channel) -> None:
        """Go on with the same queue and other settings."""
        if channel == self._channel:
            return
        before, self._channel = self._channel, channel
        await self._bounded(before.close(), _CLOSE)

    async def end(self, reason: str) -> None:
        """Stop at once; what waits has failed."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._give_up(self._backlog.give_up(), reason)
        await self._bounded(self._channel.close(), _CLOSE)

    async def finish(self, until: float) -> None:
        """Send what has not been tried yet, and end; `until` is on the loop's clock."""
        self._ending = True
        self._give_up(self._backlog.hurry(), ENDED_FIRST)
        self._news.set()
        clock = asyncio.get_running_loop().time
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_SHARE * max(0.0, until - clock()))
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=max(0.0, until - clock()) / 2)
        self._give_up(self._backlog.give_up(), ENDED_FIRST)
        await self._bounded(self._channel.close(), max(0.0, until - clock()) / 2)

    async def _work(self) -> None:
        clock = asyncio.get_running_loop().time
        while len(self._backlog) or not self._ending:
            self._news.clear()
            parcel = self._backlog.take(clock())
            if parcel is None:
                await self._wait(self._backlog.next_at - clock())
            else:
                await self._try(parcel)

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == inf else seconds):
                await self._news.wait()

    async def _try(self, parcel: Parcel[Notification]) -> None:
        failure = await self._bounded(self._send(parcel.items), self._rules.limit)
        tries = parcel.tries + 1
        if failure is None:
            self._backlog.delivered(parcel)
            self._tell(parcel, DeliveryState.DELIVERED, tries)
            return
        again = self._backlog.failed(
            parcel,
            asyncio.get_running_loop().time(),
            retry_after=failure.retry_after,
            permanent=failure.permanent,
        )
        state = DeliveryState.QUEUED if again else DeliveryState.FAILED
        if not again:
            name = self._channel.name
            told = log_event("channel.given_up", channel=name, reason=failure.reason)
            log.warning("channel %s: %s, given up", name, failure.reason, extra=told)
        self._tell(parcel, state, tries, failure.reason)

    async def _send(self, notifications: tuple[Notification, ...]) -> None:
        await self._channel.send(as_one(notifications))

    async def _bounded(self, call: Coroutine[Any, Any, None], limit: float) -> DeliveryError | None:
        """Why it failed; None: it did not. No error of a channel goes further, nor its words."""
        until = asyncio.get_running_loop().time() + limit
        try:
            await BoundedCall(call, until, min(_GRACE, limit))
        except DeliveryError as error:
            return error
        except LimitReached:
            return DeliveryError(f"not done after {limit:g} s")
        except Exception as error:
            return DeliveryError(f"failed with {type(error).__name__}")
        return None

    def _give_up(self, parcels: tuple[Parcel[Notification], ...], reason: str) -> None:
        for parcel in parcels:
            self._tell(parcel, DeliveryState.FAILED, parcel.tries, reason)

    def _tell(
        self,
        parcel: Parcel[Notification],
        state: DeliveryState,
        tries: int,
        reason: str | None = None,
    ) -> None:
        for notification in parcel.items:
            self._heard(record(notification, state, tries, reason))
