import sys
from random import Random

import pytest
from ddsketch import DDSketch
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.metrics.recent_latency import RecentLatency
from hive_resilience.actors.policies.metrics.sketch import LatencySketch

QUANTILES = (0.0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
DURATIONS = st.lists(st.floats(1e-6, 86_400.0), min_size=1, max_size=200)


def sketch_of(values: list[float]) -> LatencySketch:
    sketch = LatencySketch()
    for value in values:
        sketch.add(value)
    return sketch


def exact(values: list[float], q: float) -> float:
    return sorted(values)[int(q * (len(values) - 1))]


def close(value: float, *, within: float = 0.01) -> object:
    return pytest.approx(value, rel=within * (1 + 1e-9), abs=0)


@given(values=DURATIONS, q=st.floats(0, 1))
def test_every_quantile_is_within_one_percent_of_the_order_statistic(
    values: list[float], q: float
) -> None:
    assert sketch_of(values).quantile(q) == close(exact(values, q))


@pytest.mark.parametrize("accuracy", [0.001, 0.05, 0.2])
def test_the_accuracy_asked_for_is_kept(accuracy: float) -> None:
    chance = Random(1)
    values = [chance.lognormvariate(0, 2) for _ in range(2000)]
    sketch = LatencySketch(accuracy)
    for value in values:
        sketch.add(value)
    for q in QUANTILES:
        assert sketch.quantile(q) == close(exact(values, q), within=accuracy)


@pytest.mark.parametrize("seed", range(3))
def test_quantiles_agree_with_ddsketch(seed: int) -> None:
    chance = Random(seed)
    values = [chance.lognormvariate(-1, 1.5) for _ in range(5000)]
    theirs = DDSketch(relative_accuracy=0.01)
    for value in values:
        theirs.add(value)
    ours = sketch_of(values)
    for q in QUANTILES:
        expected = theirs.get_quantile_value(q)
        assert expected is not None
        assert ours.quantile(q) == close(expected, within=0.0203)


@given(left=DURATIONS, right=DURATIONS)
def test_merging_equals_adding_all_to_one(left: list[float], right: list[float]) -> None:
    merged = sketch_of(left)
    merged.merge(sketch_of(right))
    together = sketch_of(left + right)
    assert [merged.quantile(q) for q in QUANTILES] == [together.quantile(q) for q in QUANTILES]
    assert (merged.count, merged.min, merged.max) == (together.count, together.min, together.max)
    assert merged.sum == pytest.approx(together.sum)


def test_sketches_of_different_accuracy_do_not_merge() -> None:
    with pytest.raises(ValueError, match="cannot merge accuracy"):
        LatencySketch().merge(LatencySketch(0.02))


def test_an_empty_sketch_has_no_quantile() -> None:
    snapshot = LatencySketch().snapshot()
    assert (snapshot.count, snapshot.sum) == (0, 0.0)
    assert (snapshot.min, snapshot.max, snapshot.p50, snapshot.p99) == (None, None, None, None)


def test_snapshot_holds_exact_extremes_and_percentiles() -> None:
    values = [number / 1000 for number in range(1, 1001)]
    snapshot = sketch_of(values).snapshot()
    assert (snapshot.count, snapshot.min, snapshot.max) == (1000, 0.001, 1.0)
    assert snapshot.sum == pytest.approx(sum(values))
    assert (snapshot.p50, snapshot.p95, snapshot.p99) == (close(0.5), close(0.95), close(0.99))


@pytest.mark.parametrize(
    ("value", "counted"), [(-1.0, 1e-6), (0.0, 1e-6), (1e9, 86_400.0), (float("inf"), 86_400.0)]
)
def test_what_is_out_of_range_counts_as_its_nearer_end(value: float, counted: float) -> None:
    sketch = sketch_of([value])
    assert (sketch.min, sketch.max, sketch.quantile(0.5)) == (counted, counted, counted)


def test_not_a_number_changes_nothing() -> None:
    sketch = LatencySketch()
    with pytest.raises(ValueError, match="NaN"):
        sketch.add(float("nan"))
    assert sketch.snapshot() == LatencySketch().snapshot()


@pytest.mark.parametrize("accuracy", [0.0, 1.0, -0.1])
def test_an_accuracy_has_to_be_a_share(accuracy: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        LatencySketch(accuracy)


@pytest.mark.parametrize("q", [-0.1, 1.1])
def test_a_quantile_has_to_be_a_share(q: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        LatencySketch().quantile(q)


def test_memory_is_bounded_whatever_is_measured() -> None:
    chance = Random(3)
    sketch = sketch_of([10 ** chance.uniform(-9, 9) for _ in range(20_000)])
    assert sys.getsizeof(sketch._counts) < 8192


def test_a_bucket_counts_beyond_four_bytes() -> None:
    sketch = sketch_of([1.0])
    sketch._counts[0] = 2**32 - 1
    sketch.add(1.0)
    sketch.add(1.0)
    sketch.add(5.0)
    assert sketch._counts[0] == 2**32 + 1


def test_recent_latency_forgets_and_lifetime_does_not() -> None:
    latency = RecentLatency(span=100.0)
    latency.add(0.0, 1.0)
    latency.add(60.0, 2.0)
    latency.add(120.0, 3.0)
    assert latency.recent(120.0).snapshot().min == 2.0
    assert latency.recent(170.0).snapshot().min == 3.0
    assert latency.lifetime().snapshot().min == 1.0
    assert latency.lifetime().count == 3


def test_nothing_is_recent_after_a_long_silence() -> None:
    latency = RecentLatency(span=100.0)
    latency.add(0.0, 1.0)
    latency.add(60.0, 2.0)
    assert latency.recent(1000.0).count == 0
    assert latency.recent(2000.0).count == 0
    assert latency.lifetime().count == 2


@given(steps=st.lists(st.floats(0, 400), max_size=40))
def test_recent_holds_at_least_half_a_span_and_at_most_a_span(steps: list[float]) -> None:
    latency, now, times = RecentLatency(span=100.0), 0.0, list[float]()
    for step in steps:
        now += step
        times.append(now)
        latency.add(now, 1.0)
    count = latency.recent(now).count
    assert sum(now - at < 50 for at in times) <= count <= sum(now - at <= 100 for at in times)
    assert latency.lifetime().count == len(times)
