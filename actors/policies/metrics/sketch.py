"""Percentiles of durations in little memory: counts in logarithmic buckets.

A bucket ends where the next begins, `gamma` times higher. Its middle is within `accuracy` of
every value in it, so that holds for every percentile too.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from math import floor, inf, log2
from operator import add, sub

from .sketch_bytes import Parts, packed, unpacked

_SHORTEST = 1e-6
_LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class LatencySnapshot:
    """Durations in seconds; None where nothing was measured."""

    count: int
    sum: float
    min: float | None
    max: float | None
    p50: float | None
    p95: float | None
    p99: float | None


class LatencySketch:
    """Counts durations from 1 us to a day; others count as the nearer end of that range.

    `min` is infinite and `max` is 0 while it is empty.

    >>> sketch = LatencySketch()
    >>> for milliseconds in range(1, 101):
    ...     sketch.add(milliseconds / 1000)
    >>> round(sketch.quantile(0.5), 2)
    0.05
    """

    __slots__ = ("_counts", "_first", "_gamma", "_scale", "accuracy", "count", "max", "min", "sum")

    def __init__(self, accuracy: float = 0.01) -> None:
        if not 0 < accuracy < 1:
            raise ValueError(f"accuracy is a share between 0 and 1, not {accuracy!r}")
        self.accuracy = accuracy
        self.count = 0
        self.sum = 0.0
        self.min = inf
        self.max = 0.0
        self._gamma = (1 + accuracy) / (1 - accuracy)
        self._scale = 1 / log2(self._gamma)
        self._first = 0
        # Covers only the buckets between the lowest and the highest seen; 4 bytes each at first.
        self._counts: array[int] = array("I")

    def add(self, value: float) -> None:
        """Counts one duration in seconds; NaN raises `ValueError` and changes nothing."""
        if not _SHORTEST <= value <= _LONGEST:
            value = min(max(value, _SHORTEST), _LONGEST)
        # log2 and floor take half the time of log and int.
        index = floor(log2(value) * self._scale) - self._first
        if index >= 0:
            try:
                self._counts[index] += 1
            except (IndexError, OverflowError):
                self._make_room(index, 1)
        else:
            self._make_room(index, 1)
        self.count += 1
        self.sum += value
        if value < self.min:
            self.min = value
        if value > self.max:
            self.max = value

    def quantile(self, q: float) -> float | None:
        """The value below which a share `q` of all lies, within `accuracy`; None when empty."""
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile is between 0 and 1, not {q!r}")
        if self.count == 0:
            return None
        left = int(q * (self.count - 1))
        bucket = -1
        while left >= 0:
            bucket += 1
            left -= self._counts[bucket]
        return min(max(self._middle(bucket), self.min), self.max)

    def merge(self, other: LatencySketch) -> None:
        """Counts all that `other` has counted; both need the same accuracy."""
        if other.accuracy != self.accuracy:
            raise ValueError(f"cannot merge accuracy {other.accuracy!r} into {self.accuracy!r}")
        if other._counts:
            begin, length = other._first - self._first, len(other._counts)
            self._make_room(begin + length - 1, 0)
            self._make_room(other._first - self._first, 0)
            self._add_all(other._first - self._first, other._counts)
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)

    def copy(self) -> LatencySketch:
        """Another sketch that has counted the same."""
        made = LatencySketch.__new__(LatencySketch)
        made.accuracy, made._gamma, made._scale = self.accuracy, self._gamma, self._scale
        made.count, made.sum, made.min, made.max = self.count, self.sum, self.min, self.max
        made._first, made._counts = self._first, self._counts[:]
        return made

    def since(self, before: LatencySketch) -> LatencySketch:
        """What was counted after `before`, an earlier copy; all of it, if that is no such copy.

        The least and the greatest of it are known within `accuracy`.
        """
        if not before.count or before.count > self.count or before._first < self._first:
            return self.copy()
        begin = before._first - self._first
        end = begin + len(before._counts)
        if end > len(self._counts):
            return self.copy()
        made = self.copy()
        left = array("q", map(sub, self._counts[begin:end], before._counts))
        if min(left) < 0:
            return made
        made._counts[begin:end] = array(made._counts.typecode, left)
        made.count, made.sum = self.count - before.count, max(0.0, self.sum - before.sum)
        made._trim()
        return made

    def to_bytes(self) -> bytes:
        """The sketch for a file, in some hundred bytes; `from_bytes` reads them."""
        return packed(Parts(self.accuracy, self.sum, self.min, self.max, self._first, self._counts))

    @classmethod
    def from_bytes(cls, data: bytes) -> LatencySketch:
        """The sketch that `to_bytes` has written. Raises `ValueError` for other bytes."""
        parts = unpacked(data)
        made = cls(parts.accuracy)
        made.count, made.sum = sum(parts.counts), parts.sum
        made.min, made.max, made._first = parts.min, parts.max, parts.first
        code = "Q" if parts.counts.typecode == "Q" else "I"
        made._counts = array(code, parts.counts)
        return made

    def snapshot(self) -> LatencySnapshot:
        """A frozen record of what was counted so far."""
        return LatencySnapshot(
            count=self.count,
            sum=self.sum,
            min=self.min if self.count else None,
            max=self.max if self.count else None,
            p50=self.quantile(0.5),
            p95=self.quantile(0.95),
            p99=self.quantile(0.99),
        )

    def _trim(self) -> None:
        """Cover only the buckets that have counts, and say by them how far the values reach."""
        if not self.count:
            self._first, self.min, self.max = 0, inf, 0.0
            del self._counts[:]
            return
        low = next(at for at, count in enumerate(self._counts) if count)
        high = len(self._counts) - 1
        while not self._counts[high]:
            high -= 1
        self.min = max(self.min, self._gamma ** (low + self._first))
        self.max = min(self.max, self._gamma ** (high + self._first + 1))
        self._counts = self._counts[low : high + 1]
        self._first += low

    def _middle(self, index: int) -> float:
        upper = self._gamma ** (index + self._first + 1)
        return 2 * upper / (self._gamma + 1)

    def _make_room(self, index: int, count: int) -> None:
        """Adds `count` at `index`, which may lie outside of what is covered so far."""
        if not self._counts:
            self._first, index = self._first + index, 0
        if index < 0:
            self._counts = self._zeros(-index) + self._counts
            self._first, index = self._first + index, 0
        if index >= len(self._counts):
            self._counts += self._zeros(index + 1 - len(self._counts))
        try:
            self._counts[index] += count
        except OverflowError:
            self._counts = array("Q", self._counts)
            self._counts[index] += count

    def _add_all(self, begin: int, counts: array[int]) -> None:
        """Adds to the buckets from `begin` on, which are covered."""
        end = begin + len(counts)
        try:
            self._counts[begin:end] = array(
                self._counts.typecode, map(add, self._counts[begin:end], counts)
            )
        except OverflowError:
            self._counts = array("Q", self._counts)
            self._add_all(begin, counts)

    def _zeros(self, length: int) -> array[int]:
        return array(self._counts.typecode, bytes(length * self._counts.itemsize))
