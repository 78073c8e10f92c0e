"""One choice by learnt weights, draw by draw."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hive_resilience.actors.policies.learned_weights import LearnedWeights

ALMOST_ONE = 1 - 2**-53


def drawing(*draws: float) -> Callable[[], float]:
    """These draws and not one more: who asks again gets a StopIteration."""
    return iter(draws).__next__


def learned(*outcomes: tuple[str, bool, float]) -> LearnedWeights:
    weights = LearnedWeights()
    for outcome in outcomes:
        weights.record(*outcome)
    return weights


@pytest.mark.parametrize(
    ("known", "unknown", "best"),
    [
        # One success: log-odds 1 and spread 0.675, against 0 and 1 of the unknown.
        *((0.5, 0.5, "known"), (0.2, 0.4226, "known"), (0.2, 0.45, "unknown")),
        *((0.5, 0.66, "known"), (0.5, 0.67, "unknown"), (0.5, 0.8, "unknown")),
        *((0.0, 0.5, "unknown"), (ALMOST_ONE, 0.5, "known")),
        *((0.5, 0.0, "known"), (0.5, ALMOST_ONE, "unknown")),
    ],
)
def test_the_higher_of_the_plausible_shares_wins(known: float, unknown: float, best: str) -> None:
    weights = learned(("known", True, 1.0))
    assert weights.choose(("known", "unknown"), 0.0, drawing(known, unknown, 0.5)) == best


def test_of_equals_the_first_wins() -> None:
    assert LearnedWeights().choose(("a", "b"), 0.0, drawing(0.5, 0.5, 0.5)) == "a"


def test_slowness_costs_among_models_that_take_less_than_a_second_too() -> None:
    weights = learned(("slow", True, 0.9), ("slow", True, 0.9), ("quick", True, 0.001))
    assert weights.choose(("slow", "quick"), 0.0, drawing(0.5, 0.5, 0.5)) == "quick"


def test_a_model_that_only_failed_sets_no_pace() -> None:
    weights = learned(("slow", True, 16.0), ("failed", False, 0.1))
    best = weights.choose(("slow", "failed", "new"), 0.0, drawing(0.5, 0.5, 0.5, 0.5))
    assert best == "slow"


@pytest.mark.parametrize(("draw", "served"), [(0.0099, "b"), (0.01, "a")])
def test_below_one_percent_is_an_exploration(draw: float, served: str) -> None:
    weights = learned(("a", True, 1.0))
    draws = (0.5, 0.5, draw, 0.0)
    assert weights.choose(("a", "b"), 0.0, iter(draws).__next__) == served


def test_after_five_hundred_outcomes_for_each_model_half_of_the_old_ones_are_forgotten() -> None:
    weights = learned(*[("old", False, 1.0)] * 3, *[("other", True, 1.0)] * 999)
    weights.record("old", False, 1.0)
    failures = (1 + 0.995 + 0.995**2) / 2 + 1
    assert weights.snapshot()[1].success_share == pytest.approx(1 / (2 + failures), rel=1e-12)


@pytest.mark.parametrize(("draw", "served"), [(0.0999, "back"), (0.1, "other")])
def test_at_recovery_a_tenth_of_the_choices_has_it(draw: float, served: str) -> None:
    weights = learned(("back", True, 1.0), ("other", False, 1.0))
    weights.recovered("back", now=100.0)
    assert weights.choose(("back", "other"), 100.0, lambda: draw) == served


def test_a_forgotten_model_that_comes_back_has_no_slow_start_of_its_former_life() -> None:
    weights = learned(("back", True, 1.0), ("other", False, 1.0))
    weights.recovered("back", now=100.0)
    weights.forget("back")
    assert weights.choose(("back", "other"), 100.0, drawing(0.5, 0.5, 0.5)) == "back"


@pytest.mark.parametrize("now", [110.0, 111.0])
def test_once_the_slow_start_is_over_it_costs_no_draw(now: float) -> None:
    weights = learned(("back", True, 1.0), ("other", False, 1.0))
    weights.recovered("back", now=100.0)
    assert weights.choose(("back", "other"), now, drawing(0.5, 0.5, 0.5)) == "back"


@pytest.mark.parametrize(
    ("durations", "latency"), [((1.0, 3.0), 1.1), ((1.0, 3.0, 1.1), 1.1), ((0.0,), 1e-6)]
)
def test_the_latency_follows_a_twentieth_of_the_way_and_is_never_zero(
    durations: tuple[float, ...], latency: float
) -> None:
    weights = learned(*[("a", True, duration) for duration in durations])
    assert weights.snapshot()[0].latency == pytest.approx(latency, rel=1e-12)
