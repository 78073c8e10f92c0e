"""A sketch in a file is the same sketch, and what was counted since a copy adds up to it again."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_resilience.actors.policies.metrics.sketch_bytes import VERSION
from hive_resilience.policies import LatencySketch

DURATIONS = st.lists(st.floats(1e-6, 86_400.0), max_size=30)
HEAD = struct.Struct("<B4dqIB")


def counting(durations: list[float]) -> LatencySketch:
    sketch = LatencySketch()
    for duration in durations:
        sketch.add(duration)
    return sketch


def told(sketch: LatencySketch) -> tuple[object, ...]:
    """All that a reader can see, and the buckets."""
    return sketch.snapshot(), sketch.accuracy, sketch._first * bool(sketch.count), [*sketch._counts]


@settings(max_examples=50)
@given(DURATIONS)
def test_the_bytes_of_a_sketch_give_the_same_sketch(durations: list[float]) -> None:
    sketch = counting(durations)

    again = LatencySketch.from_bytes(sketch.to_bytes())

    assert told(again) == told(sketch)
    again.add(1.0)
    sketch.add(1.0)
    assert told(again) == told(sketch)


@settings(max_examples=50)
@given(DURATIONS, DURATIONS)
def test_what_was_counted_since_a_copy_adds_up_with_it(
    before: list[float], after: list[float]
) -> None:
    sketch = counting(before)
    copy = sketch.copy()
    for duration in after:
        sketch.add(duration)

    since = sketch.since(copy)

    assert since.count == len(after)
    assert since.sum == pytest.approx(sum(after), abs=1e-6)
    for share in (0.0, 0.5, 1.0) if after else ():
        exact = counting(after).quantile(share)
        assert since.quantile(share) == pytest.approx(exact, rel=0.021)
    copy.merge(since)
    assert (copy.count, [*copy._counts]) == (sketch.count, [*sketch._counts])


def test_a_copy_changes_with_nothing() -> None:
    sketch = counting([0.1])
    copy = sketch.copy()
    sketch.add(5.0)

    assert (copy.count, copy.max) == (1, 0.1)


@pytest.mark.parametrize("other", [[], [9.0], [0.1] * 9, [0.001], [0.1, 0.15]])
def test_what_is_no_earlier_copy_takes_nothing_away(other: list[float]) -> None:
    sketch = counting([0.1, 0.2, 0.4])

    assert sketch.since(counting(other)).count == 3


def test_counts_of_any_size_are_kept() -> None:
    sketch = counting([0.1])
    for _ in range(40):
        sketch.merge(sketch.copy())
        assert told(LatencySketch.from_bytes(sketch.to_bytes())) == told(sketch)
    assert sketch.count == 2**40


def test_a_minute_takes_some_hundred_bytes() -> None:
    sketch = counting([0.3 + 0.05 * number for number in range(60)])

    assert len(sketch.to_bytes()) < 220


def cut(data: bytes) -> bytes:
    return data[:-3]


def of_another_version(data: bytes) -> bytes:
    return bytes([VERSION + 1]) + data[1:]


def with_head(data: bytes, length: int, width: int) -> bytes:
    *kept, _, _ = HEAD.unpack_from(data)
    return HEAD.pack(*kept, length, width) + data[HEAD.size :]


GOOD = counting([0.1, 0.2]).to_bytes()
WRONG = {
    "short": (GOOD[:10], "46 bytes at least"),
    "version": (of_another_version(GOOD), "of version 2"),
    "cut": (cut(GOOD), "cut, or too many"),
    "plain": (GOOD[: HEAD.size] + b"no zlib", "are no counts"),
    "width": (with_head(GOOD, 2, 3), "not the counts of a sketch"),
    "length": (with_head(GOOD, 2_000_000_000, 1), "not the counts of a sketch"),
    "fewer": (with_head(GOOD, 2, 1), "cut, or too many"),
    "bomb": (GOOD[: HEAD.size] + zlib.compress(bytes(10_000_000)), "cut, or too many"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_bytes_are_refused(name: str) -> None:
    data, message = WRONG[name]

    with pytest.raises(ValueError, match=message):
        LatencySketch.from_bytes(data)
