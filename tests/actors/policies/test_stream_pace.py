"""When a stream is late, and how fast it was."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.stream_pace import Late, Pace, StreamFigures
from hive_resilience.config import StreamConfig


def pace(patience: float = 30.0, now: float = 100.0, **settings: float) -> Pace:
    return Pace(StreamConfig(**settings), patience=patience, now=now)  # type: ignore[arg-type]


def test_before_the_first_content_its_limit_counts_and_then_the_idle_one() -> None:
    one = pace(first_chunk=10.0, idle=3.0)
    assert (one.due, one.late) == (110.0, Late("first_chunk", 10.0))
    one.content(104.0)
    assert (one.due, one.late) == (107.0, Late("idle", 3.0))
    one.content(106.0)
    assert one.due == 109.0


def test_the_limit_of_an_attempt_stands_in_for_both() -> None:
    one = pace(patience=7.0)
    assert one.due == 107.0
    one.content(101.0)
    assert one.due == 108.0


def test_the_whole_has_a_limit_that_content_does_not_move() -> None:
    one = pace(total=20.0, idle=15.0)
    one.content(110.0)
    assert (one.due, one.late) == (120.0, Late("total", 20.0))


def test_the_window_of_the_throughput_begins_with_the_first_content() -> None:
    one = pace(min_chunks_per_second=0.5, throughput_window=10.0)
    assert one.due == 130.0
    one.content(120.0)
    assert (one.due, one.late) == (130.0, Late("throughput", 10.0))


def test_a_window_begins_anew_with_the_last_chunk_that_it_asks_for() -> None:
    one = pace(min_chunks_per_second=0.5, throughput_window=4.0)
    for now in (101.0, 102.0):
        one.content(now)
    assert one.due == 105.0
    one.content(104.0)
    assert one.due == 108.0


def test_a_floor_below_one_chunk_a_window_has_a_longer_window() -> None:
    one = pace(min_chunks_per_second=0.05, throughput_window=10.0, patience=500.0)
    one.content(101.0)
    assert (one.due, one.late.limit) == (121.0, 20.0)


def test_nothing_is_due_while_the_reader_is_waited_for() -> None:
    one = pace(first_chunk=10.0, idle=3.0, total=50.0, min_chunks_per_second=1.0)
    one.content(101.0)
    one.pause(102.0)
    assert (one.due, one.paused) == (inf, True)
    one.resume(202.0)
    assert (one.due, one.paused) == (204.0, False)


def test_the_readers_time_moves_every_limit() -> None:
    one = pace(idle=90.0, total=50.0)
    one.content(101.0)
    one.pause(110.0)
    one.resume(140.0)
    assert (one.due, one.late.kind) == (180.0, "total")
    assert one.late.limit == 50.0


def test_who_did_not_pause_does_not_resume() -> None:
    one = pace(idle=3.0)
    one.content(101.0)
    one.resume(500.0)
    assert one.due == 104.0


def test_figures_tell_the_first_content_and_the_rate_from_there_without_the_reader() -> None:
    one = pace()
    for now in (102.0, 103.0):
        one.content(now)
    one.pause(103.0)
    one.resume(203.0)
    one.content(206.0)
    assert one.figures(300.0) == StreamFigures(2.0, 3, 0.5, 200.0)


@pytest.mark.parametrize("times", [(), (101.0,), (101.0, 101.0)], ids=["none", "one", "at once"])
def test_where_there_is_no_rate_none_is_told(times: tuple[float, ...]) -> None:
    one = pace()
    for now in times:
        one.content(now)
    assert one.figures(104.0) == StreamFigures(1.0 if times else 4.0, len(times), None, 4.0)


GAPS = st.lists(st.floats(0.001, 4.0), min_size=1, max_size=60)
FLOORS = st.floats(0.2, 20.0)
WINDOWS = st.floats(0.5, 20.0)


@given(st.floats(1.01, 3.0), FLOORS, WINDOWS)
def test_a_steady_stream_above_the_floor_is_never_late(
    faster: float, floor: float, window: float
) -> None:
    one = pace(min_chunks_per_second=floor, throughput_window=window, patience=1e6)
    now = 100.0
    for _ in range(200):
        assert now < one.due
        one.content(now)
        now += 1 / (floor * faster)


@given(st.floats(0.2, 0.9), FLOORS, WINDOWS)
def test_a_steady_stream_below_the_floor_is_late_within_its_window(
    slower: float, floor: float, window: float
) -> None:
    one = pace(min_chunks_per_second=floor, throughput_window=window, patience=1e6)
    now = 100.0
    one.content(now)
    while now < one.due:
        one.content(now)
        now += 1 / (floor * slower)
    assert one.late.kind == "throughput"
    assert one.due <= 100.0 + 4 * max(window, 1 / floor)


@given(GAPS, st.lists(st.floats(0.0, 100.0), min_size=60, max_size=60), FLOORS)
def test_with_pauses_everything_is_as_without_them_only_later(
    gaps: list[float], pauses: list[float], floor: float
) -> None:
    plain, paused = (pace(min_chunks_per_second=floor, total=60.0) for _ in range(2))
    now = later = 100.0
    for gap, pause in zip(gaps, pauses, strict=False):
        now, later = now + gap, later + gap
        plain.content(now)
        paused.content(later)
        paused.pause(later)
        later += pause
        paused.resume(later)
        assert paused.due - later == pytest.approx(plain.due - now, abs=1e-6)
        assert paused.late == plain.late
    ours, others = paused.figures(later), plain.figures(now)
    assert ours.chunks == others.chunks
    assert ours.first_chunk == pytest.approx(others.first_chunk)
