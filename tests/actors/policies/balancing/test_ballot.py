"""When enough answers agree."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.balancing.ballot import Ballot, same_answer


def ballot(needed: int, **answers: object) -> Ballot:
    found = Ballot(needed, same_answer)
    for voter, answer in answers.items():
        found.add(voter, answer)
    return found


def test_the_winners_are_the_first_that_agree_in_the_order_of_their_answers() -> None:
    assert ballot(2, a="no", b="yes", c="Yes").winners == ("b", "c")


def test_too_few_that_agree_are_no_winners() -> None:
    found = ballot(2, a="1", b="2", c="3")
    assert (found.winners, found.answered, found.agreed) == ((), 3, 1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Paris", "  paris\n", True),
        ("a  b", "a b", True),
        ("ab", "a b", False),
        ("STRASSE", "straße", True),
        ([1.0, 2.0], [1.0, 2.0], True),
        ({"n": 1}, {"n": 2}, False),
        ("1", 1, False),
    ],
)
def test_answers_are_the_same_but_for_spaces_and_capitals(
    one: object, other: object, same: bool
) -> None:
    assert same_answer(one, other) is same


@pytest.mark.parametrize(
    ("answers", "running", "missing"),
    [
        ({}, 0, 2),
        ({}, 2, 0),
        ({"a": "x"}, 1, 0),
        ({"a": "x", "b": "y"}, 0, 1),
        ({"a": "x", "b": "y"}, 1, 0),
        ({"a": "x", "b": "x"}, 0, 0),
    ],
)
def test_so_many_more_are_asked_as_an_agreement_still_takes(
    answers: dict[str, object], running: int, missing: int
) -> None:
    assert ballot(2, **answers).missing(running) == missing


def test_the_refusal_says_what_was_needed_and_what_was_found() -> None:
    error = ballot(2, a="x", b="y").refusal(2, ())
    assert (error.needed, error.agreed, error.answered) == (2, 1, 2)
    assert str(error) == "2 models have to agree: 2 answered and 1 of them agree at most"
    assert str(ballot(3).refusal(1, ())) == "3 models have to agree: 1 can be asked"


def test_a_comparison_that_raises_is_named_without_its_words() -> None:
    error = Ballot(2, same_answer).unjudged(ValueError("a part of the answer"), ())
    assert str(error) == "the comparison of answers (agree) raised ValueError"
    assert isinstance(error.__cause__, ValueError)
