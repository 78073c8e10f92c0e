"""Processes that serve together have one level: by what all have seen, as the eldest decides."""

from __future__ import annotations

from hive_resilience.actors.policies.degradation.fleet_level import FleetLevel
from hive_resilience.actors.policies.degradation.several import (
    LASTS,
    LevelWord,
    Others,
    Seen,
    readings_of,
)
from hive_resilience.actors.policies.degradation.signals import Readings, Thresholds
from hive_resilience.config import DegradationConfig


def word(number: int, born: float, *, rank: int = 0, busy: bool = True) -> LevelWord:
    return LevelWord(number, born, busy, rank, "told", Seen(10, 0))


def test_a_few_tasks_of_each_are_enough_together() -> None:
    few = Seen(succeeded=4, failed=1)

    assert readings_of([few] * 3, min_tasks=20).success is None
    assert readings_of([few] * 4, min_tasks=20).success == 0.8


def test_a_full_line_of_one_is_a_part_of_the_room_of_all() -> None:
    full, empty = Seen(turns=(10, 10)), Seen(turns=(0, 10))

    assert readings_of([full, empty], 20).queue == 0.5
    assert readings_of([Seen(places=(3, 0)), empty], 20).queue == 1.0
    assert readings_of([Seen(places=(3, 6)), Seen(places=(0, 6))], 20).queue == 0.25


def test_the_median_latency_is_over_the_answers_of_all() -> None:
    slow, well = Seen(ratios=((9.0, 10),)), Seen(ratios=((1.0, 30),))

    assert readings_of([slow, well], 20).latency == 1.0
    assert readings_of([slow], 10).latency == 9.0


def test_the_eldest_decides_whatever_its_number() -> None:
    others = Others(1, born=50.0)
    assert others.leader(0.0) is None

    others.take(0.0, word(2, 90.0))
    assert others.leader(0.0) is None
    others.take(0.0, word(3, 10.0))
    leader = others.leader(0.0)

    assert leader is not None
    assert leader.number == 3


def test_a_process_that_is_silent_neither_counts_nor_decides() -> None:
    others = Others(1, born=50.0)
    others.take(0.0, word(3, 10.0))

    assert others.is_busy(LASTS)
    assert len(others.seen(LASTS)) == 1
    assert others.leader(LASTS + 0.1) is None
    assert not others.is_busy(LASTS + 0.1)
    assert others.seen(LASTS + 0.1) == []


def test_a_process_that_followed_goes_on_where_the_other_has_ended() -> None:
    level = FleetLevel(Thresholds.of(DegradationConfig(), 60.0))
    down = Readings(usable=0.0)

    move = level.follow(0.0, 4, "all is down")
    for at in range(4):
        level.note(5.0 * at, down)

    assert move is not None
    assert (move.before, move.after, level.reason) == (0, 4, "all is down")
    assert level.look(20.0, down) is None
    assert level.rank == 4
    assert level.follow(21.0, 4, "all is down") is None


def test_what_is_noted_moves_nothing() -> None:
    level = FleetLevel(Thresholds.of(DegradationConfig(), 60.0))

    for at in range(9):
        level.note(5.0 * at, Readings(usable=0.0))

    assert level.rank == 0
    assert level.verdict.rank == 4
