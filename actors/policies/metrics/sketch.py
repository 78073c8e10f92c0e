"""Percentiles of durations in little memory: counts in logarithmic buckets.

A bucket ends where the next begins, `gamma` times higher. Its middle is within `accuracy` of
every value in it, so that holds for every percentile too.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from math import floor, inf, log2

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
        for index, count in enumerate(other._counts):
            if count:
                self._make_room(index + other._first - self._first, count)
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)

    def since(self, earlier: LatencySketch) -> LatencySketch:
        """What was counted after `earlier`, an older copy of this sketch.

        Its `min` and `max` are those of its buckets. Needs the same accuracy.
        """
        if earlier.accuracy != self.accuracy:
            raise ValueError(f"no older copy: accuracy {earlier.accuracy!r}, not {self.accuracy!r}")
        found = LatencySketch(self.accuracy)
        shift = self._first - earlier._first
        for index, count in enumerate(self._counts):
            at = index + shift
            more = count - (earlier._counts[at] if 0 <= at < len(earlier._counts) else 0)
            if more > 0:
                found._make_room(index + self._first - found._first, more)
                found.count += more
                middle = self._middle(index)
                found.min, found.max = min(found.min, middle), max(found.max, middle)
        found.sum = max(0.0, self.sum - earlier.sum)
        return found

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

    def _zeros(self, length: int) -> array[int]:
        return array(self._counts.typecode, bytes(length * self._counts.itemsize))
