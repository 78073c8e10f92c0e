"""A stream that ends without content: another model may have some."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import Chunk, Plan, Task
from hive_resilience.config import FailureIfConfig
from hive_resilience.errors import (
    AllModelsFailedError,
    AnswerRejectedError,
    EmptyAnswerError,
    StreamInterruptedError,
)

from ...conftest import Virtual
from ...fleet_kit import STEADY, assert_at_rest, fleet, model, outcomes
from .stream_kit import Read, Streaming, read

ROLE = Chunk("", model="m", is_content=False)


def end(reason: str = "stop", **more: Any) -> Chunk:
    return Chunk("", model="m", is_content=False, finish_reason=reason, **more)


def one_stream(virtual: Virtual, *models: Streaming, payload: object = "x", **how: Any) -> Read:
    """What a reader gets from models `a`, `b` ..."""
    own = how.pop("own", {})

    async def main() -> Read:
        configs = [model("abc"[i], one, **{"retry": STEADY, **own}) for i, one in enumerate(models)]
        async with fleet(*configs) as runtime:
            found = await read(runtime, Task(payload), **how)
            assert_at_rest(runtime)
            return found

    found: Read = virtual(main())
    return found


EMPTY: list[tuple[object, ...]] = [(), ("",), (None,), (ROLE, end()), (ROLE,)]


@pytest.mark.parametrize("script", EMPTY, ids=["nothing", "text", "null", "stop", "no reason"])
@pytest.mark.parametrize("strategy", ["sequential", "parallel", "random"])
def test_a_stream_without_content_moves_on_and_leaves_no_trace_for_the_reader(
    virtual: Virtual, script: tuple[object, ...], strategy: str
) -> None:
    a, b = Streaming(*script), Streaming(1.0, "more")

    found = one_stream(virtual, a, b, strategy=strategy)

    assert found.chunks == ["more"]
    assert (found.error, found.result.model_used) == (None, "b")
    assert a.calls <= 1
    for record in found.result.attempts:
        assert record.model_id == "b" or isinstance(record.error, EmptyAnswerError)


@pytest.mark.parametrize("strategy", ["sequential", "parallel"])
def test_if_every_model_ends_without_content_the_first_stream_is_the_answer(
    virtual: Virtual, strategy: str
) -> None:
    first, second = end(usage={"total_tokens": 1}), end(usage={"total_tokens": 2})

    found = one_stream(virtual, Streaming(ROLE, first), Streaming(1.0, second), strategy=strategy)

    assert found.chunks == [ROLE, first]
    assert found.error is None
    result = found.result
    assert (result.success, result.value, result.model_used) == (True, "", "a")
    assert outcomes(result) == [("a", "failure"), ("b", "failure")]
    assert all(isinstance(one.error, EmptyAnswerError) for one in result.attempts)


def test_a_model_that_fails_makes_an_empty_stream_no_answer(virtual: Virtual) -> None:
    found = one_stream(virtual, Streaming(ROLE, end()), Streaming(ValueError("broken")))

    assert isinstance(found.error, AllModelsFailedError)
    assert found.chunks == []


@pytest.mark.parametrize(
    ("script", "payload"),
    [
        ((ROLE, end("length")), "x"),
        ((ROLE, end("content_filter")), "x"),
        ((end(),), {"messages": [], "stop": ["END"]}),
        ((end(),), {"messages": [{"role": "tool", "content": "5"}]}),
    ],
    ids=["length", "filter", "stop", "tool"],
)
def test_a_stream_that_may_be_empty_or_was_cut_is_delivered(
    virtual: Virtual, script: tuple[object, ...], payload: object
) -> None:
    found = one_stream(virtual, Streaming(*script), Streaming("more"), payload=payload)

    assert found.chunks == list(script)
    assert outcomes(found.result) == [("a", "success")]


def test_the_rule_can_be_turned_off(virtual: Virtual) -> None:
    off = {"failure_if": FailureIfConfig(empty=False)}

    found = one_stream(virtual, Streaming(end()), Streaming("more"), own=off)

    assert found.result.model_used == "a"


def test_a_finish_reason_of_a_stream_without_content_may_be_a_failure(virtual: Virtual) -> None:
    cut = {"failure_if": FailureIfConfig(finish_reasons=("length",))}

    found = one_stream(virtual, Streaming(end("length")), Streaming("more"), own=cut)

    assert found.chunks == ["more"]
    assert type(found.result.attempts[0].error) is AnswerRejectedError


def test_what_has_content_is_never_asked_about(virtual: Virtual) -> None:
    asked: list[object] = []

    def reject(answer: object) -> bool:
        asked.append(answer)
        return True

    own = {"failure_if": FailureIfConfig(finish_reasons=("length",), predicate=reject)}

    found = one_stream(virtual, Streaming("half", end("length")), Streaming("more"), own=own)

    assert [str(chunk) for chunk in found.chunks] == ["half", ""]
    assert (found.result.model_used, asked) == ("a", [])


def test_the_rest_of_a_stream_that_was_cut_may_be_nothing(virtual: Virtual) -> None:
    class Continuing(Streaming):
        async def stream(self, task: Task, context: object) -> Any:
            async for chunk in Streaming.__call__(self, task):
                yield chunk

        async def execute(self, task: Task, context: object) -> object:
            raise NotImplementedError

        def continue_from(self, task: Task, partial: str) -> Task:
            return task

    first, second = Continuing("all of it", ConnectionError("cut")), Continuing(end())
    plan = Plan("a", ("b",), on_interrupt="continue")

    found = one_stream(virtual, first, second, plan=plan)

    assert (found.error, found.result.value) == (None, "all of it")
    assert outcomes(found.result) == [("a", "failure"), ("b", "success")]


def test_a_stream_that_begins_again_has_to_bring_something(virtual: Virtual) -> None:
    plan = Plan("a", ("b", "c"), on_interrupt="restart")
    first = Streaming("half", ConnectionError("cut"))

    found = one_stream(virtual, first, Streaming(end()), Streaming("whole"), plan=plan)

    assert found.result.value == "whole"
    assert outcomes(found.result) == [("a", "failure"), ("b", "failure"), ("c", "success")]


def test_a_cut_stream_is_not_made_good_by_nothing(virtual: Virtual) -> None:
    plan = Plan("a", ("b",), on_interrupt="restart")

    found = one_stream(
        virtual, Streaming("half", ConnectionError("cut")), Streaming(end()), plan=plan
    )

    assert isinstance(found.error, StreamInterruptedError)
    assert found.error.partial == "half"
    assert found.result.model_used is None


def test_empty_streams_count_at_no_breaker(virtual: Virtual) -> None:
    async def main() -> Any:
        a = Streaming(end())
        async with fleet(model("a", a), model("b", Streaming("more"))) as runtime:
            for _ in range(20):
                assert (await read(runtime)).result.model_used == "b"
            return a.calls, runtime.model("a").snapshot().breaker

    calls, breaker = virtual(main())
    assert calls == 20
    assert (breaker.state, breaker.calls) == ("closed", 0)
