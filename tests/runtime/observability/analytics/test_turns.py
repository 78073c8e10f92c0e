"""When a model begins to fail and answers again, out of looks a second apart."""

from __future__ import annotations

from collections.abc import Sequence

from hive_resilience.runtime.observability.analytics.incidents import What
from hive_resilience.runtime.observability.analytics.turns import Look, Turns


def told(looks: Sequence[tuple[int, int, str]], diverted: Sequence[int] = ()) -> list[object]:
    """What is told of looks at one model: good, bad and breaker, by second."""
    turns, found = Turns(), list[object]()
    for second, (good, bad, breaker) in enumerate(looks):
        if second in diverted:
            found += turns.diverted(second, ["a"])
        found += turns.looked(second, Look("a", good, bad, breaker, "available"))
    return [(turn.at, str(turn.what)) for turn in found]  # type: ignore[attr-defined]


WELL, FAILS, OUT = (5, 0, "closed"), (0, 2, "closed"), (0, 1, "open")


def test_an_outage_is_told_from_its_first_failure_to_its_first_success() -> None:
    looks = [WELL, WELL, FAILS, FAILS, OUT, (0, 0, "open"), (1, 0, "half_open"), WELL]
    assert told(looks, diverted=[3]) == [(2, "failing"), (3, "diverted"), (6, "answered")]


def test_failures_without_an_outage_are_not_told() -> None:
    assert told([WELL, FAILS, WELL, FAILS, FAILS, WELL]) == []


def test_a_good_second_begins_the_failing_again() -> None:
    assert told([FAILS, WELL, FAILS, OUT])[0] == (2, "failing")


def test_few_failures_among_many_answers_are_no_beginning() -> None:
    mixed = (9, 1, "closed")
    assert told([mixed, mixed, mixed, FAILS, OUT])[0] == (2, "failing")


def test_a_trial_that_fails_after_one_that_passed_takes_the_success_back() -> None:
    trial = (1, 0, "half_open")
    assert told([FAILS, OUT, trial, OUT, trial, WELL])[-1] == (4, "answered")


def test_a_model_that_is_back_and_idle_is_told_at_its_next_answer() -> None:
    assert told([FAILS, OUT, (0, 0, "closed"), (0, 0, "closed"), WELL])[-1] == (4, "answered")


def test_tasks_that_went_elsewhere_long_before_are_not_of_the_outage() -> None:
    looks = [WELL, *[(0, 0, "closed")] * 9, FAILS, OUT]
    assert told(looks, diverted=[1]) == [(10, "failing")]


def test_a_model_that_has_gone_is_forgotten() -> None:
    turns = Turns()
    turns.looked(0.0, Look("a", 0, 3, "closed", "available"))
    turns.forget(["a"])
    [turn] = turns.looked(9.0, Look("a", 0, 3, "open", "unavailable"))
    assert (turn.at, turn.what) == (9.0, What.FAILING)


def test_an_outage_between_two_looks_is_told_by_the_next_one() -> None:
    turns = Turns()
    turns.went("a")
    found = turns.looked(7.0, Look("a", 9, 3, "closed", "available"))
    assert [(turn.at, turn.what) for turn in found] == [(7.0, What.FAILING), (7.0, What.ANSWERED)]
