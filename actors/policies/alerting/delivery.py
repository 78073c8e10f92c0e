"""How a channel's notifications wait: when each is tried, in which order, and what is too much.

A group is told in order: while a notification waits for its next try, later ones of its group wait
behind it, and those of other groups pass it. At most one message goes out in `spacing` seconds. Of
`digest_from` new notifications or more that may go, a digest is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """What holds for each channel. Spans are seconds."""

    limit: float = 10.0
    """Of one try."""
    waits: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    """After the first failed try, after the second ...; after the last one it has failed."""
    longest_wait: float = 600.0
    """What a receiver may ask to wait at most."""
    most_queued: int = 100
    """Notifications that may wait; the next one is dropped."""
    spacing: float = 1.0
    """From the start of a message to the start of the next."""
    digest_from: int = 6
    """Fewer go out one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Parcel(Generic[T]):
    """What goes out as one message: a notification, or several as a digest."""

    items: tuple[T, ...]
    groups: frozenset[str]
    tries: int = 0
    """Those that failed."""
    due: float = -inf


class Backlog(Generic[T]):
    """The notifications of one channel that are not delivered yet, in their order.

    >>> backlog = Backlog[str](DeliveryRules())
    >>> backlog.add("a fires", "a")
    True
    >>> parcel = backlog.take(0.0)
    >>> parcel and backlog.failed(parcel, 2.0), backlog.next_at
    (True, 7.0)
    """

    __slots__ = ("_ending", "_free_at", "_out", "_parcels", "_rules")

    def __init__(self, rules: DeliveryRules) -> None:
        self._rules = rules
        self._parcels: list[Parcel[T]] = []
        self._free_at = -inf
        self._out: Parcel[T] | None = None
        self._ending = False

    def __len__(self) -> int:
        return sum(len(parcel.items) for parcel in self._parcels)

    @property
    def next_at(self) -> float:
        """When the next may be taken; infinite: there is none."""
        due = min((parcel.due for parcel in self._free()), default=inf)
        return due if self._ending else max(due, self._free_at)

    def add(self, item: T, group: str) -> bool:
        """Let a notification wait; False: too many do, and it is dropped."""
        if len(self) >= self._rules.most_queued:
            return False
        self._parcels.append(Parcel((item,), frozenset({group})))
        return True

    def take(self, now: float) -> Parcel[T] | None:
        """What is to be tried now. It has to be settled before the next is taken."""
        if self.next_at > now:
            return None
        ready = [parcel for parcel in self._free() if parcel.due <= now]
        first, fresh = ready[0], [parcel for parcel in ready if not parcel.tries]
        if not first.tries and len(fresh) >= self._rules.digest_from:
            first = self._joined(fresh)
        self._out = first
        self._free_at = now + self._rules.spacing
        return first

    def delivered(self, parcel: Parcel[T]) -> None:
        """The channel took it."""
        self._parcels.remove(parcel)
        self._out = None

    def failed(
        self,
        parcel: Parcel[T],
        now: float,
        *,
        retry_after: float | None = None,
        permanent: bool = False,
    ) -> bool:
        """The channel did not take it; whether it is tried again."""
        self._out = None
        tries, waits = parcel.tries + 1, self._rules.waits
        asked = min(retry_after or 0.0, self._rules.longest_wait)
        if asked:  # it concerns the channel, not this notification
            self._free_at = max(self._free_at, now + asked)
        at = self._parcels.index(parcel)
        if permanent or self._ending or tries > len(waits):
            del self._parcels[at]
            return False
        due = now + max(waits[tries - 1], asked)
        self._parcels[at] = replace(parcel, tries=tries, due=due)
        return True

    def hurry(self) -> tuple[Parcel[T], ...]:
        """The end comes: nothing waits any more, and what has failed before is given up."""
        self._ending = True
        return self._give_up([one for one in self._parcels if one.tries and one is not self._out])

    def give_up(self) -> tuple[Parcel[T], ...]:
        """Forget all of them; what they were."""
        self._out = None
        return self._give_up(list(self._parcels))

    def _give_up(self, parcels: list[Parcel[T]]) -> tuple[Parcel[T], ...]:
        self._parcels = [parcel for parcel in self._parcels if parcel not in parcels]
        return tuple(parcels)

    def _free(self) -> list[Parcel[T]]:
        """Those that pass none of their groups that waits for its next try."""
        waiting: set[str] = set()
        found: list[Parcel[T]] = []
        for parcel in self._parcels:
            if waiting.isdisjoint(parcel.groups):
                found.append(parcel)
            if parcel.tries:
                waiting |= parcel.groups
        return found

    def _joined(self, parcels: list[Parcel[T]]) -> Parcel[T]:
        items = tuple(item for parcel in parcels for item in parcel.items)
        digest = Parcel(items, frozenset[str]().union(*(parcel.groups for parcel in parcels)))
        self._parcels[self._parcels.index(parcels[0])] = digest
        self._give_up(parcels[1:])
        return digest
