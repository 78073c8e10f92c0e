"""Which of the models that have failed a task is asked again first."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.repetition import Repetition, Repetitions


def waiting(*failures: tuple[str, float, float]) -> Repetitions:
    """Models that have failed at first, each with its delay and the moment of its failure."""
    found = Repetitions()
    for model_id, delay, now in failures:
        found.add(model_id, 1, delay, now)
    return found


@pytest.mark.parametrize(
    ("failures", "first"),
    [
        ([("a", 2.0, 0.0), ("b", 1.0, 0.0)], "b"),
        ([("a", 2.0, 0.0), ("b", 1.0, 0.5)], "b"),
        ([("a", 2.0, 0.0), ("b", 1.0, 1.5)], "a"),
        ([("a", 1.0, 1.0), ("b", 2.0, 0.0)], "a"),
        ([("b", 2.0, 0.0), ("a", 1.0, 1.0)], "b"),
        ([("a", 0.0, 3.0), ("b", 0.0, 2.0)], "b"),
    ],
)
def test_the_model_whose_wait_ends_first_goes_first_and_of_equals_the_first_that_failed(
    failures: list[tuple[str, float, float]], first: str
) -> None:
    found = waiting(*failures).first()
    assert found is not None
    assert found.model_id == first


def test_a_repetition_has_the_next_number_and_is_due_after_the_delay_from_its_failure() -> None:
    found = Repetitions()
    found.add("a", 3, 2.0, 10.0)
    assert found.first() == Repetition("a", number=4, delay=2.0, due=12.0)


def test_what_is_taken_waits_no_more_and_what_is_only_looked_at_does() -> None:
    found = waiting(("a", 1.0, 0.0), ("b", 2.0, 0.0))
    assert found.first() == found.first()
    assert len(found) == 2
    taken = [found.take(), found.take()]
    assert [one and one.model_id for one in taken] == ["a", "b"]
    assert (found.take(), found.first(), len(found)) == (None, None, 0)


def test_a_model_that_fails_again_waits_once_and_behind_its_equals() -> None:
    found = waiting(("a", 1.0, 0.0), ("b", 1.0, 0.0))
    found.add("a", 2, 1.0, 0.0)
    assert len(found) == 2
    first = found.take()
    assert first is not None
    assert first.model_id == "b"
    assert found.first() == Repetition("a", number=3, delay=1.0, due=1.0)


def test_what_a_branch_has_found_is_taken_over() -> None:
    found, branch = waiting(("a", 3.0, 0.0)), waiting(("b", 1.0, 0.0))
    found.update(branch)
    first = found.first()
    assert first is not None
    assert (first.model_id, len(found), len(branch)) == ("b", 2, 1)


def test_nothing_waits_once_it_is_cleared() -> None:
    found = waiting(("a", 3.0, 0.0))
    found.clear()
    assert (len(found), found.take()) == (0, None)
