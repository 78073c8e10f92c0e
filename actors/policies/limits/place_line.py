"""The line of tasks for which every model that could serve them is full.

A task stands in it once, whatever number of models could serve it, and goes to the model that has
a free place first. States of an entry: waiting -> taken, withdrawn, or dropped (shed or expired).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import Generic, NamedTuple

from .priority_queue import Owner, PriorityQueue, QueueEntry


class Servers(NamedTuple):
    """The models that may serve a task: `ids`, or with None all models but those in `excluded`.

    A `patient` task waits for models that cannot serve yet, too, and stands in a line of its own.
    """

    ids: frozenset[str] | None
    excluded: frozenset[str] = frozenset()
    patient: bool = False

    @classmethod
    def of(
        cls, ids: Iterable[str] | None, tried: Iterable[str], *, patient: bool = False
    ) -> Servers:
        """Those of a plan (None: of the whole fleet) that have not been tried."""
        if ids is None:
            return cls(None, frozenset(tried), patient)
        return cls(frozenset(ids).difference(tried), patient=patient)

    def include(self, model_id: str) -> bool:
        """Whether this model may serve the task."""
        return model_id not in self.excluded if self.ids is None else model_id in self.ids


class PlaceLine(Generic[Owner]):
    """Tasks by priority then age, each with the models that may serve it.

    >>> line = PlaceLine[str]()
    >>> entry = line.join("task", Servers.of(["a", "b"], tried=["a"]), 10, 0, 0.0, None)
    >>> line.take("a", now=1.0) is None, line.take("b", now=1.0) is entry
    (True, True)
    """

    __slots__ = ("_by_model", "_fleet_wide", "_lines", "_numbers", "_servers", "dropped", "length")

    def __init__(self) -> None:
        self._lines: dict[Servers, PriorityQueue[Owner]] = {}
        self._by_model: dict[str, dict[Servers, None]] = {}
        self._fleet_wide: dict[Servers, None] = {}
        self._servers: dict[QueueEntry[Owner], Servers] = {}
        self._numbers = count(1)
        self.dropped: list[QueueEntry[Owner]] = []
        """Entries that are never served, shed or expired."""
        self.length: int = 0

    def join(
        self,
        owner: Owner,
        servers: Servers,
        bound: int,
        priority: int,
        now: float,
        deadline: float | None,
    ) -> QueueEntry[Owner] | None:
        """Wait for a place; None: refused, as `bound` tasks wait for these models.

        In a full line an expired entry makes room first, then the newest of the lowest priority if
        the newcomer's is higher; see `drain_dropped`.
        """
        if (deadline is not None and deadline <= now) or bound <= 0:
            return None
        line = self._lines.get(servers)
        if line is not None and not self._has_room(line, bound, priority, now):
            return None
        # The line closes where the last entry has made room.
        line = self._lines.get(servers) or self._open(servers)
        entry = line.add(owner, priority, deadline)
        self._servers[entry] = servers
        self.length += 1
        return entry

    def servers_of(self, entry: QueueEntry[Owner]) -> Servers | None:
        """The models that may serve a waiting entry; None: it does not wait any more."""
        return self._servers.get(entry)

    def ahead(self, servers: Servers, priority: int) -> int:
        """The tasks that wait for the same models and are served before a newcomer."""
        line = self._lines.get(servers)
        return 0 if line is None else line.count_from(priority)

    def wants(self, model_id: str) -> bool:
        """Whether a waiting task could go to this model."""
        return any(True for _ in self._lines_for(model_id))

    def waiting_for(self, model_id: str) -> int:
        """The tasks that could go to this model."""
        return sum(self._lines[servers].length for servers in self._lines_for(model_id))

    def take(self, model_id: str, now: float) -> QueueEntry[Owner] | None:
        """The entry that goes to a free place of this model; None: no task wants it."""
        self.expire(now)
        best: tuple[int, int, Servers] | None = None
        for servers in self._lines_for(model_id):
            first = self._lines[servers].first()
            rank = (-first.priority, first.number, servers)
            if best is None or rank[:2] < best[:2]:
                best = rank
        if best is None:
            return None
        entry = self._lines[best[2]].pop_first()
        self._left(entry)
        return entry

    def withdraw(self, entry: QueueEntry[Owner]) -> bool:
        """Stop waiting; False: it does not wait any more."""
        servers = self._servers.get(entry)
        if servers is None:
            return False
        self._lines[servers].discard(entry)
        self._left(entry)
        return True

    def expire(self, now: float) -> None:
        """Drop all entries whose deadline is reached."""
        for line in list(self._lines.values()):
            self._expire(line, now)

    def next_deadline(self) -> float | None:
        """The point in time at which the first entry expires; None: none does."""
        deadlines = [line.next_deadline() for line in self._lines.values()]
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def entries(self) -> tuple[QueueEntry[Owner], ...]:
        """All that wait, the oldest first."""
        return tuple(self._servers)

    def drain_dropped(self) -> list[QueueEntry[Owner]]:
        """Entries that are never served, each reported once."""
        dropped, self.dropped = self.dropped, []
        return dropped

    def _lines_for(self, model_id: str) -> Iterator[Servers]:
        yield from self._by_model.get(model_id, ())
        for servers in self._fleet_wide:
            if servers.include(model_id):
                yield servers

    def _has_room(self, line: PriorityQueue[Owner], bound: int, priority: int, now: float) -> bool:
        if line.length < bound:
            return True
        self._expire(line, now)
        if line.length < bound:
            return True
        if line.lowest_priority() >= priority:
            return False
        self._drop(line.pop_last())
        return True

    def _expire(self, line: PriorityQueue[Owner], now: float) -> None:
        while (entry := line.pop_expired(now)) is not None:
            self._drop(entry)

    def _drop(self, entry: QueueEntry[Owner]) -> None:
        self._left(entry)
        self.dropped.append(entry)

    def _open(self, servers: Servers) -> PriorityQueue[Owner]:
        line = self._lines[servers] = PriorityQueue(self._numbers)
        if servers.ids is None:
            self._fleet_wide[servers] = None
        else:
            for model_id in servers.ids:
                self._by_model.setdefault(model_id, {})[servers] = None
        return line

    def _left(self, entry: QueueEntry[Owner]) -> None:
        """The entry is out of its line already; close a line that is empty now."""
        servers = self._servers.pop(entry)
        self.length -= 1
        if self._lines[servers].length:
            return
        del self._lines[servers]
        self._fleet_wide.pop(servers, None)
        for model_id in servers.ids or ():
            lines = self._by_model[model_id]
            del lines[servers]
            if not lines:
                del self._by_model[model_id]
