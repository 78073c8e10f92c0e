"""Why a model cannot serve, and the error that says so."""

from __future__ import annotations

import math

import pytest

from hive_resilience.actors.policies.outcomes.attempt import Outcome
from hive_resilience.actors.policies.outcomes.errors import (
    CircuitBreakerError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.actors.policies.unavailability import Unavailable, UnavailableReason

SAID = {
    UnavailableReason.MAINTENANCE: "m1 is in maintenance",
    UnavailableReason.DISABLED: "m1 is disabled in the configuration",
    UnavailableReason.STOPPING: "m1 is being removed",
    UnavailableReason.CRASHED: "m1 has crashed and restarts soon",
    UnavailableReason.QUARANTINED: (
        "m1 crashed too often and is quarantined; restart() brings it back"
    ),
    UnavailableReason.UNHEALTHY: "m1 fails its health checks",
    UnavailableReason.UNKNOWN: "m1 is not part of this fleet",
    UnavailableReason.STARTING: "m1 has not started yet",
    UnavailableReason.NOT_SERVED: "m1 is not served by its provider, or not to this account",
}


@pytest.mark.parametrize(
    ("until", "now", "wait"),
    [(15.0, 10.0, 5.0), (10.0, 10.0, 0.0), (5.0, 10.0, 0.0), (math.inf, 10.0, None)],
)
def test_the_wait_is_what_is_left_and_none_where_nobody_knows(
    until: float, now: float, wait: float | None
) -> None:
    error = Unavailable(UnavailableReason.MAINTENANCE, until).error("model", now)
    assert isinstance(error, ModelUnavailableError)
    assert error.retry_after == wait


def test_nobody_knows_the_end_unless_it_is_given() -> None:
    assert Unavailable(UnavailableReason.DISABLED).until == math.inf


def test_an_open_breaker_says_its_state_and_when_to_come_back() -> None:
    error = Unavailable(UnavailableReason.CIRCUIT_OPEN, 70.0, "half_open").error("m1", 10.0)
    assert isinstance(error, CircuitBreakerError)
    assert str(error) == "the circuit breaker of m1 is half_open; try again in 60 s"
    assert (error.state, error.retry_after, error.model_id) == ("half_open", 60.0, "m1")


def test_a_breaker_that_only_an_operator_closes_names_no_time() -> None:
    error = Unavailable(UnavailableReason.CIRCUIT_OPEN).error("m1", 10.0)
    assert isinstance(error, CircuitBreakerError)
    assert str(error) == "the circuit breaker of m1 is open"
    assert (error.state, error.retry_after) == ("open", None)


def test_a_parked_model_is_rate_limited() -> None:
    error = Unavailable(UnavailableReason.PARKED, 11.2345).error("m1", 10.0)
    assert isinstance(error, RateLimitedError)
    assert str(error) == "m1 is rate-limited; try again in 1.23 s"
    assert error.retry_after == pytest.approx(1.2345)
    assert error.model_id == "m1"


@pytest.mark.parametrize("reason", SAID)
def test_every_other_reason_says_what_is_wrong_with_the_model(reason: UnavailableReason) -> None:
    error = Unavailable(reason).error("m1", 10.0)
    assert isinstance(error, ModelUnavailableError)
    assert str(error) == SAID[reason]
    assert (error.retry_after, error.model_id) == (None, "m1")


def test_a_reason_whose_end_is_known_says_when_to_come_back() -> None:
    error = Unavailable(UnavailableReason.CRASHED, 12.0).error("m1", 10.0)
    assert isinstance(error, ModelUnavailableError)
    assert str(error) == "m1 has crashed and restarts soon; try again in 2 s"
    assert error.retry_after == 2.0


def test_every_reason_has_an_error() -> None:
    assert set(SAID) | {UnavailableReason.CIRCUIT_OPEN, UnavailableReason.PARKED} == set(
        UnavailableReason
    )


def test_who_passes_a_model_over_is_told_why_in_a_record_of_no_attempt() -> None:
    record = Unavailable(UnavailableReason.CIRCUIT_OPEN, 71.0, "open").record("m1", 10.0)
    assert record[:5] == ("m1", 0, Outcome.REJECTED, 0.0, 0.0)
    assert str(record.error) == "the circuit breaker of m1 is open; try again in 61 s"
    assert repr(record.error) == f"CircuitBreakerError({str(record.error)!r})"


def test_each_task_gets_an_error_of_its_own() -> None:
    unavailable = Unavailable(UnavailableReason.CIRCUIT_OPEN, 71.0)
    assert unavailable.record("m1", 10.0).error is not unavailable.record("m1", 10.0).error
