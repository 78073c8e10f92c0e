"""What `retry` takes besides the settings, on a clock that jumps instead of running."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from hive_resilience import RetryConfig, retry
from hive_resilience.config import FailureIfConfig, Jitter
from hive_resilience.errors import (
    AnswerRejectedError,
    InvalidRequestError,
    ModelTimeoutError,
    RateLimitedError,
    RetryExhaustedError,
)
from hive_resilience.policies import RetryBudget

from ...conftest import run_on
from .retry_kit import PLAIN, Model, flaky

ONCE = RetryConfig(max_retries=1, jitter=Jitter.NONE)
NOT_FOUND = InvalidRequestError("no such job yet", status=404)


class Slow:
    """Hangs in its first calls, then answers; notes when it was asked."""

    def __init__(self, hangs: int) -> None:
        self.hangs = hangs
        self.asked_at: list[float] = []

    async def __call__(self) -> str:
        self.asked_at.append(asyncio.get_running_loop().time())
        if len(self.asked_at) <= self.hangs:
            await asyncio.sleep(1000)
        return "answer"


# Time for an attempt.


def test_an_attempt_that_takes_too_long_is_cancelled_and_tried_again(
    loop: asyncio.AbstractEventLoop,
) -> None:
    slow = Slow(hangs=2)

    assert run_on(loop, retry(slow, PLAIN, attempt_timeout=5.0)) == "answer"
    assert slow.asked_at == [0.0, 6.0, 13.0]


def test_attempts_that_all_take_too_long_end_in_an_error_that_says_so(
    loop: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(RetryExhaustedError) as caught:
        run_on(loop, retry(Slow(hangs=9), ONCE, attempt_timeout=5.0))

    last = caught.value.last_error
    assert isinstance(last, ModelTimeoutError)
    assert (last.kind, last.limit) == ("attempt", 5.0)
    assert loop.time() == 11.0


def test_the_time_of_the_whole_call_ends_an_attempt_that_had_more(
    loop: asyncio.AbstractEventLoop,
) -> None:
    with pytest.raises(ModelTimeoutError) as caught:
        run_on(loop, retry(Slow(hangs=9), PLAIN, attempt_timeout=5.0, timeout=8.0))

    assert (caught.value.kind, caught.value.limit) == ("task", 8.0)
    assert isinstance(caught.value.__cause__, ModelTimeoutError)
    assert loop.time() == 8.0


def test_an_attempt_in_time_is_left_alone(loop: asyncio.AbstractEventLoop) -> None:
    assert run_on(loop, retry(Model(takes=4.0), attempt_timeout=5.0)) == "answer"


# Which errors.


def is_odd(error: BaseException) -> bool:
    return "odd" in str(error)


def fails(error: Any) -> bool:
    return bool(error.status == 1)


@pytest.mark.parametrize("retry_if", [ValueError, is_odd])
def test_retry_if_adds_to_what_is_retried(loop: asyncio.AbstractEventLoop, retry_if: Any) -> None:
    model = Model(ValueError("odd"), ConnectionError("odd"))

    assert run_on(loop, retry(model, PLAIN, retry_if=retry_if)) == "answer"


def test_retry_if_can_say_that_a_wrong_request_is_tried_again(
    loop: asyncio.AbstractEventLoop,
) -> None:
    model = Model(NOT_FOUND, NOT_FOUND)

    assert run_on(loop, retry(model, PLAIN, retry_if=InvalidRequestError)) == "answer"


def test_with_only_nothing_else_is_retried(loop: asyncio.AbstractEventLoop) -> None:
    only = RetryConfig(retryable_errors=[KeyError], only=True, jitter="none")
    model = Model(KeyError("a"), ConnectionError("reset"))

    with pytest.raises(ConnectionError, match="reset"):
        run_on(loop, retry(model, only))

    assert len(model.asked_at) == 2


def test_only_leaves_what_retry_if_says(loop: asyncio.AbstractEventLoop) -> None:
    only = RetryConfig(only=True, jitter="none")

    assert run_on(loop, retry(Model(OSError("x")), only, retry_if=OSError)) == "answer"
    with pytest.raises(ConnectionError):
        run_on(loop, retry(Model(ConnectionError()), only, retry_if=KeyError))


def test_classes_of_errors_stand_for_their_subclasses(loop: asyncio.AbstractEventLoop) -> None:
    class Own(LookupError):
        pass

    named = RetryConfig(retryable_errors=[LookupError], jitter="none")

    assert run_on(loop, retry(Model(Own(), KeyError()), named)) == "answer"


def test_a_retry_if_that_fails_is_logged_and_means_no_error(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="odd"):
        run_on(loop, retry(Model(ValueError("odd")), retry_if=fails))

    assert "a function of retry_if failed" in caplog.messages


@pytest.mark.parametrize("wrong", ["ValueError", 503, [1]])
def test_what_is_no_test_of_an_error_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="retry_if takes exception classes"):
        asyncio.run(retry(Model(), retry_if=wrong))


def test_what_an_error_asks_to_wait_as_a_text_is_waited(loop: asyncio.AbstractEventLoop) -> None:
    asks: Any = "7"
    model = Model(RateLimitedError("slow down", retry_after=asks))

    assert run_on(loop, retry(model, PLAIN)) == "answer"
    assert model.asked_at == [0.0, 7.0]


# Answers that are failures.


def test_an_answer_that_failure_if_names_is_tried_again(loop: asyncio.AbstractEventLoop) -> None:
    answers = ["pending", "pending", "done"]

    async def status() -> str:
        return answers.pop(0)

    found = run_on(loop, retry(status, PLAIN, failure_if=lambda answer: answer == "pending"))

    assert (found, loop.time()) == ("done", 3.0)


def test_an_answer_that_stays_a_failure_is_told_as_one(loop: asyncio.AbstractEventLoop) -> None:
    async def status() -> str:
        return ""

    with pytest.raises(RetryExhaustedError) as caught:
        run_on(loop, retry(status, ONCE, failure_if=FailureIfConfig()))

    assert isinstance(caught.value.last_error, AnswerRejectedError)


def test_only_leaves_what_failure_if_says(loop: asyncio.AbstractEventLoop) -> None:
    answers = [0, 1]

    async def status() -> int:
        return answers.pop(0)

    only = RetryConfig(only=True, jitter="none")
    assert run_on(loop, retry(status, only, failure_if=lambda answer: answer == 0)) == 1


# The budget.


def test_a_budget_that_is_used_up_ends_retrying_with_the_functions_own_error(
    loop: asyncio.AbstractEventLoop,
) -> None:
    budget = RetryBudget(ratio=0.0, reserve=1)
    model = Model(*flaky(3))

    with pytest.raises(ConnectionError, match="reset 1") as caught:
        run_on(loop, retry(model, PLAIN, budget=budget))

    assert caught.value.__notes__ == ["not retried: the retry budget is used up"]
    assert (budget.withdrawn, budget.refused, len(model.asked_at)) == (1, 1, 2)


def test_a_success_pays_into_the_budget(loop: asyncio.AbstractEventLoop) -> None:
    budget = RetryBudget(ratio=1.0, reserve=0)

    run_on(loop, retry(Model(), budget=budget))

    assert run_on(loop, retry(Model(*flaky(1)), PLAIN, budget=budget)) == "answer"


def test_an_error_that_is_not_retried_costs_no_budget(loop: asyncio.AbstractEventLoop) -> None:
    budget = RetryBudget()

    with pytest.raises(ValueError, match="wrong"):
        run_on(loop, retry(Model(ValueError("wrong")), budget=budget))

    assert budget.withdrawn == budget.refused == 0


# Chance.


def test_a_seed_repeats_the_delays(loop: asyncio.AbstractEventLoop) -> None:
    def waits(seed: int | None) -> list[float]:
        model, began = Model(*flaky(3)), loop.time()
        run_on(loop, retry(model, seed=seed))
        return [at - began for at in model.asked_at]

    assert waits(7) == pytest.approx(waits(7))
    assert waits(7) != pytest.approx(waits(8))
    draw = random.Random(7).random
    assert waits(7)[1] == pytest.approx(draw())
