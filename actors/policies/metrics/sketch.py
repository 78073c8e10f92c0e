"""Percentiles of durations in little memory: counts in logarithmic buckets.

A bucket ends where the next begins, `gamma` times higher. Its middle is within `accuracy` of
every value in it, so that holds for every percentile too. A doubling is a whole number of buckets,
and 10 ms is an edge: so are 20 ms, 40 ms ..., and a histogram with such bounds is exact.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import ceil, inf, log2
from operator import sub

from .sketch_bytes import Parts, packed, unpacked

_SHORTEST = 1e-6
_LONGEST = 86_400.0
_EDGE = 0.01
"""Seconds at which one bucket ends, whatever the accuracy."""
_ROUNDING = 1e-9
"""Share of a bucket by which a value may be above an edge that it is equal to, as log2 rounds."""


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

    __slots__ = (
        *("_counts", "_first", "_gamma", "_scale", "_start"),
        *("accuracy", "count", "max", "min", "sum"),
    )

    def __init__(self, accuracy: float = 0.01) -> None:
        if not 0 < accuracy < 1:
            raise ValueError(f"accuracy is a share between 0 and 1, not {accuracy!r}")
        self.accuracy: float = accuracy
        self.count: int = 0
        self.sum: float = 0.0
        self.min: float = inf
        self.max: float = 0.0
        # Buckets in a doubling; 35 of them are within 1 %.
        self._scale = float(ceil(1 / log2((1 + accuracy) / (1 - accuracy))))
        self._gamma = 2 ** (1 / self._scale)
        self._begin_at(0)
        # Covers only the buckets between the lowest and the highest seen; 4 bytes each at first.
        self._counts: array[int] = array("I")

    def add(self, value: float) -> None:
        """Counts one duration in seconds; NaN raises `ValueError` and changes nothing."""
        if not _SHORTEST <= value <= _LONGEST:
            value = min(max(value, _SHORTEST), _LONGEST)
        # log2 and ceil take half the time of log and int.
        index = ceil(log2(value) * self._scale - self._start)
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
        if not other._counts:
            return
        if not self._counts:
            self._begin_at(other._first)
            self._counts = other._counts[:]
        else:
            self._make_room(other._first - self._first, 0)
            shift = other._first - self._first
            self._make_room(shift + len(other._counts) - 1, 0)
            try:
                self._add_counts(other._counts, shift)
            except OverflowError:
                self._counts = array("Q", self._counts)
                self._add_counts(other._counts, shift)
        self.count += other.count
        self.sum += other.sum
        self.min = min(self.min, other.min)
        self.max = max(self.max, other.max)

    def copy(self) -> LatencySketch:
        """Another sketch that has counted the same."""
        found = LatencySketch(self.accuracy)
        found._begin_at(self._first)
        found._counts = self._counts[:]
        found.count, found.sum, found.min, found.max = self.count, self.sum, self.min, self.max
        return found

    def since(self, earlier: LatencySketch) -> LatencySketch:
        """What was counted after `earlier`, an older copy; all of it, if that is no such copy.

        Its `min` and `max` are known within `accuracy`. Needs the same accuracy.
        """
        if earlier.accuracy != self.accuracy:
            raise ValueError(f"no older copy: accuracy {earlier.accuracy!r}, not {self.accuracy!r}")
        made = self.copy()
        begin = earlier._first - self._first
        end = begin + len(earlier._counts)
        if not earlier.count or earlier.count > self.count or begin < 0 or end > len(self._counts):
            return made
        left = list(map(sub, self._counts[begin:end], earlier._counts))
        if min(left) < 0:
            return made
        made._counts[begin:end] = array(made._counts.typecode, left)
        made.count, made.sum = self.count - earlier.count, max(0.0, self.sum - earlier.sum)
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
        made._begin_at(parts.first)
        made.count, made.sum = sum(parts.counts), parts.sum
        made.min, made.max = parts.min, parts.max
        made._counts = array("Q" if parts.counts.typecode == "Q" else "I", parts.counts)
        return made

    def to_text(self) -> str:
        """The same for JSON; `from_text` reads it."""
        return b64encode(self.to_bytes()).decode()

    @classmethod
    def from_text(cls, text: str) -> LatencySketch:
        """The sketch that `to_text` has written. Raises `ValueError` for another text."""
        return cls.from_bytes(b64decode(text))

    def cumulative(self, bounds: tuple[float, ...]) -> list[int]:
        """How many values are at most as long as each bound, exactly.

        Raises `ValueError` for a bound that is not 10 ms times a power of two.

        >>> sketch = LatencySketch()
        >>> for value in (0.01, 0.02, 0.0201):
        ...     sketch.add(value)
        >>> sketch.cumulative((0.01, 0.02, 0.04))
        [1, 2, 3]
        """
        found: list[int] = []
        counted = at = 0
        for doublings in doublings_of(bounds):
            end = int(doublings * self._scale) - self._first
            if end > at:
                counted += sum(self._counts[at:end])
                at = end
            found.append(counted)
        return found

    def buckets(self) -> Iterator[tuple[int, int]]:
        """The number of each bucket that is not empty, from low to high, and its count."""
        for index, count in enumerate(self._counts, self._first):
            if count:
                yield index, count

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

    def _begin_at(self, first: int) -> None:
        """`first` is the lowest bucket covered; bucket 0 begins above 10 ms, and has its end."""
        self._first = first
        self._start = log2(_EDGE) * self._scale + first + 1 + _ROUNDING

    def _trim(self) -> None:
        """Cover only the buckets that have counts, and say by them how far the values reach."""
        if not self.count:
            self.min, self.max = inf, 0.0
            del self._counts[:]
            return
        low = next(at for at, count in enumerate(self._counts) if count)
        high = len(self._counts) - 1
        while not self._counts[high]:
            high -= 1
        self.min = max(self.min, _EDGE * self._gamma ** (low + self._first))
        self.max = min(self.max, _EDGE * self._gamma ** (high + self._first + 1))
        self._counts = self._counts[low : high + 1]
        self._begin_at(self._first + low)

    def _middle(self, index: int) -> float:
        upper = _EDGE * self._gamma ** (index + self._first + 1)
        return 2 * upper / (self._gamma + 1)

    def _add_counts(self, counts: array[int], shift: int) -> None:
        """Adds all or nothing, where these buckets are covered; raises `OverflowError`."""
        end = shift + len(counts)
        mine = self._counts[shift:end]
        total = [one + other for one, other in zip(mine, counts, strict=True)]
        self._counts[shift:end] = array(self._counts.typecode, total)

    def _make_room(self, index: int, count: int) -> None:
        """Adds `count` at `index`, which may lie outside of what is covered so far."""
        if not self._counts:
            self._begin_at(self._first + index)
            index = 0
        if index < 0:
            self._counts = self._zeros(-index) + self._counts
            self._begin_at(self._first + index)
            index = 0
        if index >= len(self._counts):
            self._counts += self._zeros(index + 1 - len(self._counts))
        try:
            self._counts[index] += count
        except OverflowError:
            self._counts = array("Q", self._counts)
            self._counts[index] += count

    def _zeros(self, length: int) -> array[int]:
        return array(self._counts.typecode, bytes(length * self._counts.itemsize))


@cache
def doublings_of(bounds: tuple[float, ...]) -> tuple[int, ...]:
    """How often 10 ms are doubled up to each bound. Raises `ValueError` for any other bound."""
    found = [log2(bound / _EDGE) for bound in bounds]
    for bound, doublings in zip(bounds, found, strict=True):
        if abs(doublings - round(doublings)) > _ROUNDING:
            raise ValueError(f"{bound!r} is no edge: bounds are 0.01 times a power of two")
    return tuple(map(round, found))
