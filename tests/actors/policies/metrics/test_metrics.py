import sys

import orjson
import pytest

from hive_resilience.actors.policies.metrics.metrics import ModelMetrics
from hive_resilience.actors.policies.outcomes.attempt import Outcome
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.stream_pace import StreamFigures
from hive_resilience.config import Strategy


def test_a_new_model_has_counted_nothing_and_has_no_rates() -> None:
    snapshot = ModelMetrics().snapshot(0.0)
    assert (snapshot.tasks, snapshot.attempts, snapshot.retries) == (0, 0, 0)
    assert snapshot.error_rate is None
    assert snapshot.first_attempt_success_rate is None
    assert snapshot.task_success_rate is None
    assert snapshot.average_latency is None
    assert snapshot.latency.p95 is None


def test_every_outcome_has_its_own_counter() -> None:
    metrics = ModelMetrics()
    for outcome in Outcome:
        metrics.record(0.0, outcome, 0.1, number=0 if outcome is Outcome.REJECTED else 1)
    snapshot = metrics.snapshot(0.0)
    counted = (snapshot.successes, snapshot.failures, snapshot.timeouts)
    assert counted == (1, 1, 1)
    assert (snapshot.cancelled, snapshot.rejected) == (1, 1)
    assert (snapshot.tasks, snapshot.attempts, snapshot.retries) == (4, 4, 0)


def test_faults_are_counted_by_kind() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.FAILURE, 0.1, fault=Fault.RATE_LIMITED)
    metrics.record(0.0, Outcome.FAILURE, 0.1, fault=Fault.RATE_LIMITED)
    metrics.record(0.0, Outcome.TIMEOUT, 0.1, fault=Fault.TIMEOUT)
    assert metrics.snapshot(0.0).faults == {"rate_limited": 2, "timeout": 1}


def test_success_is_told_before_and_after_retries() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.SUCCESS, 0.1)
    metrics.record(0.0, Outcome.FAILURE, 0.1, number=1)
    metrics.record(0.0, Outcome.SUCCESS, 0.1, number=2)
    metrics.record(0.0, Outcome.TIMEOUT, 0.1, number=1)
    metrics.record(0.0, Outcome.FAILURE, 0.1, number=2)
    metrics.record(0.0, Outcome.FAILURE, 0.1, number=1)
    snapshot = metrics.snapshot(0.0)
    assert snapshot.first_attempt_success_rate == 0.25
    assert snapshot.task_success_rate == 0.5
    assert snapshot.error_rate == pytest.approx(4 / 6)
    assert (snapshot.tasks, snapshot.attempts, snapshot.retries) == (4, 6, 2)


def test_cancelled_and_rejected_attempts_change_no_rate() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.SUCCESS, 0.1)
    metrics.record(0.0, Outcome.CANCELLED, 0.1)
    metrics.record(0.0, Outcome.CANCELLED, 0.1, number=2)
    metrics.record(0.0, Outcome.REJECTED, 0.0, number=0)
    snapshot = metrics.snapshot(0.0)
    assert (snapshot.error_rate, snapshot.first_attempt_success_rate) == (0.0, 1.0)
    assert snapshot.latency_all.count == 1


def test_latency_is_kept_for_successes_and_for_all_that_ended() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.SUCCESS, 1.0)
    metrics.record(0.0, Outcome.TIMEOUT, 30.0)
    metrics.record(0.0, Outcome.FAILURE, 0.5)
    snapshot = metrics.snapshot(0.0)
    assert (snapshot.latency.count, snapshot.latency.max) == (1, 1.0)
    assert (snapshot.latency_all.count, snapshot.latency_all.max) == (3, 30.0)


def test_latency_is_kept_when_nothing_ever_succeeded() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.FAILURE, 0.5)
    assert metrics.snapshot(0.0).latency_all.count == 1


def test_recent_latency_is_that_of_the_last_minutes() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.SUCCESS, 1.0)
    metrics.record(400.0, Outcome.SUCCESS, 2.0)
    assert metrics.recent_latency(400.0).count == 1
    assert metrics.snapshot(400.0).recent_latency.min == 2.0
    assert metrics.snapshot(400.0).latency.count == 2


def test_average_latency_follows_and_forgets_with_time() -> None:
    metrics = ModelMetrics(average_span=10.0)
    for _ in range(100):
        metrics.record(0.0, Outcome.SUCCESS, 1.0)
    assert metrics.average_latency() == pytest.approx(1.0)
    metrics.record(0.0, Outcome.SUCCESS, 2.0)
    assert metrics.average_latency() == pytest.approx(1.0, abs=0.02)
    metrics.record(1000.0, Outcome.SUCCESS, 3.0)
    assert metrics.average_latency() == pytest.approx(3.0)


def test_average_latency_weighs_a_sample_of_one_time_constant_ago_by_e() -> None:
    metrics = ModelMetrics(average_span=10.0)
    metrics.record(0.0, Outcome.SUCCESS, 1.0)
    metrics.record(10.0, Outcome.SUCCESS, 2.0)
    old = 0.36787944
    assert metrics.average_latency() == pytest.approx((old + 2.0) / (old + 1.0))


def test_strategies_are_counted_once_a_task() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.FAILURE, 0.1, number=1, strategy=Strategy.WEIGHTED)
    metrics.record(0.0, Outcome.SUCCESS, 0.1, number=2, strategy=Strategy.WEIGHTED)
    metrics.record(0.0, Outcome.SUCCESS, 0.1, number=1, strategy=Strategy.RANDOM)
    assert metrics.snapshot(0.0).strategies == {"weighted": 1, "random": 1}


def test_failovers_abandoned_and_stale_are_counted() -> None:
    metrics = ModelMetrics()
    metrics.count_failover()
    metrics.count_abandoned()
    metrics.count_stale()
    snapshot = metrics.snapshot(0.0)
    assert (snapshot.failovers, snapshot.abandoned, snapshot.stale) == (1, 1, 1)


def test_snapshot_is_plain_json() -> None:
    metrics = ModelMetrics()
    metrics.record(0.0, Outcome.FAILURE, 0.1, fault=Fault.FAILURE, strategy=Strategy.RANDOM)
    assert orjson.loads(orjson.dumps(metrics.snapshot(0.0)))["faults"] == {"failure": 1}


def test_an_idle_model_takes_little_memory() -> None:
    metrics = ModelMetrics()
    assert metrics.whole_answers is None
    assert sys.getsizeof(metrics) < 330


def test_streams_are_counted_with_the_time_to_their_first_content_and_their_pace() -> None:
    metrics = ModelMetrics()
    metrics.stream_succeeded(0.0, StreamFigures(0.5, 1, None), 1, None)
    metrics.stream_succeeded(0.0, StreamFigures(1.5, 9, 4.0), 1, None)
    found = metrics.snapshot(1.0)
    assert found.streams == 2
    assert (found.first_chunk.count, found.chunks_per_second.count) == (2, 1)
    assert found.chunks_per_second.p50 == pytest.approx(4.0, rel=0.01)


def test_samples_within_a_hundredth_of_the_span_weigh_the_same_in_the_average() -> None:
    metrics = ModelMetrics(average_span=100.0)
    metrics.record(0.0, Outcome.SUCCESS, 1.0)
    metrics.record(0.999, Outcome.SUCCESS, 3.0)
    assert metrics.average_latency() == 2.0
    metrics.record(1.0, Outcome.SUCCESS, 2.0)
    assert metrics.average_latency() == 2.0
    metrics.record(301.0, Outcome.SUCCESS, 9.0)
    assert metrics.average_latency() == pytest.approx(8.0, abs=1.0)
