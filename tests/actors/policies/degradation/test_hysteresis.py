"""When the level changes: after three looks, one step back at a time, and never to and fro."""

# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.degradation.hysteresis import PACE, Hysteresis
from hive_resilience.actors.policies.degradation.signals import Verdict

HOUR = 3_600.0


def bad(rank: int, floor: int | None = None) -> Verdict:
    return Verdict(rank, rank if floor is None else floor, "tasks fail", ())


def changes(wave: Callable[[float], int], span: float, offset: float = 0.0) -> list[float]:
    """When the level changes while the fleet is as bad as `wave` says."""
    level = Hysteresis()
    looks = [offset + PACE * at for at in range(int(span / PACE))]
    return [now for now in looks if level.look(now, bad(wave(now))) is not None]


def test_a_level_begins_at_the_third_look_and_not_before() -> None:
    level = Hysteresis()

    found = [level.look(PACE * at, bad(3)) for at in range(3)]

    assert found[:2] == [None, None]
    assert found[2] is not None
    assert (found[2].before, found[2].after) == (0, 3)


def test_two_bad_looks_change_nothing() -> None:
    assert changes(lambda now: 4 if now in (10.0, 15.0) else 0, HOUR) == []


def test_the_lowest_of_three_looks_is_the_level() -> None:
    level = Hysteresis()

    for at, rank in enumerate((4, 1, 3)):
        level.look(PACE * at, bad(rank))

    assert level.rank == 1


def test_two_changes_are_fifteen_seconds_apart_at_least() -> None:
    found = changes(lambda now: 1 if now < 12 else 4, 100.0)

    assert found == [10.0, 25.0]


def test_it_steps_back_one_level_at_a_time_after_a_minute_of_calm() -> None:
    level, told = Hysteresis(), []
    for at in range(200):
        now = PACE * at
        move = level.look(now, bad(2 if now < 20 else 0))
        told += [] if move is None else [(now, move.after)]

    assert told == [(10.0, 2), (80.0, 1), (95.0, 0)]


def test_what_is_above_seventy_percent_of_its_entry_keeps_the_level() -> None:
    level = Hysteresis()
    for at in range(3):
        level.look(PACE * at, bad(2))

    for at in range(3, 500):
        assert level.look(PACE * at, bad(0, floor=2)) is None

    assert level.rank == 2


def test_looks_with_a_gap_between_them_are_not_in_a_row() -> None:
    level = Hysteresis()

    found = [level.look(now, bad(4)) for now in (0.0, 5.0, 500.0, 505.0)]

    assert found == [None] * 4


@given(
    low=st.integers(0, 4),
    high=st.integers(0, 4),
    first=st.floats(30.0, 300.0),
    second=st.floats(30.0, 300.0),
    offset=st.floats(0.0, 5.0),
)
def test_no_square_wave_changes_the_level_more_than_four_times_an_hour(
    low: int, high: int, first: float, second: float, offset: float
) -> None:
    found = changes(
        lambda now: low if (now - offset) % (first + second) < first else high, 2 * HOUR, offset
    )

    assert all(later - at > HOUR for at, later in zip(found, found[4:], strict=False))


@pytest.mark.parametrize("half", [60.0, 100.0, 150.0, 300.0])
def test_without_memory_the_same_wave_would_change_it_all_the_time(
    half: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hysteresis, "_patience", lambda *_: 60.0)

    found = changes(lambda now: 4 if now % (2 * half) < half else 0, HOUR)

    assert len(found) > (4 if half > 60 else 0)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=300))
def test_it_never_steps_down_by_more_than_one(ranks: list[int]) -> None:
    level = Hysteresis()

    moves = [level.look(PACE * at, bad(rank)) for at, rank in enumerate(ranks)]

    assert all(one.after >= one.before - 1 for one in moves if one is not None)


@given(st.lists(st.integers(0, 4), max_size=100))
def test_a_fleet_that_is_well_comes_back_to_none(ranks: list[int]) -> None:
    level = Hysteresis()
    for at, rank in enumerate(ranks):
        level.look(PACE * at, bad(rank))

    for at in range(100):
        level.look(PACE * (len(ranks) + at), bad(0))

    assert level.rank == 0
    assert level.is_settled
