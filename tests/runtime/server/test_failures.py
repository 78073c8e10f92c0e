"""Errors of tasks as statuses, codes and advice on trying again."""

from __future__ import annotations

import pytest

from hive_resilience import AttemptRecord, Outcome
from hive_resilience.config.errors import ErrorAnswer
from hive_resilience.errors import (
    AllModelsFailedError,
    BulkheadFullError,
    CircuitBreakerError,
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    OverloadedError,
    RateLimitedError,
    ResilienceError,
    RuntimeClosedError,
    UnsupportedTaskError,
)
from hive_resilience.runtime.server.dialects.table import CHAT, MESSAGE
from hive_resilience.runtime.server.failures import failure_of, retry_headers


def all_failed(*errors: BaseException, retry_after: float | None = None) -> AllModelsFailedError:
    records = [
        AttemptRecord(f"m{at}", 1, Outcome.FAILURE, 0.0, 0.1, error)
        for at, error in enumerate(errors)
    ]
    return AllModelsFailedError(attempts=records, retry_after=retry_after)


LIMITED = RateLimitedError("too many", retry_after=7.0)
FULL = BulkheadFullError("full", limit=1, waiting=2)
KEY = ModelAuthenticationError("no key")
OPEN = CircuitBreakerError(state="open", retry_after=30.0)


@pytest.mark.parametrize(
    ("error", "status", "code", "again"),
    [
        (InvalidRequestError("wrong"), 400, "invalid_request", False),
        (InvalidRequestError("wrong", status=422), 422, "invalid_request", False),
        (InvalidRequestError("wrong", status=401), 400, "invalid_request", False),
        (UnsupportedTaskError("no"), 404, "model_not_found", False),
        (ContentRefusedError("no"), 400, "content_refused", False),
        (ModelTimeoutError("late", kind="task", limit=1.0), 504, "timeout", False),
        (RuntimeClosedError("over"), 503, "runtime_closed", None),
        (OverloadedError("full"), 429, "rate_limited", None),
        (LIMITED, 429, "rate_limited", None),
        (KEY, 502, "upstream_authentication", False),
        (all_failed(KEY, KEY), 502, "upstream_authentication", False),
        (all_failed(LIMITED, FULL, retry_after=3.0), 429, "rate_limited", None),
        (all_failed(OPEN, retry_after=30.0), 503, "all_models_failed", None),
        (all_failed(OPEN, retry_after=61.0), 503, "all_models_failed", False),
        (all_failed(LIMITED, KEY, retry_after=3.0), 503, "all_models_failed", None),
        (all_failed(), 503, "all_models_failed", False),
        (ValueError("a secret"), 500, "internal_error", None),
    ],
)
def test_each_error_has_a_status_and_a_code(
    error: ResilienceError, status: int, code: str, again: bool | None
) -> None:
    failure = failure_of(error)

    assert (failure.status, failure.code, failure.should_retry) == (status, code, again)
    assert "secret" not in failure.message


@pytest.mark.parametrize(
    ("wait", "told"), [(0.2, b"1"), (7.0, b"7"), (7.1, b"8"), (60.0, b"60"), (3600.0, b"60")]
)
def test_the_wait_is_told_in_whole_seconds_and_a_minute_at_most(wait: float, told: bytes) -> None:
    failure = failure_of(RateLimitedError("too many", retry_after=wait))

    assert dict(retry_headers(failure))[b"retry-after"] == told


def test_the_words_of_a_provider_about_the_request_are_kept() -> None:
    error = InvalidRequestError("wrong", status=400)
    error.answer = ErrorAnswer(400, {}, b'{"error":{"message":"their words"}}')

    assert failure_of(error).answer is error.answer


def test_the_words_of_a_provider_about_an_account_are_not() -> None:
    error = ModelUnavailableError("refused", status=401)
    error.answer = ErrorAnswer(401, {}, b'{"error":{"message":"your key sk-1"}}')

    assert failure_of(error).answer is None


def test_anthropics_clients_have_a_status_of_their_own_for_too_much() -> None:
    full = failure_of(all_failed(FULL, retry_after=1.0))
    limited = failure_of(all_failed(LIMITED, retry_after=1.0))

    assert [MESSAGE.status(one) for one in (full, limited)] == [529, 429]
    assert [CHAT.status(one) for one in (full, limited)] == [429, 429]
