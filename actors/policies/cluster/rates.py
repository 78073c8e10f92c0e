"""Requests and tokens a minute for a whole fleet: they leave the owner's book at the grant.

In any minute the peers use at most what was granted in it and what they held at its beginning. The
first is at most the limit, the second at most as much as the limit allows in the time of a share:
with shares of 3 s that is 5 % over. (A limit below 20 a minute still lends one whole request.)
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from math import ceil, floor

from .fairness import fair_shares
from .records import Need

MINUTE = 60
CELL = 0.125
"""Seconds whose uses are forgotten together, once the last of them is a minute old."""


class LastMinute:
    """What was used in the last minute, in cells of an eighth of a second: never less than it was.

    >>> used = LastMinute()
    >>> used.add(5.0, now=0.5)
    >>> used.total(now=60.5), used.total(now=60.7)
    (5.0, 0.0)
    """

    __slots__ = ("_cells", "_total")

    def __init__(self) -> None:
        self._cells: deque[list[float]] = deque()
        self._total = 0.0

    def add(self, amount: float, now: float) -> None:
        """So much more is used."""
        cell = floor(now / CELL) * CELL
        if self._cells and self._cells[-1][0] >= cell:
            self._cells[-1][1] += amount
        else:
            self._cells.append([cell, amount])
        self._total += amount

    def give_back(self, amount: float) -> None:
        """So much was not used after all; the oldest goes first, so that the rest holds longer."""
        for cell in self._cells:
            part = min(amount, cell[1])
            cell[1] -= part
            amount -= part
            self._total -= part

    def total(self, now: float) -> float:
        """What was used in the last minute."""
        while self._cells and now >= self._cells[0][0] + MINUTE + CELL:
            self._total -= self._cells.popleft()[1]
        if not self._cells:
            self._total = 0.0  # no rest of rounding stays
        return self._total

    def since(self, point: float) -> float:
        """What was used since then, in whole cells."""
        recent = takewhile(lambda cell: cell[0] + CELL > point, reversed(self._cells))
        return sum(amount for _, amount in recent)


class FleetRate:
    """The owner's book of one rate: `limit` a minute, lent to peers in small parts.

    >>> rate = FleetRate(600, share_time=3.0)
    >>> rate.grant("a", Need(level=0, wanted=20, recent=0), now=0.0)
    20
    >>> rate.grant("b", Need(level=0, wanted=20, recent=0), now=0.0)  # 30 are out at most
    10
    """

    __slots__ = ("_granted", "_held", "_wanted", "limit", "share_time")

    def __init__(self, limit: float, *, share_time: float) -> None:
        self.limit: float = limit
        self.share_time: float = share_time
        self._granted = LastMinute()
        self._held: dict[str, float] = {}
        self._wanted: dict[str, int] = {}

    def learn(self, need: Need, now: float) -> None:
        """An earlier owner has granted what this peer has used in the last minute."""
        self._granted.add(need.recent, now)

    def grant(self, peer: str, need: Need, now: float, *, grows: bool = True) -> int:
        """How much the peer gets on top of what it has, in whole ones."""
        if need.back:
            self._granted.give_back(need.back)
        self._held[peer] = max(0.0, need.level)
        self._wanted[peer] = ceil(need.wanted)
        if not grows:
            return 0
        others = sum(held for name, held in self._held.items() if name != peer)
        room = self.most_out - others - need.level
        free = self.limit - self._granted.total(now)
        # What is free is divided too: a peer that wants much does not take all of a scarce rest.
        there_is = min(self.most_out, floor(others + need.level + free))
        fair = fair_shares(there_is, self._wanted, int(now / self.share_time))[peer]
        given = max(0, floor(min(fair - need.level, room, free)))
        self._granted.add(given, now)
        self._held[peer] = max(0.0, need.level + given)
        return given

    def forget(self, peer: str) -> None:
        """The peer is gone; what it held counts as used."""
        self._held.pop(peer, None)
        self._wanted.pop(peer, None)

    @property
    def most_out(self) -> int:
        """What all peers together hold at most."""
        return max(1, floor(self.limit * self.share_time / MINUTE))


class PeerRate:
    """A peer's part of one rate: what it holds, and what it needs of it.

    `limit` is the whole fleet's, a minute.
    """

    __slots__ = ("_asked", "_used", "level", "limit", "share_time")

    def __init__(self, limit: float, *, share_time: float) -> None:
        self.limit: float = limit
        self.share_time: float = share_time
        self.level: float = 0.0
        self._asked = LastMinute()
        self._used = LastMinute()

    def asked(self, now: float, amount: float = 1) -> None:
        """A call wants to use some, whether it gets it or not."""
        self._asked.add(amount, now)

    def use(self, amount: float, now: float) -> None:
        """Some is used; the answers of a model that counts tokens may make a debt."""
        self.level -= amount
        self._used.add(amount, now)

    def may_use_alone(self, now: float, part: float) -> bool:
        """Without an owner: whether one more is within this part of the whole limit."""
        return self._used.total(now) + 1 <= self.limit * part

    def need(self, now: float, *, holds: bool) -> Need:
        """What it tells the owner, and gives back: all of what was held for too long."""
        self._asked.total(now)
        wanted = ceil(self._asked.since(now - self.share_time) * 1.25)
        back = 0.0
        if not holds:
            self.level = min(self.level, 0.0)
        elif self.level > 2 * wanted + 1:
            back = self.level - wanted
            self.level -= back
        return Need(self.level, wanted, max(0.0, self._used.total(now)), back)
