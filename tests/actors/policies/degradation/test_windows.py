"""What the level looks at: success within a minute, and latency against its own past."""

from __future__ import annotations

from hive_resilience.actors.policies.degradation.latency_ratio import LatencyRatio
from hive_resilience.actors.policies.degradation.several import Seen, readings_of
from hive_resilience.actors.policies.degradation.success_window import SuccessWindow
from hive_resilience.actors.policies.metrics.sketch import LatencySketch


def share(window: SuccessWindow, min_tasks: int) -> float | None:
    return readings_of([Seen(*window.counts)], min_tasks).success


def test_only_the_last_minute_counts() -> None:
    window = SuccessWindow()
    for at in range(40):
        window.note(5.0 * at, 100 * at, 50 if at > 2 else 0)

    assert share(window, min_tasks=20) == 1.0


def test_too_few_tasks_say_nothing() -> None:
    window = SuccessWindow()
    window.note(0.0, 0, 0)
    window.note(5.0, 9, 10)

    assert share(window, min_tasks=20) is None
    assert share(window, min_tasks=19) == 9 / 19


def test_a_silence_of_minutes_ends_the_window() -> None:
    window = SuccessWindow()
    window.note(0.0, 0, 0)
    window.note(500.0, 0, 100)

    assert share(window, min_tasks=1) is None


def grown(sketch: LatencySketch, seconds: float, times: int = 100) -> LatencySketch:
    found = sketch.copy()
    for _ in range(times):
        found.add(seconds)
    return found


def test_a_fleet_that_became_slower_is_so_by_its_own_past() -> None:
    ratio, before = LatencyRatio(), grown(LatencySketch(), 1.0)
    ratio.note(0.0, [("a", before)])

    ratio.note(30.0, [("a", grown(before, 3.0))])

    found = readings_of([Seen(ratios=ratio.ratios())], min_tasks=20).latency
    assert found is not None
    assert 2.9 < found < 3.1


def test_one_slow_model_of_three_is_no_slow_fleet() -> None:
    ratio, before = LatencyRatio(), grown(LatencySketch(), 1.0)
    ratio.note(0.0, [(name, before) for name in "abc"])

    slow = [("a", grown(before, 9.0)), *((name, grown(before, 1.0)) for name in "bc")]
    ratio.note(30.0, slow)

    found = readings_of([Seen(ratios=ratio.ratios())], min_tasks=20).latency
    assert found is not None
    assert found < 1.1


def test_a_model_without_a_past_says_nothing() -> None:
    ratio = LatencyRatio()
    ratio.note(0.0, [("a", LatencySketch())])

    ratio.note(30.0, [("a", grown(LatencySketch(), 9.0))])

    assert readings_of([Seen(ratios=ratio.ratios())], min_tasks=20).latency is None
