"""Those who leave the line before their turn, and limits that change."""

from __future__ import annotations

from hive_resilience.actors.policies.limits.bulkhead import BulkheadSnapshot
from hive_resilience.config import BulkheadConfig

from .bulkhead_kit import bulkhead_of, owners, serve_all, wait


def test_the_next_deadline_is_the_earliest_of_those_who_still_wait() -> None:
    bulkhead = bulkhead_of(1, 5)
    assert bulkhead.next_deadline is None
    wait(bulkhead, "endless")
    assert bulkhead.next_deadline is None
    soon = wait(bulkhead, "soon", deadline=1.0)
    wait(bulkhead, "later", deadline=2.0)
    assert bulkhead.next_deadline == 1.0

    bulkhead.withdraw(soon)

    assert bulkhead.next_deadline == 2.0
    bulkhead.expire(now=2.0)
    assert owners(bulkhead.drain_dropped()) == ["later"]


def test_a_withdrawn_ticket_is_not_served_and_goes_once() -> None:
    bulkhead = bulkhead_of(1, 3)
    ticket = wait(bulkhead, "a", deadline=1.0)
    wait(bulkhead, "b")

    assert bulkhead.withdraw(ticket)
    assert not bulkhead.withdraw(ticket)

    bulkhead.expire(now=9.0)
    assert bulkhead.drain_dropped() == []
    assert serve_all(bulkhead) == ["b"]


def test_a_ticket_of_another_bulkhead_is_not_mistaken_for_ones_own() -> None:
    one, other = bulkhead_of(1, 1), bulkhead_of(1, 1)
    stranger = wait(one, "a")
    wait(other, "b")

    assert not other.withdraw(stranger)
    assert other.waiting == 1


def test_those_who_come_and_go_leave_nothing_behind() -> None:
    bulkhead = bulkhead_of(1, 5)

    for number in range(10_000):
        bulkhead.withdraw(wait(bulkhead, "a", deadline=1e9 + number))

    assert len(bulkhead._line._deadlines) <= 64
    assert bulkhead._line._lanes == {}


def test_more_places_serve_the_first_of_the_waiting_at_once() -> None:
    bulkhead = bulkhead_of(1, 5)
    for owner, priority in [("a", 1), ("b", 2), ("c", 1)]:
        wait(bulkhead, owner, priority)

    served = bulkhead.resize(BulkheadConfig(max_concurrent=3, max_queue=5), now=0.0)

    assert owners(served) == ["b", "a"]
    assert (bulkhead.in_flight, bulkhead.waiting) == (3, 1)


def test_fewer_places_put_nobody_out_and_serve_nobody_before_there_is_one() -> None:
    bulkhead = bulkhead_of(3, 5)
    wait(bulkhead, "a")

    assert bulkhead.resize(BulkheadConfig(max_concurrent=1, max_queue=5), now=0.0) == []

    assert bulkhead.in_flight == 3
    assert [bulkhead.leave(0.0), bulkhead.leave(0.0)] == [None, None]
    assert serve_all(bulkhead) == ["a"]


def test_a_shorter_line_sheds_its_end() -> None:
    bulkhead = bulkhead_of(1, 3)
    for owner, priority in [("a", 1), ("b", 2), ("c", 1)]:
        wait(bulkhead, owner, priority)

    bulkhead.resize(BulkheadConfig(max_concurrent=1, max_queue=1), now=0.0)

    assert owners(bulkhead.drain_dropped()) == ["c", "a"]


def test_clearing_sends_everybody_away_and_leaves_the_calls_in_flight() -> None:
    bulkhead = bulkhead_of(2, 3)
    wait(bulkhead, "a")
    wait(bulkhead, "b")

    assert owners(bulkhead.clear()) == ["b", "a"]
    assert bulkhead.snapshot() == BulkheadSnapshot(
        limit=2, max_queue=3, in_flight=2, waiting=0, refused=0, shed=2, expired=0, configured=2
    )
