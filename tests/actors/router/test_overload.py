"""Three times what a model can do, for a minute: with shedding, and without it as the control."""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks.overload.course import ANSWERED, LATE, REFUSED, SHED, Course
from benchmarks.overload.scenarios import (
    BEFORE,
    CAPACITY,
    OVERLOAD,
    bears_less,
    too_much,
)

from ...sampling import sampled

BEGIN, END = BEFORE, BEFORE + OVERLOAD
SEEDS = sampled(range(3), 3)
TARGETS = {"critical": 0.99, "goodput": 0.9}


@cache
def run(shed: bool, seed: int) -> Course:
    return too_much(shed=shed, seed=seed)


def goodput(course: Course) -> float:
    return course.count(ANSWERED, BEGIN, END) / (CAPACITY * OVERLOAD)


@pytest.mark.parametrize("seed", SEEDS)
def test_critical_tasks_are_answered_and_most_of_the_capacity_is_used(seed: int) -> None:
    course = run(True, seed)
    assert course.share("critical", BEGIN, END) >= TARGETS["critical"]
    assert goodput(course) >= TARGETS["goodput"]
    assert course.count(SHED, 0, BEGIN) == 0
    assert sum(course.count(SHED, 0, 1_000, name) for name in ("high", "critical")) == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_low_priority_is_shed_first_and_most(seed: int) -> None:
    course = run(True, seed)
    assert course.first(SHED, "low") < course.first(SHED, "normal")
    answered = [course.share(name, BEGIN, END) for name in ("low", "normal", "high", "critical")]
    assert answered == sorted(answered)


@pytest.mark.parametrize("seed", SEEDS)
def test_all_is_as_before_90_seconds_after_it(seed: int) -> None:
    course = run(True, seed)
    assert course.last(SHED, REFUSED, LATE) <= END + 90
    assert course.waiting[END + 90] == 0
    assert course.share("low", END + 90, 1_000) == 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_without_shedding_the_same_load_fails_both_targets(seed: int) -> None:
    course = run(False, seed)
    assert course.share("critical", BEGIN, END) < TARGETS["critical"]
    assert goodput(course) < TARGETS["goodput"]
    assert course.count(SHED, 0, 1_000) == 0


def lost(course: Course) -> float:
    ends = [course.count(fate, 0, 1_000) for fate in (ANSWERED, SHED, REFUSED, LATE)]
    return 1.0 - ends[0] / sum(ends)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_limit_that_adapts_follows_what_the_provider_bears(seed: int) -> None:
    course = bears_less("aimd", seed)
    assert lost(course) < 0.01
    during, after = course.limits[BEGIN + 10 : END], course.limits[END + 45 :]
    assert sum(during) / len(during) < 10
    assert sum(after) / len(after) > 15


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fixed_limit_runs_into_an_open_breaker_there(seed: int) -> None:
    assert lost(bears_less("fixed", seed)) > 0.2
