"""The last calls to a model, counted."""

from __future__ import annotations

from array import array

_FAILED, _SLOW = 1, 2


class SlidingWindow:
    """The last `size` calls that are no older than `age` seconds, and how many of them were bad.

    `calls`, `failed` and `slow` are running counts as of the last `add` or `drop_old`; nothing is
    ever summed up again. Adding a call costs the same whatever the size.
    """

    # A ring in two flat arrays that grow with use: 9 bytes a call, and next to nothing when idle.
    # The oldest call is at `_next - calls`. That is below zero only once the ring has wrapped,
    # when the arrays have their full length and Python's negative index is the right place.
    __slots__ = ("_age", "_marks", "_next", "_size", "_times", "calls", "failed", "slow")

    def __init__(self, size: int, age: float) -> None:
        self._size = size
        self._age = age
        self.clear()

    def clear(self) -> None:
        """Forget every call."""
        self._times = array("d")
        self._marks = bytearray()
        self._next = 0
        self.calls = 0
        self.failed = 0
        self.slow = 0

    def add(self, now: float, failed: bool = False, slow: bool = False) -> None:
        """Count a call that ended at `now`; the oldest makes room for it."""
        times = self._times
        at = self._next
        if self.calls:
            if times[at - self.calls] < now - self._age:
                self.drop_old(now)
            if self.calls == self._size:
                self._drop_oldest()
        mark = failed + 2 * slow
        if at == len(times):
            times.append(now)
            self._marks.append(mark)
        else:
            times[at] = now
            self._marks[at] = mark
        at += 1
        self._next = at if at < self._size else 0
        self.calls += 1
        if mark:
            self.failed += failed
            self.slow += slow

    def drop_old(self, now: float) -> None:
        """Forget the calls that are older than `age` at `now`."""
        floor = now - self._age
        while self.calls and self._times[self._next - self.calls] < floor:
            self._drop_oldest()

    def has_shape(self, size: int, age: float) -> bool:
        """Whether it was made with just these limits."""
        return self._size == size and self._age == age

    def is_sound(self) -> bool:
        """Whether the running counts are what counting again gives."""
        if not 0 <= self.calls <= len(self._marks) == len(self._times) <= self._size:
            return False
        if not 0 <= self._next <= len(self._marks):
            return False
        marks = [self._marks[self._next - back] for back in range(1, self.calls + 1)]
        failed = sum(mark & _FAILED for mark in marks)
        slow = sum(mark & _SLOW for mark in marks) // _SLOW
        return self.failed == failed and self.slow == slow

    def _drop_oldest(self) -> None:
        mark = self._marks[self._next - self.calls]
        self.calls -= 1
        if mark:
            self.failed -= mark & _FAILED
            self.slow -= mark >> 1
