"""Which answers are failures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.outcomes.answers import (
    ChatAnswer,
    chat_answer,
    may_be_empty,
    rejected_stream,
    rejection,
    rules_of,
)
from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.actors.policies.outcomes.errors import AnswerRejectedError, EmptyAnswerError
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.config import FailureIfConfig

USUAL = FailureIfConfig()
OFF = FailureIfConfig(empty=False)
QUESTION = {"messages": [{"role": "user", "content": "Hi"}]}


def openai(finish: object = "stop", **message: object) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", **message}, "finish_reason": finish}]}


def claude(*content: object, stop: object = "end_turn") -> dict[str, Any]:
    return {"type": "message", "content": list(content), "stop_reason": stop}


class Hostile:
    def __getattr__(self, name: str) -> object:
        raise RuntimeError("no field")


EMPTY: dict[str, object] = {
    "a text": "",
    "null": openai(content=None),
    "no content": openai(),
    "an empty text": openai(content=""),
    "no parts": openai(content=[]),
    "empty parts": openai(content=["", {"type": "text", "text": ""}]),
    "nothing in the other fields": openai(
        content="", tool_calls=[], function_call=None, refusal=None, reasoning_content=""
    ),
    "no finish reason": openai(None, content=""),
    "capitals": openai("STOP", content=""),
    "no choices": {"choices": []},
    "no blocks": claude(),
    "an empty block": claude({"type": "text", "text": ""}),
    "an empty thought": claude({"type": "thinking", "thinking": ""}, stop=None),
    "an adapter's": SimpleNamespace(text="", raw=openai(content="")),
    "a client's object": SimpleNamespace(
        choices=[SimpleNamespace(message=SimpleNamespace(content=None), finish_reason="stop")]
    ),
}

FILLED: dict[str, object] = {
    "a text": "Hi",
    "a blank": " ",
    "content": openai(content="Hi"),
    "a part": openai(content=[{"type": "text", "text": "Hi"}]),
    "a bare part": openai(content=["Hi"]),
    "an image": openai(content=[{"type": "image_url", "image_url": {"url": "x"}}]),
    "a tool call": openai(content=None, tool_calls=[{"id": "1"}]),
    "an old tool call": openai(content=None, function_call={"name": "f"}),
    "reasoning": openai(content="", reasoning="hm"),
    "reasoning content": openai(content="", reasoning_content="hm"),
    "reasoning details": openai(content="", reasoning_details=[{"data": "x"}]),
    "a refusal": openai(content=None, refusal="no"),
    "speech": openai(content=None, audio={"data": "x"}),
    "images": openai(content="", images=[{"type": "image_url"}]),
    "length": openai("length", content=""),
    "a filter": openai("content_filter", content=""),
    "the second choice": {"choices": openai()["choices"] + openai(content="Hi")["choices"]},
    "a block": claude({"type": "text", "text": "Hi"}),
    "a thought": claude({"type": "thinking", "thinking": "hm"}),
    "a hidden thought": claude({"type": "redacted_thinking", "data": "x"}),
    "a tool": claude({"type": "tool_use", "id": "1", "name": "f", "input": {}}, stop="tool_use"),
    "tokens": claude(stop="max_tokens"),
    "an adapter's": SimpleNamespace(text="Hi", raw=openai(content="Hi")),
}

NO_CHAT: dict[str, object] = {
    "nothing": None,
    "a number": 0,
    "a mapping": {},
    "a list": [],
    "bytes": b"",
    "vectors": {"data": []},
    "a completion of texts": {"choices": [{"text": "", "finish_reason": "stop"}]},
    "choices without an order": {"choices": "stop"},
    "an answer that cannot be looked at": Hostile(),
}


@pytest.mark.parametrize("answer", EMPTY.values(), ids=EMPTY)
def test_an_answer_with_nothing_in_it_is_empty(answer: object) -> None:
    found = rejection(USUAL, answer, QUESTION, "a")

    assert type(found) is EmptyAnswerError
    assert found.model_id == "a"
    assert classify(found) is Fault.EMPTY_ANSWER
    assert rejection(OFF, answer, QUESTION, "a") is None


@pytest.mark.parametrize("answer", [*FILLED.values(), *NO_CHAT.values()], ids=[*FILLED, *NO_CHAT])
def test_an_answer_with_something_in_it_or_of_another_kind_is_not(answer: object) -> None:
    assert rejection(USUAL, answer, QUESTION, "a") is None


@pytest.mark.parametrize("answer", NO_CHAT.values(), ids=NO_CHAT)
def test_what_is_no_chat_answer_is_told_apart(answer: object) -> None:
    assert chat_answer(answer) is None


@pytest.mark.parametrize(
    ("payload", "may_be"),
    [
        ("Hi", False),
        (None, False),
        (QUESTION, False),
        ({**QUESTION, "stop": None}, False),
        ({**QUESTION, "stop": []}, False),
        ({**QUESTION, "stop": "\n"}, True),
        ({**QUESTION, "stop": ["END"]}, True),
        ({**QUESTION, "stop_sequences": ["END"]}, True),
        ({"prompt": "Hi", "stop": "\n"}, True),
        ({"messages": []}, False),
        ({"messages": [{"role": "tool", "content": "5"}]}, True),
        ({"messages": [{"role": "function", "content": "5"}]}, True),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, True),
        ({"messages": ({"role": "user", "content": [{"type": "text"}]},)}, False),
        ({"messages": [{"role": "tool"}, {"role": "user", "content": "Hi"}]}, False),
        ({"messages": [SimpleNamespace(role="tool", content="5")]}, True),
        ({"messages": [Hostile()]}, True),
    ],
)
def test_after_a_tool_and_with_stop_sequences_an_answer_may_be_empty(
    payload: object, may_be: bool
) -> None:
    assert may_be_empty(payload) is may_be
    assert (rejection(USUAL, "", payload, "a") is None) is may_be
    assert (rejected_stream(USUAL, [], payload, "a") is None) is may_be


@pytest.mark.parametrize(
    ("params", "empty"),
    [
        (None, True),
        ({}, True),
        ({"temperature": 0}, True),
        ({"stop": []}, True),
        ({"stop": "\n"}, False),
        ({"stop_sequences": ["END"]}, False),
    ],
)
def test_stop_sequences_of_the_settings_are_as_good_as_those_of_a_payload(
    params: dict[str, object] | None, empty: bool
) -> None:
    asked = FailureIfConfig(finish_reasons=("length",))

    rules = rules_of(asked, params)

    assert rules == asked.model_copy(update={"empty": empty})


@pytest.mark.parametrize(
    "answer",
    [openai("length", content="Hi"), claude({"type": "text", "text": "Hi"}, stop="length")],
)
def test_a_finish_reason_may_make_an_answer_a_failure(answer: object) -> None:
    found = rejection(FailureIfConfig(finish_reasons=("length",)), answer, QUESTION, "a")

    assert type(found) is AnswerRejectedError
    assert str(found) == "the answer of a ended with 'length', which failure_if names"
    assert classify(found) is Fault.FAILURE
    other = FailureIfConfig(finish_reasons=("max_tokens", "LENGTH"))
    assert rejection(other, answer, QUESTION, "a") is None


def test_a_predicate_is_asked_about_every_kind_of_answer() -> None:
    asked: list[object] = []

    def odd(answer: object) -> bool:
        asked.append(answer)
        return answer == [1]

    rules = FailureIfConfig(predicate=odd)

    assert rejection(rules, [2], QUESTION, "a") is None
    assert type(rejection(rules, [1], QUESTION, "a")) is AnswerRejectedError
    assert type(rejection(rules, "", QUESTION, "a")) is EmptyAnswerError
    assert rejection(rules, "text", QUESTION, "a") is None
    assert asked == [[2], [1], "text"]


def test_a_predicate_that_raises_makes_the_answer_a_failure() -> None:
    def broken(answer: dict[str, object]) -> bool:
        return bool(answer["no such key"])

    rules = FailureIfConfig(predicate=broken)

    found = rejection(rules, {"secret": 1}, QUESTION, "a")

    assert str(found) == "failure_if of a raised KeyError"
    assert isinstance(found, AnswerRejectedError)
    assert isinstance(found.__cause__, KeyError)


def test_a_stream_without_content_is_judged_by_its_finish_reasons() -> None:
    def brought(*reasons: object) -> list[object]:
        return [SimpleNamespace(finish_reason=reason) for reason in reasons]

    cut = FailureIfConfig(finish_reasons=("length",))

    assert type(rejected_stream(USUAL, brought(None, "stop"), "Hi", "a")) is EmptyAnswerError
    assert type(rejected_stream(USUAL, [], "Hi", "a")) is EmptyAnswerError
    assert type(rejected_stream(USUAL, [Hostile()], "Hi", "a")) is EmptyAnswerError
    assert rejected_stream(USUAL, brought("length"), "Hi", "a") is None
    assert type(rejected_stream(cut, brought("length"), "Hi", "a")) is AnswerRejectedError
    assert rejected_stream(OFF, brought("stop"), "Hi", "a") is None


def test_the_predicate_of_a_stream_gets_the_empty_text() -> None:
    def is_nothing(answer: object) -> bool:
        return answer == ""

    rules = FailureIfConfig(empty=False, predicate=is_nothing)

    assert type(rejected_stream(rules, [], "Hi", "a")) is AnswerRejectedError


def test_every_choice_of_an_empty_answer_ended_by_itself() -> None:
    assert ChatAnswer(has_content=False, finish_reasons=("stop", "stop")).is_empty
    assert not ChatAnswer(has_content=False, finish_reasons=("stop", "length")).is_empty


anything: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "type", "text", "finish_reason", "raw"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(anything, anything)
def test_no_answer_and_no_payload_however_odd_makes_judging_fail(
    answer: object, payload: object
) -> None:
    found = rejection(USUAL, answer, payload, "a")

    assert found is None or type(found) is EmptyAnswerError
