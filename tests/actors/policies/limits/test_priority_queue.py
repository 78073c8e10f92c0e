"""A line by priority then age: what it gives, and what it forgets."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.limits.priority_queue import PriorityQueue


def test_the_lowest_priority_is_that_of_the_entry_which_would_go_last() -> None:
    line: PriorityQueue[str] = PriorityQueue()
    for owner, priority in (("normal", 1), ("high", 2), ("low", 0), ("normal too", 1)):
        line.add(owner, priority, None)
    left = [(line.lowest_priority(), line.pop_last().owner) for _ in range(4)]
    assert left == [(0, "low"), (1, "normal too"), (1, "normal"), (2, "high")]


def test_entries_are_numbered_from_one_unless_they_share_the_numbers_of_another_line() -> None:
    assert PriorityQueue[str]().add("a", 0, None).number == 1
    assert PriorityQueue[str](iter([7, 8])).add("a", 0, None).number == 7


@pytest.mark.parametrize(("waiting", "kept"), [(0, 64), (10, 84)])
def test_the_deadlines_of_tasks_that_have_left_are_forgotten(waiting: int, kept: int) -> None:
    line: PriorityQueue[str] = PriorityQueue()
    for number in range(waiting):
        line.add("stays", 0, 1000.0 + number)
    most = 0
    for number in range(500):
        line.discard(line.add("leaves", 0, float(number)))
        most = max(most, len(line._deadlines))
        assert len(line._deadlines) <= kept
    assert most == kept
    assert line.next_deadline() == (1000.0 if waiting else None)


def test_the_first_is_the_oldest_of_the_highest_priority_and_stays() -> None:
    line: PriorityQueue[str] = PriorityQueue()
    for owner, priority in (("normal", 1), ("high", 2), ("high too", 2), ("low", 0)):
        line.add(owner, priority, None)

    assert line.first().owner == "high"
    assert [line.count_from(priority) for priority in (0, 1, 2, 3)] == [4, 3, 2, 0]
    assert line.length == 4
