"""What a model's traffic shows, from counts and times."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.health.traffic import TrafficHealth, TrafficSigns
from hive_resilience.config import AlertsConfig


class Traffic:
    """Calls that are counted, and looked at."""

    def __init__(self, **settings: object) -> None:
        self.signs = TrafficHealth(AlertsConfig.model_validate(settings), attempt_timeout=30.0)
        self.successes = self.failures = 0
        self.now = 0.0

    def pass_by(self, answered: int, failed: int = 0, *, after: float = 10.0) -> None:
        self.now += after
        self.successes += answered
        self.failures += failed

    def until_calm(self, *, answered: int) -> TrafficSigns:
        """Look on, every ten seconds, until there is no reason to."""
        for _ in range(20):
            self.pass_by(answered)
            last = self.look(29.0 if not answered else 1.0)
            if not self.signs.watching:
                return last
        raise AssertionError("the watch does not end")

    def look(self, average: float | None = 1.0) -> TrafficSigns:
        return self.signs.look(self.now, self.successes, self.failures, average)


def test_above_a_fifth_of_failed_calls_it_is_failing() -> None:
    traffic = Traffic()
    traffic.pass_by(1000, 1)
    traffic.look()
    traffic.pass_by(16, 4)
    assert not traffic.look().failing
    traffic.pass_by(3, 2)
    found = traffic.look()
    assert found.failing
    assert found.error_rate == pytest.approx(6 / 25)


def test_calls_from_before_the_first_failure_do_not_hide_the_others() -> None:
    traffic = Traffic()
    traffic.pass_by(1_000_000, 1)
    traffic.look()
    traffic.pass_by(0, 20)
    assert traffic.look().error_rate == 1.0


def test_few_calls_say_nothing() -> None:
    traffic = Traffic(min_calls=7)
    traffic.look()
    traffic.pass_by(0, 6)
    assert traffic.look() == TrafficSigns(6, None, None, failing=False, slow=False)
    traffic.pass_by(0, 1)
    assert traffic.look().failing


def test_it_is_failing_until_the_rate_is_half_of_what_was_too_high() -> None:
    traffic = Traffic()
    traffic.look()
    traffic.pass_by(75, 25)
    seen = [traffic.look().failing]
    for _ in range(3):
        traffic.pass_by(60)
        seen.append(traffic.look().failing)
    assert seen == [True, True, True, False]


def test_old_failures_drop_out_and_a_calm_window_ends_the_watch() -> None:
    traffic = Traffic(window=100.0)
    traffic.look()
    traffic.pass_by(10, 10)
    assert traffic.look().failing
    last = traffic.until_calm(answered=1)
    assert not last.failing
    assert 110.0 <= traffic.now <= 130.0


def test_failing_ends_when_nobody_calls_any_more() -> None:
    traffic = Traffic(window=100.0)
    traffic.look()
    traffic.pass_by(10, 10)
    assert traffic.look().failing
    seen: list[bool] = []
    for _ in range(12):
        traffic.pass_by(0)
        seen.append(traffic.look().failing)
    assert seen[0] is True
    assert seen[-1] is False


def test_an_average_of_four_fifths_of_the_limit_is_slow_until_it_is_clearly_quicker() -> None:
    traffic = Traffic()
    traffic.look(24.0)
    seen: list[bool] = []
    for average in (23.9, 24.0, 20.0, 17.9):
        traffic.pass_by(5)
        seen.append(traffic.look(average).slow)
    assert seen == [False, True, True, False]


def test_a_configured_response_time_goes_before_the_limit() -> None:
    traffic = Traffic(response_time=2.0)
    assert traffic.signs.slow_from == 2.0
    traffic.look(2.5)
    traffic.pass_by(5)
    assert traffic.look(2.5).slow


def test_one_slow_answer_is_not_a_slow_model() -> None:
    traffic = Traffic()
    traffic.look(29.0)
    traffic.pass_by(4)
    assert not traffic.look(29.0).slow


def test_slowness_is_forgotten_when_nobody_calls_for_a_window() -> None:
    traffic = Traffic(window=100.0)
    traffic.look(29.0)
    traffic.pass_by(5)
    assert traffic.look(29.0).slow
    assert not traffic.until_calm(answered=0).slow


def test_other_settings_hold_from_the_next_look() -> None:
    traffic = Traffic()
    traffic.look()
    traffic.pass_by(15, 5)
    traffic.signs.reconfigure(AlertsConfig(error_rate=0.8), 10.0)
    assert not traffic.look().failing
    assert traffic.signs.slow_from == pytest.approx(8.0)


def test_looks_that_follow_each_other_closely_are_one_mark() -> None:
    traffic = Traffic(window=60.0)
    traffic.pass_by(50, 1)
    first = traffic.look()
    traffic.pass_by(0, after=0.1)
    assert traffic.look().calls == first.calls
