"""Sums within a window: exact as far as the marks are, bounded, and nothing for an idle subject."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hive_resilience.actors.policies.alerting.recent_sketch import RecentSketch
from hive_resilience.actors.policies.alerting.running_sums import RunningSums, Sums
from hive_resilience.actors.policies.metrics.sketch import LatencySketch

HOUR = 3_600.0
STEPS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=400)


@settings(max_examples=30)
@given(STEPS, st.sampled_from([60.0, 300.0, HOUR]))
def test_within_an_hour_sums_are_exact(steps: list[tuple[int, int]], window: float) -> None:
    sums, total, part = RunningSums(), 0, 0
    for at, (more, less) in enumerate(steps):
        total, part = total + more, part + min(more, less)
        sums.record(10.0 * at, total, part)

    last = 10.0 * (len(steps) - 1)
    after = [step for at, step in enumerate(steps) if 10.0 * at > last - window and at > 0]
    assert sums.within(window) == Sums(sum(m for m, _ in after), sum(min(m, n) for m, n in after))


def test_long_windows_are_exact_within_a_minute() -> None:
    sums = RunningSums()
    for at in range(0, 200_000, 10):
        sums.record(float(at), at, at // 10)

    total, part = sums.within(6 * HOUR)

    assert 6 * HOUR <= total <= 6 * HOUR + 70
    assert part == total // 10


def test_three_days_take_no_more_than_4680_pairs() -> None:
    sums = RunningSums()
    for at in range(0, 300_000, 10):
        sums.record(float(at), at, 0)

    assert 4_000 < len(sums) <= 4_682  # and one more of each kind, for the start of the window


def test_an_idle_subject_has_one_pair_of_each_kind() -> None:
    sums = RunningSums()
    for at in range(0, 10_000, 10):
        sums.record(float(at), 5, 1)

    assert len(sums) == 2
    assert sums.within(HOUR) == Sums(0, 0)


def test_after_a_long_silence_only_the_news_counts() -> None:
    sums = RunningSums()
    sums.record(0.0, 1_000, 0)
    sums.record(10_000.0, 1_010, 10)

    assert sums.within(300.0) == Sums(10, 10)


def test_counters_that_begin_again_are_no_negative_sums() -> None:
    sums = RunningSums()
    sums.record(0.0, 100, 50)
    sums.record(10.0, 3, 1)
    sums.record(20.0, 5, 2)

    assert sums.within(300.0) == Sums(2, 1)


def test_percentiles_are_those_of_the_window_alone() -> None:
    recent, all_of_them = RecentSketch(300.0), LatencySketch()
    for second in range(0, 1_200, 10):
        all_of_them.add(1.0 if second < 600 else 9.0)
        copy = LatencySketch()
        copy.merge(all_of_them)
        recent.record(float(second), copy)

    found = recent.within()

    assert 28 <= found.count <= 32
    assert 8.8 < (found.quantile(0.5) or 0) < 9.2
