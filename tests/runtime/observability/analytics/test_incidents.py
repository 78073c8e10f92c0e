"""Incidents out of notes: overlaps, relapses, what is open, what is merged, what was cut off."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from hive_resilience.runtime.observability.analytics.incidents import (
    Incident,
    Note,
    Took,
    What,
    incidents,
    merged,
    restored,
    times,
    typical,
)

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
WHOLE = (
    (0.0, What.FAILING),
    (2.0, What.DIVERTED),
    (5.0, What.OUT),
    (63.0, What.ANSWERED),
    (65.0, What.BACK),
)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def found(
    notes: Iterable[tuple[float, What]], until: float = 1_000.0, model: str = "a"
) -> list[Incident]:
    told = [Note(at(seconds), model, what, "failure_run") for seconds, what in notes]
    return incidents(told, at(until))


def test_an_incident_has_its_four_times() -> None:
    [one] = found(WHOLE)

    assert (one.detect, one.divert, one.recover) == (Took(5.0), Took(2.0), Took(58.0))
    assert (one.until, one.seen_until, one.cause) == (at(65), at(65), "failure_run")
    assert restored(one, at(123), at(999)).restore == Took(60.0)
    assert restored(one, None, at(163)).restore == Took(100.0, at_least=True)


def test_an_open_incident_takes_at_least_as_long_as_it_was_seen() -> None:
    [one] = found(WHOLE[:3], until=105.0)

    assert one.until is None
    assert one.recover == Took(100.0, at_least=True)


def test_a_model_that_is_back_without_a_call_has_an_end_and_no_certain_recovery() -> None:
    [one] = found([*WHOLE[:3], (65.0, What.BACK)])

    assert one.until == at(65)
    assert one.recover == Took(60.0, at_least=True)


def test_a_relapse_before_the_first_success_is_the_same_incident() -> None:
    [one] = found([*WHOLE[:3], (65.0, What.BACK), (70.0, What.OUT), *later(100.0, WHOLE[3:])])

    assert one.parts == 2
    assert one.recover == Took(158.0)


def test_a_model_that_goes_again_later_has_two_incidents() -> None:
    first, second = found([*WHOLE, *later(500.0, WHOLE)])

    assert (first.began, second.began) == (at(0), at(500))
    assert first.recover == second.recover == Took(58.0)


def test_idle_probes_make_two_incidents_of_two_outages() -> None:
    idle = [(5.0, What.OUT), (20.0, What.BACK), (300.0, What.OUT), (320.0, What.BACK)]
    assert [one.until for one in found(idle)] == [at(20), at(320)]


def test_a_first_failure_is_noted_a_look_after_the_breaker_has_opened() -> None:
    [one] = found([(5.0, What.OUT), (5.8, What.FAILING), *WHOLE[3:]])
    assert one.detect == Took(0.0)


def test_a_process_that_ends_cuts_an_incident_off() -> None:
    [one] = found([*WHOLE[:3], (45.0, What.LOST)])

    assert (one.until, one.lost, one.seen_until) == (None, True, at(45))
    assert one.recover == Took(40.0, at_least=True)


def test_what_was_by_hand_leaves_nothing_behind() -> None:
    by_hand = [(0.0, What.FAILING), (3.0, What.BACK)]
    [one] = found([*by_hand, *later(100.0, WHOLE[2:])])
    assert one.failing_since is None


def test_models_do_not_disturb_each_other() -> None:
    notes = [*((s, w, "a") for s, w in WHOLE), *((s + 3, w, "b") for s, w in WHOLE)]
    told = [Note(at(s), model, what, "x") for s, what, model in sorted(notes)]
    assert [one.recover for one in incidents(told, at(99))] == [Took(58.0), Took(58.0)]


@pytest.mark.parametrize(("apart", "parts"), [(-20.0, [2]), (59.0, [2]), (61.0, [1, 1])])
def test_incidents_closer_than_a_minute_are_one(apart: float, parts: list[int]) -> None:
    one, other = found(WHOLE), found(later(65.0 + apart, WHOLE))
    assert [each.parts for each in merged([*one, *other])] == parts


def test_an_incident_of_two_processes_is_over_once_both_are() -> None:
    longer = found([*WHOLE[:3], (200.0, What.ANSWERED), (210.0, What.BACK)])
    [one] = merged([*found(WHOLE), *longer])
    assert (one.until, one.recover, one.parts) == (at(210), Took(195.0), 2)

    still = found(WHOLE[:3], until=400.0)
    [one] = merged([*found(WHOLE), *still])
    assert (one.until, one.recover) == (None, Took(395.0, at_least=True))


def test_other_models_are_not_merged() -> None:
    assert len(merged([*found(WHOLE), *found(WHOLE, model="b")])) == 2


def test_a_median_among_what_is_not_over_is_at_least_so_much() -> None:
    told = typical([Took(10.0), Took(30.0, at_least=True), Took(40.0)])
    assert told is not None
    assert told.median == Took(30.0, at_least=True)
    assert told.worst == Took(40.0, at_least=True)
    assert typical([]) is None


def test_times_are_of_the_incidents_that_have_them() -> None:
    found_ = times([*found(WHOLE), *found(WHOLE[2:], model="b")])
    assert found_.detect is not None
    assert found_.recover is not None
    assert (found_.detect.count, found_.recover.count, found_.restore) == (1, 2, None)


def later(seconds: float, notes: Iterable[tuple[float, What]]) -> list[tuple[float, What]]:
    return [(seconds + when, what) for when, what in notes]
