"""What counts at a guard: as in a runtime, and as its options say."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from hive_resilience import CircuitBreakerGuard
from hive_resilience.config import FailureIfConfig
from hive_resilience.errors import (
    AnswerRejectedError,
    EmptyAnswerError,
    InvalidRequestError,
    RateLimitedError,
)

from .guard_kit import SETTINGS, Clock

NOT_FOUND = InvalidRequestError("no such page", status=404)


def guard_with(**options: Any) -> CircuitBreakerGuard:
    return CircuitBreakerGuard(SETTINGS, name="search", clock=Clock(), **options)


def raise_at(guard: CircuitBreakerGuard, error: BaseException, times: int = 2) -> None:
    def failing() -> None:
        raise error

    for _ in range(times):
        with pytest.raises(type(error)):
            guard.call(failing)


def counts(guard: CircuitBreakerGuard) -> tuple[int, int]:
    seen = guard.snapshot()
    return seen.calls, seen.failed


def is_reset(error: BaseException) -> bool:
    return "reset" in str(error)


def never(error: BaseException) -> bool:
    return False


def is_of_the_system(error: BaseException) -> bool:
    return isinstance(error, OSError)


def fails(error: Any) -> bool:
    return bool(error.status == 404)


def is_apology(answer: object) -> bool:
    return answer == "sorry"


@pytest.mark.parametrize(
    "ignore",
    [
        OSError,
        (ValueError, OSError),
        is_reset,
        [never, ConnectionError],
    ],
)
def test_what_is_ignored_counts_as_nothing(ignore: Any) -> None:
    guard = guard_with(ignore=ignore)

    raise_at(guard, ConnectionError("reset"), times=5)

    assert (guard.state, counts(guard)) == ("closed", (0, 0))
    raise_at(guard, KeyError())
    assert guard.state == "open"


def test_what_is_recorded_counts_even_where_a_runtime_would_not_count_it() -> None:
    guard = guard_with(record=InvalidRequestError)

    raise_at(guard, NOT_FOUND)

    assert guard.state == "open"


def test_with_record_any_other_error_shows_that_the_dependency_is_well() -> None:
    guard = guard_with(record=is_of_the_system)

    raise_at(guard, OSError("down"), times=1)
    raise_at(guard, ValueError("mine"), times=1)

    assert counts(guard) == (2, 1)
    assert guard.snapshot().failures_in_row == 0


def test_what_is_ignored_is_not_recorded() -> None:
    guard = guard_with(record=OSError, ignore=ConnectionError)

    raise_at(guard, ConnectionError())

    assert counts(guard) == (0, 0)


def test_a_recorded_rate_limit_still_parks() -> None:
    guard = guard_with(record=RateLimitedError)

    raise_at(guard, RateLimitedError("slow down", retry_after=7.0), times=1)

    assert guard.snapshot().parked_for == 7.0


def test_neither_option_counts_an_interrupt(caplog: pytest.LogCaptureFixture) -> None:
    guard = guard_with(record=BaseException)

    raise_at(guard, KeyboardInterrupt(), times=3)

    assert counts(guard) == (0, 0)


def test_a_function_that_fails_is_logged_and_means_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    guard = guard_with(ignore=fails)

    raise_at(guard, OSError("down"))

    assert guard.state == "open"
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert caplog.messages == ["a function of ignore failed"] * 2


async def _async_test(error: BaseException) -> bool:
    return True


@pytest.mark.parametrize("option", ["ignore", "record"])
@pytest.mark.parametrize("wrong", ["OSError", 404, [OSError, "x"], int, _async_test])
def test_what_is_no_test_of_an_error_is_refused(option: str, wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"{option} takes exception classes and functions"):
        guard_with(**{option: wrong})


# Answers that are failures.


def test_an_answer_that_failure_if_names_is_a_failure() -> None:
    guard = guard_with(failure_if=is_apology)

    for _ in range(2):
        with pytest.raises(AnswerRejectedError, match="failure_if rejects the answer of search"):
            guard.call(str, "sorry")

    assert guard.state == "open"


def test_other_answers_pass(clock: Clock) -> None:
    guard = guard_with(failure_if=is_apology)

    assert guard.call(str, "fine") == "fine"
    assert asyncio.run(guard.execute(str, "fine")) == "fine"
    assert counts(guard) == (2, 0)


def test_an_awaited_answer_is_judged_too() -> None:
    guard = guard_with(failure_if=bool)

    with pytest.raises(AnswerRejectedError):
        asyncio.run(guard.execute(int, 1))

    assert counts(guard) == (1, 1)


def test_failure_if_takes_the_settings_of_a_model() -> None:
    guard = guard_with(failure_if=FailureIfConfig())

    with pytest.raises(EmptyAnswerError):
        guard.call(str)

    assert counts(guard) == (0, 0)  # as in a runtime: it says nothing of the model's health


def test_a_rejected_answer_counts_whatever_ignore_and_record_say() -> None:
    guard = guard_with(failure_if=bool, ignore=Exception, record=())

    with pytest.raises(AnswerRejectedError):
        guard.call(int, 1)

    assert counts(guard) == (1, 1)


async def _async_rule(answer: object) -> bool:
    return True


@pytest.mark.parametrize("wrong", ["empty", 1, _async_rule])
def test_a_failure_if_that_cannot_be_asked_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="failure_if is a function of an answer"):
        guard_with(failure_if=wrong)
