"""Tasks and errors can be copied and sent to other processes."""

from __future__ import annotations

import copy
import pickle
from types import MappingProxyType

import pytest

from hive_resilience import AttemptRecord, Outcome, ResilienceError, Task
from hive_resilience.errors import (
    AllModelsFailedError,
    BulkheadFullError,
    CircuitBreakerError,
    ConfigurationError,
    ModelTimeoutError,
    RateLimitedError,
    RetryExhaustedError,
    StreamInterruptedError,
)

ERRORS = [
    ResilienceError("words", model_id="a"),
    CircuitBreakerError("words", state="open", retry_after=1.0, model_id="a"),
    ModelTimeoutError("words", kind="attempt", limit=2.0),
    RateLimitedError("words", retry_after=None),
    BulkheadFullError("words", limit=1, waiting=2),
    RetryExhaustedError("words", max_retries=3, last_error=ValueError("last")),
    ConfigurationError("words", key="models", value=3, allowed="text"),
    AllModelsFailedError(
        "words",
        attempts=(AttemptRecord("a", 1, Outcome.FAILURE, 0.0, 1.0, None),),
        retry_after=None,
    ),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_arrives_as_it_was(error: ResilienceError) -> None:
    arrived = pickle.loads(pickle.dumps(error))

    assert type(arrived) is type(error)
    assert str(arrived) == str(error) == "words"
    assert {**vars(arrived), "last_error": ""} == {**vars(error), "last_error": ""}


@pytest.mark.parametrize("metadata", [{}, {"user": 1}, MappingProxyType({"user": 1})])
def test_a_task_arrives_as_it_was(metadata: dict[str, int]) -> None:
    task = Task({"prompt": "x"}, priority="high", timeout=3.0, metadata=metadata)

    assert pickle.loads(pickle.dumps(task)) == task
    assert copy.copy(task) == task


def test_a_task_that_says_nothing_about_metadata_arrives_as_it_was() -> None:
    task = Task("x")

    assert pickle.loads(pickle.dumps(task)) == task


def test_what_a_model_had_answered_stays_here() -> None:
    error = StreamInterruptedError("words", partial="Once upon", model_id="a")

    arrived = pickle.loads(pickle.dumps(error))

    assert (str(arrived), arrived.partial, arrived.model_id) == ("words", "", "a")
    assert error.partial == "Once upon"
