"""A level by hand goes before the figures, until it is taken back or its time is over."""

from __future__ import annotations

from hive_resilience.actors.policies.degradation.fleet_level import FleetLevel
from hive_resilience.actors.policies.degradation.signals import Readings, Thresholds
from hive_resilience.config import DegradationConfig

WELL, DOWN = Readings(usable=1.0, success=1.0), Readings(usable=0.0)


def level() -> FleetLevel:
    return FleetLevel(Thresholds.of(DegradationConfig(), 60.0))


def test_the_figures_do_not_move_a_level_that_is_held() -> None:
    found = level()
    found.hold(0.0, 1, None, "a rehearsal", "ada")

    moves = [found.look(5.0 * at, DOWN) for at in range(10)]

    assert moves == [None] * 10
    assert (found.rank, found.measured) == (1, 4)


def test_the_end_of_a_hold_leads_to_what_the_figures_say() -> None:
    found = level()
    found.hold(0.0, 0, None, "leave us alone", "ada")
    for at in range(10):
        found.look(5.0 * at, DOWN)

    move = found.release(60.0, "done", "ada")

    assert move is not None
    assert (move.before, move.after) == (0, 4)


def test_a_hold_ends_with_its_time_and_not_before() -> None:
    found = level()
    found.hold(0.0, 3, 30.0, "a rehearsal", "ada")

    assert found.expire(20.0) is None
    assert found.rank == 3
    assert found.expire(30.0) is not None
    assert found.rank == 0


def test_a_hold_of_what_holds_anyway_is_no_change() -> None:
    found = level()

    assert found.hold(0.0, 0, None, "stay", "ada") is None
    assert found.held is not None


def test_a_level_that_tasks_have_made_is_not_settled() -> None:
    found = level()
    for at in range(4):
        found.look(5.0 * at, Readings(usable=1.0, success=0.5))

    assert found.rank == 4
    assert not found.is_settled


def test_a_level_that_lost_models_have_made_is_settled_until_they_change() -> None:
    found = level()
    for at in range(4):
        found.look(5.0 * at, DOWN)

    assert found.is_settled
