"""A line of waiting calls: served by priority then age, shed from its other end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Owner = TypeVar("Owner")


class QueueEntry(Generic[Owner]):
    """One waiting call. `owner` hears of its turn, `deadline` is a point or None."""

    __slots__ = ("deadline", "number", "owner", "priority")

    def __init__(self, owner: Owner, priority: int, deadline: float | None, number: int) -> None:
        self.owner: Owner = owner
        self.priority: int = priority
        self.deadline: float | None = deadline
        self.number: int = number


class PriorityQueue(Generic[Owner]):
    """Tickets in one lane a priority, oldest first; every step costs O(log n) at most.

    Queues that share `numbers` can tell which of their tickets is older.

    Deadlines are in a heap beside the lanes. A ticket that leaves in another way stays there as a
    husk until it comes up or until husks are the majority.
    """

    __slots__ = ("_deadlines", "_lanes", "_numbers", "length")

    def __init__(self, numbers: Iterator[int] | None = None) -> None:
        self._lanes: dict[int, OrderedDict[int, QueueEntry[Owner]]] = {}
        self._deadlines: list[tuple[float, int, QueueEntry[Owner]]] = []
        self._numbers = count(1) if numbers is None else numbers
        self.length: int = 0

    def __contains__(self, ticket: QueueEntry[Owner]) -> bool:
        lane = self._lanes.get(ticket.priority)
        return lane is not None and lane.get(ticket.number) is ticket

    def add(self, owner: Owner, priority: int, deadline: float | None) -> QueueEntry[Owner]:
        """Stand at the end of the lane."""
        ticket = QueueEntry(owner, priority, deadline, next(self._numbers))
        self._lanes.setdefault(priority, OrderedDict())[ticket.number] = ticket
        self.length += 1
        if deadline is not None:
            heappush(self._deadlines, (deadline, ticket.number, ticket))
        return ticket

    def first(self) -> QueueEntry[Owner]:
        """The oldest of the highest priority, which stays in the line."""
        return next(iter(self._lanes[max(self._lanes)].values()))

    def count_from(self, priority: int) -> int:
        """The tickets of this priority and above."""
        return sum(len(lane) for rank, lane in self._lanes.items() if rank >= priority)

    def pop_first(self) -> QueueEntry[Owner]:
        """Take the oldest of the highest priority."""
        return self._pop(max(self._lanes), last=False)

    def pop_last(self) -> QueueEntry[Owner]:
        """Take the newest of the lowest priority."""
        return self._pop(min(self._lanes), last=True)

    def pop_expired(self, now: float) -> QueueEntry[Owner] | None:
        """Take one whose deadline is reached, the earliest first."""
        while self._deadlines and self._deadlines[0][0] <= now:
            ticket = heappop(self._deadlines)[2]
            if self.discard(ticket):
                return ticket
        return None

    def lowest_priority(self) -> int:
        """The priority that `pop_last` would take."""
        return min(self._lanes)

    def next_deadline(self) -> float | None:
        """The earliest deadline in the line."""
        while self._deadlines and self._deadlines[0][2] not in self:
            heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def discard(self, ticket: QueueEntry[Owner]) -> bool:
        """Leave the line; whether the ticket was in it."""
        if ticket not in self:
            return False
        self._lanes[ticket.priority].pop(ticket.number)
        self._left(ticket.priority)
        return True

    def _pop(self, priority: int, *, last: bool) -> QueueEntry[Owner]:
        ticket = self._lanes[priority].popitem(last=last)[1]
        self._left(priority)
        return ticket

    def _left(self, priority: int) -> None:
        self.length -= 1
        if not self._lanes[priority]:
            del self._lanes[priority]
        if len(self._deadlines) > 2 * self.length + 64:
            self._deadlines = [entry for entry in self._deadlines if entry[2] in self]
            heapify(self._deadlines)
