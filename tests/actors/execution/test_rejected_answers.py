"""Answers that are failures: the next model is asked, and the caller gets the best there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hive_resilience import RetryConfig, Task, TaskResult
from hive_resilience.config import FailureIfConfig
from hive_resilience.errors import (
    AllModelsFailedError,
    AnswerRejectedError,
    EmptyAnswerError,
    ModelTimeoutError,
)

from ...conftest import Virtual
from ...fleet_kit import NO_RETRY, STEADY, Model, assert_at_rest, fleet, model, outcomes


def chat(text: str | None, finish: str = "stop", **message: object) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, **message}
    return {"choices": [{"message": message, "finish_reason": finish}]}


def one_task(virtual: Virtual, *models: Any, payload: object = "x", **how: Any) -> TaskResult:
    """The result of one task for models `a`, `b` ..."""
    own, settings = how.pop("own", {}), how.pop("settings", {})
    timeout = how.pop("timeout", None)

    async def main() -> TaskResult:
        configs = [model("abc"[i], one, **{"retry": STEADY, **own}) for i, one in enumerate(models)]
        async with fleet(*configs, **settings) as runtime:
            found = await runtime.execute(Task(payload, timeout=timeout), **how)
            assert_at_rest(runtime)
            return found

    found: TaskResult = virtual(main())
    return found


EMPTY = ["", chat(""), chat(None), SimpleNamespace(raw=chat(""), usage={"total_tokens": 7})]


@pytest.mark.parametrize("answer", EMPTY, ids=["text", "empty", "null", "adapter"])
@pytest.mark.parametrize("takes", [0.0, 1.0])
@pytest.mark.parametrize("strategy", ["sequential", "parallel", "random"])
def test_an_empty_answer_moves_on_at_once(
    virtual: Virtual, answer: object, takes: float, strategy: str
) -> None:
    a, b = Model(answer, takes=takes), Model("more", takes=2 * takes)

    found = one_task(virtual, a, b, strategy=strategy)

    assert (found.value, found.model_used) == ("more", "b")
    assert a.calls <= 1
    assert b.calls == 1
    for record in found.attempts:
        assert record.model_id == "b" or isinstance(record.error, EmptyAnswerError)


def test_if_every_model_answers_empty_the_first_answer_is_the_result(virtual: Virtual) -> None:
    first, second = chat(""), chat(None)

    found = one_task(virtual, Model(first), Model(second))

    assert found.success
    assert found.value is first
    assert (found.model_used, found.error, found.fallback_used) == ("a", None, False)
    assert outcomes(found) == [("a", "failure"), ("b", "failure")]
    assert all(isinstance(one.error, EmptyAnswerError) for one in found.attempts)
    assert found.retry_count == 0


@pytest.mark.parametrize("strategy", ["parallel", "weighted", "random"])
def test_every_strategy_gives_the_first_empty_answer(virtual: Virtual, strategy: str) -> None:
    found = one_task(virtual, Model(""), Model(""), Model(""), strategy=strategy)

    assert (found.success, found.value) == (True, "")
    assert found.model_used == found.attempts[0].model_id
    assert len(found.attempts) == 3


def test_the_first_empty_answer_of_several_at_once_is_the_one_that_came_first(
    virtual: Virtual,
) -> None:
    late, soon = chat("", "stop", name="late"), chat("", "stop", name="soon")

    found = one_task(virtual, Model(late, takes=2.0), Model(soon, takes=1.0), strategy="parallel")

    assert (found.value, found.model_used) == (soon, "b")
    assert found.execution_time == 2.0


def test_an_empty_answer_of_the_only_model_that_can_serve_is_the_result(virtual: Virtual) -> None:
    async def main() -> TaskResult:
        async with fleet(
            model("a", Model("")), model("b", Model()), when_none_available="wait"
        ) as runtime:
            runtime.model("b").enter_maintenance()
            return await runtime.execute(Task("x"))

    found = virtual(main())
    assert (found.success, found.value, found.model_used) == (True, "", "a")
    assert found.execution_time == 0.0
    assert outcomes(found) == [("a", "failure"), ("b", "rejected")]


def test_an_empty_answer_of_the_last_resort_is_the_result(virtual: Virtual) -> None:
    async def main() -> TaskResult:
        async with fleet(model("a", Model("")), when_none_available="try") as runtime:
            runtime.model("a").trip("test")
            return await runtime.execute(Task("x"))

    found = virtual(main())
    assert (found.success, found.value) == (True, "")
    assert outcomes(found) == [("a", "rejected"), ("a", "failure")]


def test_without_failover_an_empty_answer_is_the_result(virtual: Virtual) -> None:
    found = one_task(virtual, Model(""), Model(), settings={"failover": False})

    assert (found.success, found.value) == (True, "")


def test_a_model_that_fails_and_then_answers_empty_has_answered_empty(virtual: Virtual) -> None:
    found = one_task(virtual, Model(""), Model(ConnectionError(), ""))

    assert (found.success, found.value, found.model_used) == (True, "", "a")
    assert outcomes(found) == [("a", "failure"), ("b", "failure"), ("b", "failure")]


def test_a_call_that_must_not_run_twice_may_answer_empty(virtual: Virtual) -> None:
    b = Model()

    found = one_task(virtual, Model(""), b, settings={"at_most_once": True})

    assert (found.success, found.value, b.calls) == (True, "", 0)


def test_an_empty_answer_is_no_answer_where_another_model_fails(virtual: Virtual) -> None:
    found = one_task(virtual, Model(""), Model(ValueError("broken")))

    assert isinstance(found.error, AllModelsFailedError)
    assert "a: a answered with nothing" in str(found.error)


def test_an_empty_answer_is_none_where_another_model_takes_too_long(virtual: Virtual) -> None:
    found = one_task(virtual, Model(""), Model(takes=9.0), timeout=5.0)

    assert isinstance(found.error, ModelTimeoutError)
    assert found.model_used is None


def test_no_number_of_empty_answers_opens_a_breaker(virtual: Virtual) -> None:
    async def main() -> Any:
        async with fleet(model("a", Model(chat(""))), model("b", Model())) as runtime:
            for _ in range(50):
                assert (await runtime.execute(Task("x"))).model_used == "b"
            return runtime.model("a").snapshot()

    seen = virtual(main())
    assert (seen.breaker.state, seen.breaker.calls) == ("closed", 0)
    assert seen.status == "available"
    assert seen.metrics.successes == 0


def test_the_tokens_of_a_rejected_answer_are_charged(virtual: Virtual) -> None:
    answer = SimpleNamespace(raw=chat(""), usage={"total_tokens": 60}, rate_limits={})

    async def main() -> Any:
        one = model("a", Model(answer), rate_limit={"tokens_per_minute": 100})
        async with fleet(one, model("b", Model())) as runtime:
            await runtime.execute(Task("x"))
            return runtime.model("a").snapshot().rate_limit.tokens_left

    assert virtual(main()) == pytest.approx(40.0)


@pytest.mark.parametrize(
    "payload",
    [
        {"messages": [], "stop": ["END"]},
        {"messages": [{"role": "user"}, {"role": "tool", "content": "5"}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]},
    ],
)
def test_an_answer_may_be_empty_after_a_tool_or_with_stop_sequences(
    virtual: Virtual, payload: object
) -> None:
    found = one_task(virtual, Model(chat("")), Model(), payload=payload)

    assert (found.success, found.model_used) == (True, "a")
    assert outcomes(found) == [("a", "success")]


@pytest.mark.parametrize("answer", [None, 0, [], {}, b"", chat("", "length"), " "])
def test_what_is_not_empty_or_no_chat_answer_is_delivered(virtual: Virtual, answer: object) -> None:
    found = one_task(virtual, Model(answer), Model())

    assert (found.model_used, found.value) == ("a", answer)


def test_the_rule_can_be_turned_off(virtual: Virtual) -> None:
    off = FailureIfConfig(empty=False)

    found = one_task(virtual, Model(""), Model(), own={"failure_if": off})

    assert found.model_used == "a"
    assert outcomes(found) == [("a", "success")]


def test_a_finish_reason_makes_an_answer_a_failure_that_counts(virtual: Virtual) -> None:
    cut = FailureIfConfig(finish_reasons=("length",))

    async def main() -> Any:
        a = Model(chat("half", "length"))
        async with fleet(model("a", a, failure_if=cut), model("b", Model())) as runtime:
            for _ in range(9):
                assert (await runtime.execute(Task("x"))).model_used == "b"
            return a.calls, runtime.model("a").snapshot().breaker.state

    assert virtual(main()) == (5, "open")


@pytest.mark.parametrize("takes", [0.0, 1.0])
def test_a_function_says_which_answers_are_failures(virtual: Virtual, takes: float) -> None:
    def is_apology(answer: Any) -> bool:
        return "cannot" in answer

    a, b = Model("I cannot", takes=takes), Model("I can", takes=takes)

    found = one_task(virtual, a, b, own={"failure_if": is_apology})

    assert (found.value, found.model_used) == ("I can", "b")
    assert type(found.attempts[0].error) is AnswerRejectedError
    assert a.calls == 1


def rejects_all(answer: object) -> bool:
    return True


def is_no(answer: object) -> bool:
    return answer == "no"


def test_if_a_function_rejects_every_answer_no_model_has_answered(virtual: Virtual) -> None:
    found = one_task(virtual, Model("x"), own={"failure_if": rejects_all})

    assert isinstance(found.error, AllModelsFailedError)
    assert found.value is None


def test_a_rejected_answer_is_asked_for_again_where_it_is_named(virtual: Virtual) -> None:
    named = RetryConfig(max_retries=3, base_delay=1.0, retryable_errors=("AnswerRejectedError",))
    a = Model("no", "no", "yes")

    found = one_task(virtual, a, own={"retry": named, "failure_if": is_no})

    assert (found.value, found.retry_count) == ("yes", 2)


@pytest.mark.parametrize("raised", [KeyError("x"), SystemExit(3)])
def test_a_function_that_raises_fails_the_attempt_and_loses_no_place(
    virtual: Virtual, raised: BaseException
) -> None:
    def hostile(answer: object) -> bool:
        raise raised

    own = {"failure_if": hostile, "retry": NO_RETRY}
    found = one_task(virtual, Model("x"), Model(ValueError()), own=own)

    assert outcomes(found) == [("a", "failure"), ("b", "failure")]
    assert isinstance(found.error, AllModelsFailedError)


def test_a_call_of_a_function_of_ones_own_is_not_judged(virtual: Virtual) -> None:
    async def nothing() -> str:
        return ""

    async def main() -> object:
        one = model("a", Model(), failure_if=rejects_all)
        async with fleet(one) as runtime:
            return await runtime.call("a", nothing)

    assert virtual(main()) == ""
