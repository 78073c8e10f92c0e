"""Whether and when the same model is asked again."""

from __future__ import annotations

import asyncio
import errno

import pytest

from hive_resilience.actors.policies.chance import Draw
from hive_resilience.actors.policies.outcomes import errors
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.actors.policies.retry import Retry
from hive_resilience.config import RetryConfig

from .chance import HALF, always

FLAKY = ConnectionError("reset")


class StatusError(Exception):
    def __init__(self, status: int, code: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.code = code


def retry_with(**settings: object) -> Retry:
    return Retry(RetryConfig.model_validate(settings))


def delays(retry: Retry, draw: Draw, count: int) -> list[float | None]:
    return [retry.next_delay(number, FLAKY, 0.0, None, draw) for number in range(1, count + 1)]


def test_the_defaults_are_three_retries_with_full_jitter_from_one_second() -> None:
    assert delays(Retry(), HALF, 4) == [0.5, 1.0, 2.0, None]


def test_without_jitter_delays_double_up_to_the_longest() -> None:
    retry = retry_with(jitter="none", max_retries=7)

    assert delays(retry, always(0.9), 8) == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, None]


def test_a_failure_that_was_judged_already_is_not_judged_again() -> None:
    retry = Retry(RetryConfig())
    assert retry.next_delay(1, FLAKY, 0.0, None, HALF, fault=Fault.REQUEST) is None
    assert retry.next_delay(1, ValueError(), 0.0, None, HALF, fault=Fault.TRANSIENT) is not None
    assert retry.retryable(FLAKY, Fault.UNAUTHORIZED) is False


def test_no_retries_means_none() -> None:
    assert retry_with(max_retries=0).next_delay(1, FLAKY, 0.0, None, HALF) is None


def test_the_hundredth_retry_with_the_steepest_backoff_is_still_finite() -> None:
    retry = retry_with(max_retries=100, backoff_multiplier=100, jitter="none")

    assert retry.next_delay(100, FLAKY, 0.0, None, always(0.0)) == 30.0


@pytest.mark.parametrize("asked", [5.0, 60.0])
def test_a_retry_after_is_waited_for(asked: float) -> None:
    error = errors.RateLimitedError("busy", retry_after=asked)

    assert Retry().next_delay(1, error, 0.0, None, HALF) == asked


def test_a_retry_after_never_shortens_the_backoff() -> None:
    error = errors.RateLimitedError("busy", retry_after=0)

    assert Retry().next_delay(3, error, 0.0, None, HALF) == 2.0


def test_a_retry_after_that_is_too_long_ends_retrying_at_once() -> None:
    error = errors.RateLimitedError("busy", retry_after=60.1)
    patient = Retry(RetryConfig(max_retry_after=90.0))

    assert Retry().next_delay(1, error, 0.0, None, HALF) is None
    assert patient.next_delay(1, error, 0.0, None, HALF) == 60.1


def test_a_retry_after_beyond_the_deadline_ends_retrying_at_once() -> None:
    error = errors.RateLimitedError("busy", retry_after=30)

    assert Retry().next_delay(1, error, 100.0, 130.0, HALF) is None
    assert Retry().next_delay(1, error, 100.0, 130.1, HALF) == 30


def test_a_retry_that_could_not_end_in_time_is_not_started() -> None:
    assert Retry().next_delay(1, FLAKY, 0.0, 5.0, HALF, expected=4.4) == 0.5
    assert Retry().next_delay(1, FLAKY, 0.0, 5.0, HALF, expected=4.5) is None


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_a_passing_status_is_retried(status: int) -> None:
    assert Retry().retryable(StatusError(status))


@pytest.mark.parametrize(
    "error",
    [
        FLAKY,
        TimeoutError(),
        errors.ModelTimeoutError("slow", kind="attempt", limit=1),
        errors.ModelUnavailableError("down"),
    ],
)
def test_connection_errors_and_timeouts_are_retried(error: Exception) -> None:
    assert Retry().retryable(error)


NEVER = [
    *(StatusError(status) for status in (400, 413, 422, 401, 402, 403)),
    StatusError(429, "insufficient_quota"),
    errors.InvalidRequestError("wrong"),
    errors.ContentRefusedError("no"),
    errors.ModelAuthenticationError("no key"),
    errors.CircuitBreakerError("open", state="open", retry_after=1.0),
    errors.BulkheadFullError("full", limit=1, waiting=0),
    errors.StreamInterruptedError("half"),
    errors.RetryExhaustedError("done", max_retries=3, last_error=FLAKY),
    asyncio.CancelledError(),
    KeyboardInterrupt(),
]


@pytest.mark.parametrize("error", NEVER, ids=repr)
def test_what_cannot_be_helped_is_never_retried_whatever_is_named(error: BaseException) -> None:
    names = [400, 401, 402, 403, 413, 422, 429, "insufficient_quota", "BaseException"]
    classes = [kind.__name__ for kind in type(error).__mro__]
    retry = retry_with(retryable_errors=names + classes)

    assert not retry.retryable(error)
    assert retry.next_delay(1, error, 0.0, None, HALF) is None


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (404, StatusError(404)),
        ("404", StatusError(404)),
        ("model_loading", StatusError(501, "model_loading")),
        ("StatusError", StatusError(501)),
        ("LookupError", KeyError("x")),
        ("ENOSPC", OSError(errno.ENOSPC, "disk full")),
    ],
)
def test_what_the_settings_name_is_retried_too(name: str | int, error: Exception) -> None:
    assert not Retry().retryable(error)
    assert retry_with(retryable_errors=[name]).retryable(error)
    assert not retry_with(retryable_errors=[405, "other"]).retryable(error)


class OwnError(LookupError):
    pass


def test_a_class_of_errors_stands_for_its_subclasses() -> None:
    retry = retry_with(retryable_errors=[LookupError])

    assert retry.retryable(OwnError())
    assert retry.retryable(FLAKY)
    assert not retry.retryable(ValueError())


def test_a_class_is_not_taken_for_another_of_the_same_name() -> None:
    other = type("StatusError", (Exception,), {})

    assert not retry_with(retryable_errors=[other]).retryable(StatusError(501))


@pytest.mark.parametrize("error", NEVER, ids=repr)
def test_a_class_cannot_name_what_cannot_be_helped(error: BaseException) -> None:
    assert not retry_with(retryable_errors=[BaseException]).retryable(error)


@pytest.mark.parametrize("wrong", [int, 1.5, 99, repr])
def test_what_names_no_error_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="retryable"):
        retry_with(retryable_errors=[wrong])


def test_with_only_the_named_errors_are_all_that_is_retried() -> None:
    retry = retry_with(retryable_errors=[503, KeyError], only=True)

    assert retry.retryable(StatusError(503))
    assert retry.retryable(KeyError())
    assert not retry.retryable(FLAKY)
    assert not retry.retryable(TimeoutError())


def test_retry_if_goes_beyond_what_settings_may_name_but_not_beyond_a_cancellation() -> None:
    retry = Retry(RetryConfig(only=True), retry_if=lambda error: True)

    assert retry.retryable(errors.InvalidRequestError("no"))
    assert retry.retryable(StatusError(401))
    assert not retry.retryable(asyncio.CancelledError())
    assert not retry.retryable(errors.StreamInterruptedError("cut"))
    assert not Retry(retry_if=lambda error: False).retryable(ValueError())


@pytest.mark.parametrize(("draw", "delay"), [(0.0, 1.8), (0.5, 2.0), (1.0, 2.2)])
def test_proportional_jitter_is_a_tenth_up_or_down(draw: float, delay: float) -> None:
    retry = retry_with(jitter="proportional")

    assert retry.next_delay(2, FLAKY, 0.0, None, always(draw)) == pytest.approx(delay)
