"""The last calls to a model, counted."""

from __future__ import annotations

from collections import deque

_FAILED, _SLOW = 1, 2
_NONE: deque[tuple[int, int]] = deque(maxlen=0)
"""Shared by all windows without a bad call; nothing can be put into it."""


class SlidingWindow:
    """The last `size` calls that are no older than `age` seconds, and how many of them were bad.

    `calls`, `failed` and `slow` are counts as of the last bad call or `drop_old`; nothing is ever
    summed up again. Adding a call costs the same whatever the size. The way of a good call, where
    there is no bad one, is so short that it may be taken without `add`:
    `if not window.bad: window.times.append(now)`.
    """

    # A bad call is kept with its number. Numbers are given only while there is a bad call, which is
    # enough to tell when it has left: the oldest call has the number `_number - len(times) + 1`.
    __slots__ = ("_age", "_number", "_size", "bad", "failed", "slow", "times")

    def __init__(self, size: int, age: float) -> None:
        self._size = size
        self._age = age
        self.clear()

    def clear(self) -> None:
        """Forget every call."""
        self.times: deque[float] = deque(maxlen=self._size)
        self.bad: deque[tuple[int, int]] = _NONE
        self._number = 0
        self.failed: int = 0
        self.slow: int = 0

    @property
    def calls(self) -> int:
        """How many calls it holds."""
        return len(self.times)

    def add(self, now: float, failed: bool = False, slow: bool = False) -> None:
        """Count a call that ended at `now`; the oldest makes room for it."""
        self.times.append(now)
        if not (failed or slow or self.bad):
            return
        self._number += 1
        if failed or slow:
            self._keep(failed, slow)
        self.drop_old(now)

    def drop_old(self, now: float) -> None:
        """Forget the calls that are older than `age` at `now`."""
        floor, times = now - self._age, self.times
        while times and times[0] < floor:
            times.popleft()
        if self.bad:
            self._forget_left()

    def has_shape(self, size: int, age: float) -> bool:
        """Whether it was made with just these limits."""
        return self._size == size and self._age == age

    def is_sound(self) -> bool:
        """Whether the running counts are what counting again gives."""
        oldest = self._number - len(self.times) + 1
        numbers = [number for number, _ in self.bad]
        marks = [mark for _, mark in self.bad]
        failed = sum(mark & _FAILED for mark in marks)
        slow = sum(mark & _SLOW for mark in marks) // _SLOW
        ordered = numbers == sorted(set(numbers))
        inside = all(oldest <= number <= self._number for number in numbers)
        return ordered and inside and self.failed == failed and self.slow == slow

    def _keep(self, failed: bool, slow: bool) -> None:
        if self.bad is _NONE:
            self.bad = deque()
        self.bad.append((self._number, failed * _FAILED + slow * _SLOW))
        self.failed += failed
        self.slow += slow

    def _forget_left(self) -> None:
        """Bad calls that are no longer among the last, or too old, count no more."""
        oldest = self._number - len(self.times) + 1
        while self.bad and self.bad[0][0] < oldest:
            mark = self.bad.popleft()[1]
            self.failed -= mark & _FAILED
            self.slow -= mark // _SLOW
