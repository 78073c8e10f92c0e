"""How many calls a model has in flight, and which calls wait for a place.

States of a call: refused, or waiting -> in flight -> left; a waiting one may also be withdrawn or
dropped (shed or expired). No call waits while a place is free, which makes entering a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from ....config.base import given_or_default
from ....config.settings.bulkhead import BulkheadConfig
from .priority_queue import Owner, PriorityQueue, QueueEntry


@dataclass(frozen=True, slots=True)
class BulkheadSnapshot:
    """Places and waiters now; `refused`, `shed` and `expired` count since the start.

    `limit` is the limit that holds now. It is below `configured` where it adapts, or the fleet has
    lowered it.
    """

    limit: int
    max_queue: int
    in_flight: int
    waiting: int
    refused: int
    shed: int
    expired: int
    configured: int


class Bulkhead(Generic[Owner]):
    """Places for calls in flight, and a bounded line before them.

    >>> bulkhead = Bulkhead[str](BulkheadConfig(max_concurrent=1, max_queue=1))
    >>> bulkhead.try_enter(), bulkhead.try_enter()
    (True, False)
    >>> ticket = bulkhead.enqueue("second", priority=0, now=0.0, deadline=None)
    >>> bulkhead.leave(now=1.0) is ticket  # the place is the second's now
    True
    """

    __slots__ = (
        *("_line", "_max_queue", "configured", "dropped", "expired", "in_flight"),
        *("limit", "refused", "shed"),
    )

    def __init__(self, config: BulkheadConfig | None = None) -> None:
        config = given_or_default(config, BulkheadConfig)
        self.limit = self.configured = config.max_concurrent
        self._max_queue = config.max_queue
        self._line: PriorityQueue[Owner] = PriorityQueue()
        self.dropped: list[QueueEntry[Owner]] = []
        self.in_flight = 0
        self.refused = 0
        self.shed = 0
        self.expired = 0

    @property
    def waiting(self) -> int:
        """Tickets in the line."""
        return self._line.length

    @property
    def next_deadline(self) -> float | None:
        """When the first of the waiting expires; None: none does."""
        return self._line.next_deadline()

    def try_enter(self) -> bool:
        """Take a place if one is free."""
        if self.in_flight >= self.limit:
            return False
        self.in_flight += 1
        return True

    def enqueue(
        self, owner: Owner, priority: int, now: float, deadline: float | None
    ) -> QueueEntry[Owner] | None:
        """Wait for a place; None: refused. A higher `priority` is served first.

        In a full line what has expired makes room first, then the newest of the lowest priority if
        the newcomer's is higher. `drain_dropped()` has the tickets that had to go.
        """
        if self.in_flight < self.limit:
            raise RuntimeError("a place is free: enter instead of waiting")
        # A newcomer that is too late already makes no other ticket go.
        if (deadline is not None and deadline <= now) or not self._has_room(priority, now):
            self.refused += 1
            return None
        return self._line.add(owner, priority, deadline)

    def leave(self, now: float) -> QueueEntry[Owner] | None:
        """Give a place back; the ticket that has it now, None where no ticket waits."""
        if self.in_flight <= 0:
            raise RuntimeError("no call is in flight: each call leaves once")
        self.in_flight -= 1
        return self._admit_next(now) if self._line.length else None

    def withdraw(self, ticket: QueueEntry[Owner]) -> bool:
        """Stop waiting. False: it does not wait any more, and may have to `leave` instead."""
        return self._line.discard(ticket)

    def expire(self, now: float) -> None:
        """Drop all whose deadline is reached."""
        while (ticket := self._line.pop_expired(now)) is not None:
            self.expired += 1
            self.dropped.append(ticket)

    def drain_dropped(self) -> list[QueueEntry[Owner]]:
        """Tickets that will never be served, expired or shed, each reported once."""
        dropped, self.dropped = self.dropped, []
        return dropped

    def resize(self, config: BulkheadConfig, now: float) -> list[QueueEntry[Owner]]:
        """Change the limits; the tickets that have a place now. Calls in flight stay."""
        self.limit = self.configured = config.max_concurrent
        self._max_queue = config.max_queue
        served: list[QueueEntry[Owner]] = []
        while (ticket := self._admit_next(now)) is not None:
            served.append(ticket)
        while self._line.length > self._max_queue:
            self._shed_last()
        return served

    def clear(self) -> list[QueueEntry[Owner]]:
        """Send all the waiting away: the model stops. Counted as shed."""
        while self._line.length:
            self._shed_last()
        return self.drain_dropped()

    def snapshot(self) -> BulkheadSnapshot:
        return BulkheadSnapshot(
            limit=self.limit,
            max_queue=self._max_queue,
            in_flight=self.in_flight,
            waiting=self._line.length,
            refused=self.refused,
            shed=self.shed,
            expired=self.expired,
            configured=self.configured,
        )

    def _has_room(self, priority: int, now: float) -> bool:
        if self._line.length < self._max_queue:
            return True
        self.expire(now)
        if self._line.length < self._max_queue:
            return True
        if not self._line.length or self._line.lowest_priority() >= priority:
            return False
        self._shed_last()
        return True

    def _admit_next(self, now: float) -> QueueEntry[Owner] | None:
        self.expire(now)
        if not self._line.length or self.in_flight >= self.limit:
            return None
        self.in_flight += 1
        return self._line.pop_first()

    def _shed_last(self) -> None:
        self.shed += 1
        self.dropped.append(self._line.pop_last())
