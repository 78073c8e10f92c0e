"""After which failures the next model is asked, and what they mean together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.actors.policies.outcomes.attempt import AttemptRecord, Outcome
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.outcomes.moving_on import (
    all_empty,
    common_request_error,
    ends_the_task,
    shortest_wait,
)
from hive_resilience.config import RouteRequestErrors

NONE, LIMITS, ALL = RouteRequestErrors
ENDS = {
    (Fault.MODEL_LIMIT, NONE),
    (Fault.REQUEST, NONE),
    (Fault.REQUEST, LIMITS),
}


class ForeignError(Exception):
    def __init__(self, **fields: object) -> None:
        super().__init__("the words of a client")
        self.__dict__.update(fields)


def failed(model_id: str, error: BaseException, number: int = 1) -> AttemptRecord:
    return AttemptRecord(model_id, number, Outcome.FAILURE, 0.0, 0.1, error)


def passed_over(model_id: str) -> AttemptRecord:
    error = errors.CircuitBreakerError("open", state="open", retry_after=1.0)
    return AttemptRecord(model_id, 0, Outcome.REJECTED, 0.0, 0.0, error)


def limit(model_id: str) -> AttemptRecord:
    return failed(model_id, errors.ModelLimitError("too long", model_id=model_id))


def wrong(model_id: str) -> AttemptRecord:
    return failed(model_id, errors.InvalidRequestError("wrong", model_id=model_id))


def empty(model_id: str) -> AttemptRecord:
    return failed(model_id, errors.EmptyAnswerError("nothing", model_id=model_id))


def broken(model_id: str) -> AttemptRecord:
    return failed(model_id, ConnectionError())


@pytest.mark.parametrize("rule", RouteRequestErrors)
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.CONTENT_REFUSED])
def test_errors_of_a_request_end_a_task_as_the_rule_says_and_no_others_do(
    fault: Fault, rule: RouteRequestErrors
) -> None:
    for refusals in (True, False):
        ends = ends_the_task(fault, route_request_errors=rule, route_refusals=refusals)
        assert ends is ((fault, rule) in ENDS)


@pytest.mark.parametrize("rule", RouteRequestErrors)
def test_a_refusal_ends_a_task_unless_it_is_routed_round(rule: RouteRequestErrors) -> None:
    refused = Fault.CONTENT_REFUSED

    assert ends_the_task(refused, route_request_errors=rule, route_refusals=False)
    assert not ends_the_task(refused, route_request_errors=rule, route_refusals=True)


@pytest.mark.parametrize(
    "attempts",
    [[limit("a")], [limit("a"), limit("b")], [limit("a"), wrong("b")], [wrong("a"), limit("b")]],
)
def test_the_first_error_is_that_of_all_if_no_model_can_take_the_request(
    attempts: list[AttemptRecord],
) -> None:
    assert common_request_error(attempts) is attempts[0].error


@pytest.mark.parametrize(
    "attempts",
    [
        [],
        [passed_over("a")],
        [passed_over("a"), limit("b")],
        [limit("a"), passed_over("b")],
        [limit("a"), failed("b", errors.ModelLimitError("as another task was told"), number=0)],
        [limit("a"), broken("b")],
        [broken("a"), limit("b")],
        [limit("a"), empty("b")],
        [limit("a"), failed("b", errors.ContentRefusedError("no"))],
        [limit("a"), AttemptRecord("b", 1, Outcome.SUCCESS, 0.0, 0.1)],
    ],
)
def test_a_model_that_was_passed_over_or_failed_otherwise_might_have_taken_it(
    attempts: list[AttemptRecord],
) -> None:
    assert common_request_error(attempts) is None


def test_a_clients_error_becomes_one_of_ours_that_quotes_nothing() -> None:
    foreign = ForeignError(status_code=400, code="context_length_exceeded")

    found = common_request_error([failed("a", foreign), limit("b")])

    assert type(found) is errors.ModelLimitError
    assert str(found) == "a cannot take this request: ForeignError"
    assert (found.model_id, found.status, found.__cause__) == ("a", 400, foreign)


@pytest.mark.parametrize(
    ("attempts", "all_of_them"),
    [
        ([empty("a")], True),
        ([empty("a"), empty("b")], True),
        ([empty("a"), passed_over("b")], True),
        ([empty("a"), broken("b"), empty("b")], True),
        ([empty("a"), empty("b"), broken("b")], False),
        ([passed_over("a")], False),
        ([], False),
        ([empty("a"), broken("b")], False),
        ([broken("a"), empty("b")], False),
        ([empty("a"), limit("b")], False),
        ([empty("a"), AttemptRecord("b", 1, Outcome.SUCCESS, 0.0, 0.1)], False),
    ],
)
def test_all_are_empty_if_each_model_that_was_asked_answered_so(
    attempts: list[AttemptRecord], all_of_them: bool
) -> None:
    assert all_empty(attempts) is all_of_them


@pytest.mark.parametrize(
    ("told", "shortest"),
    [
        ([], None),
        ([None], None),
        ([30.0, 5.0, None], 5.0),
        ([31e6], 90.0),
        ([1.7e9 + 40, 60.0], 40.0),
        (["39s", 50.0], 39.0),
        (["soon", -1.0, float("inf")], None),
    ],
)
def test_the_shortest_of_the_waits_is_bounded(told: list[object], shortest: float | None) -> None:
    attempts = [failed("a", ForeignError(retry_after=one)) for one in told]
    attempts.append(AttemptRecord("b", 1, Outcome.SUCCESS, 0.0, 0.1))

    assert shortest_wait(attempts, wall_now=1.7e9, longest=90.0) == shortest


records = st.lists(
    st.sampled_from([limit, wrong, empty, broken, passed_over]).map(lambda make: make("a")),
    max_size=5,
)


@given(records)
def test_a_task_fails_by_its_request_or_is_empty_but_never_both(
    attempts: list[AttemptRecord],
) -> None:
    assert common_request_error(attempts) is None or not all_empty(attempts)
