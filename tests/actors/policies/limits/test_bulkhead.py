"""Places for calls in flight and the line before them."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.limits.bulkhead import Bulkhead

from .bulkhead_kit import bulkhead_of, owners, serve_all, wait


def test_as_many_enter_as_there_are_places() -> None:
    bulkhead = Bulkhead[str]()

    assert [bulkhead.try_enter() for _ in range(101)] == [True] * 100 + [False]
    assert bulkhead.in_flight == 100


def test_without_a_line_nobody_waits() -> None:
    bulkhead = bulkhead_of(1)

    assert bulkhead.enqueue("late", 9, 0.0, None) is None
    assert bulkhead.snapshot().refused == 1


def test_a_place_given_back_is_free_again() -> None:
    bulkhead = bulkhead_of(1)

    assert bulkhead.leave(0.0) is None
    assert bulkhead.try_enter()


def test_leaving_without_having_entered_raises_and_changes_nothing() -> None:
    bulkhead = bulkhead_of(1, taken=False)

    with pytest.raises(RuntimeError, match="each call leaves once"):
        bulkhead.leave(0.0)

    assert bulkhead.in_flight == 0


def test_waiting_while_a_place_is_free_raises_and_changes_nothing() -> None:
    bulkhead = bulkhead_of(1, 5, taken=False)

    with pytest.raises(RuntimeError, match="a place is free"):
        bulkhead.enqueue("hasty", 1, 0.0, None)

    assert bulkhead.waiting == 0


def test_the_waiting_are_served_by_priority_then_age() -> None:
    bulkhead = bulkhead_of(1, 10)
    for owner, priority in [("a", 1), ("b", 0), ("c", 2), ("d", 1), ("e", 2)]:
        wait(bulkhead, owner, priority)

    assert serve_all(bulkhead) == ["c", "e", "a", "d", "b"]
    assert bulkhead.in_flight == 0


def test_a_served_ticket_holds_the_place() -> None:
    bulkhead = bulkhead_of(1, 1)
    ticket = wait(bulkhead, "a")

    assert bulkhead.leave(0.0) is ticket
    assert bulkhead.in_flight == 1
    assert not bulkhead.try_enter()
    assert not bulkhead.withdraw(ticket)


def test_a_full_line_refuses_an_equal_and_sheds_the_newest_of_the_lowest_for_a_higher() -> None:
    bulkhead = bulkhead_of(1, 3)
    for owner, priority in [("old low", 0), ("new low", 0), ("normal", 1)]:
        wait(bulkhead, owner, priority)

    assert bulkhead.enqueue("another low", 0, 0.0, None) is None
    assert bulkhead.drain_dropped() == []
    wait(bulkhead, "critical", 3)

    assert owners(bulkhead.drain_dropped()) == ["new low"]
    assert bulkhead.drain_dropped() == []
    assert serve_all(bulkhead) == ["critical", "normal", "old low"]


def test_the_expired_make_room_before_anybody_is_shed() -> None:
    bulkhead = bulkhead_of(1, 2)
    wait(bulkhead, "expired", 3, deadline=5.0)
    wait(bulkhead, "low", 0)

    wait(bulkhead, "critical", 3, now=5.0)

    assert owners(bulkhead.drain_dropped()) == ["expired"]
    assert (bulkhead.snapshot().expired, bulkhead.snapshot().shed) == (1, 0)


def test_a_newcomer_who_is_too_late_is_refused_and_sheds_nobody() -> None:
    bulkhead = bulkhead_of(1, 1)
    wait(bulkhead, "low", 0)

    assert bulkhead.enqueue("late", 3, now=5.0, deadline=5.0) is None

    assert bulkhead.waiting == 1


def test_nobody_is_served_past_his_deadline() -> None:
    bulkhead = bulkhead_of(1, 3)
    wait(bulkhead, "late", 3, deadline=5.0)
    wait(bulkhead, "in time", 1, deadline=5.1)

    ticket = bulkhead.leave(now=5.0)

    assert ticket is not None
    assert ticket.owner == "in time"
    assert owners(bulkhead.drain_dropped()) == ["late"]


def test_a_place_stays_free_when_all_the_waiting_have_expired() -> None:
    bulkhead = bulkhead_of(1, 2)
    wait(bulkhead, "a", deadline=1.0)

    assert bulkhead.leave(now=2.0) is None
    assert bulkhead.in_flight == 0
    assert owners(bulkhead.drain_dropped()) == ["a"]
