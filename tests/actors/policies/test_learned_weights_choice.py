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
    assert weights.choose(("known", "unknown"), drawing(known, unknown, 0.5)) == best


def test_of_equals_the_first_wins() -> None:
    assert LearnedWeights().choose(("a", "b"), drawing(0.5, 0.5, 0.5)) == "a"


def test_slowness_costs_among_models_that_take_less_than_a_second_too() -> None:
    weights = learned(("slow", True, 0.9), ("slow", True, 0.9), ("quick", True, 0.001))
    assert weights.choose(("slow", "quick"), drawing(0.5, 0.5, 0.5)) == "quick"


def test_a_model_that_only_failed_sets_no_pace() -> None:
    weights = learned(("slow", True, 16.0), ("failed", False, 0.1))
    best = weights.choose(("slow", "failed", "new"), drawing(0.5, 0.5, 0.5, 0.5))
    assert best == "slow"


@pytest.mark.parametrize(("draw", "served"), [(0.0099, "b"), (0.01, "a")])
def test_below_one_percent_is_an_exploration(draw: float, served: str) -> None:
    weights = learned(("a", True, 1.0))
    draws = (0.5, 0.5, draw, 0.0)
    assert weights.choose(("a", "b"), iter(draws).__next__) == served


def test_after_five_hundred_outcomes_for_each_model_half_of_the_old_ones_are_forgotten() -> None:
    weights = learned(*[("old", False, 1.0)] * 3, *[("other", True, 1.0)] * 999)
    weights.record("old", False, 1.0)
    failures = (1 + 0.995 + 0.995**2) / 2 + 1
    assert weights.snapshot()[1].success_share == pytest.approx(1 / (2 + failures), rel=1e-12)


@pytest.mark.parametrize(
    ("durations", "latency"), [((1.0, 3.0), 1.1), ((1.0, 3.0, 1.1), 1.1), ((0.0,), 1e-6)]
)
def test_the_latency_follows_a_twentieth_of_the_way_and_is_never_zero(
    durations: tuple[float, ...], latency: float
) -> None:
    weights = learned(*[("a", True, duration) for duration in durations])
    assert weights.snapshot()[0].latency == pytest.approx(latency, rel=1e-12)
