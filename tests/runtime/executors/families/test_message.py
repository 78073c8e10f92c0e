"""Anthropic's messages: what is asked, and how an answer is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.runtime.executors.families.message.faults import ANTHROPIC_FAULTS
from hive_resilience.runtime.executors.families.message.message import (
    message_fields,
    message_of,
    with_total,
)
from hive_resilience.runtime.executors.families.message.message_reader import MessageReader
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.http.completion import Completion
from hive_resilience.runtime.executors.http.faults.exchange import Exchange
from hive_resilience.runtime.executors.http.wire.sse import ServerEvent

HI = {"role": "user", "content": "Hi"}


def read(body: Any) -> Completion:
    return message_of(body, Exchange("tiny", faults=ANTHROPIC_FAULTS))


def take(*events: dict[str, Any]) -> tuple[MessageReader, list[Chunk]]:
    found = MessageReader(Exchange("tiny", "m1"))
    sent = (ServerEvent(b"message", json.dumps(event).encode()) for event in events)
    return found, [chunk for event in sent if (chunk := found.read(event)) is not None]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"messages": [HI]}, {"messages": [HI]}),
        ({"messages": [HI], "max_tokens": 7}, {"messages": [HI], "max_tokens": 7}),
        (
            {"messages": [{"role": "system", "content": "Be brief."}, HI]},
            {"messages": [HI], "system": "Be brief."},
        ),
        (
            {
                "messages": [
                    {"role": "developer", "content": [{"type": "text", "text": "a"}]},
                    {"role": "system", "content": "b"},
                    HI,
                ]
            },
            {
                "messages": [HI],
                "system": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
            },
        ),
        (
            {"messages": [{"role": "system", "content": "a"}, HI], "system": "b"},
            {"messages": [{"role": "system", "content": "a"}, HI], "system": "b"},
        ),
    ],
)
def test_instructions_at_the_head_go_where_messages_have_them(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = json.dumps(fields)

    assert message_fields(fields) == expected
    assert json.dumps(fields) == before


def test_a_message_becomes_a_completion() -> None:
    thought = {"type": "thinking", "thinking": "Hm"}
    texts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    usage = {"input_tokens": 3, "output_tokens": 4, "cache_read_input_tokens": None}
    body = {"model": "served", "content": [thought, *texts], "stop_reason": "end_turn"}

    answer = read({**body, "usage": usage})

    assert (str(answer), answer.model, answer.finish_reason) == ("Hello", "served", "end_turn")
    assert answer.usage == {**usage, "total_tokens": 7}
    assert answer.raw["usage"] == usage


def test_a_tool_call_alone_is_an_answer() -> None:
    assert read({"content": [{"type": "tool_use"}], "stop_reason": "tool_use"}).text == ""


def test_a_refusal_without_text_is_refused() -> None:
    with pytest.raises(ContentRefusedError):
        read({"content": [], "stop_reason": "refusal"})

    assert read({"content": [{"type": "text", "text": "a"}], "stop_reason": "refusal"}).text == "a"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "content should be a list and is NoneType"),
        ({"content": ["secret"]}, "content block should be an object and is str of length 6"),
        ({"content": [{"type": "text"}]}, "text should be a string and is NoneType"),
        (["secret"], "answer should be an object"),
    ],
)
def test_what_is_no_message_is_told_by_its_type_only(body: object, says: str) -> None:
    with pytest.raises(ModelUnavailableError) as caught:
        read(body)

    assert says in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_error_in_a_good_status_is_an_error() -> None:
    with pytest.raises(RateLimitedError):
        read({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}})


@pytest.mark.parametrize(
    "usage", [{}, {"input_tokens": 1}, {"total_tokens": 1, "input_tokens": 1, "output_tokens": 1}]
)
def test_a_total_is_only_added_up_where_it_can_be(usage: dict[str, Any]) -> None:
    assert with_total(usage) == usage


@pytest.mark.parametrize(
    ("event", "is_content"),
    [
        ({"type": "content_block_start", "content_block": {"type": "text", "text": ""}}, False),
        ({"type": "content_block_start", "content_block": {"type": "tool_use", "id": "t"}}, True),
        ({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "a"}}, True),
        (
            {
                "type": "content_block_delta",
                "delta": {"type": "input_json_delta", "partial_json": "{"},
            },
            True,
        ),
        ({"type": "content_block_delta", "delta": {"type": "input_json_delta"}}, False),
        ({"type": "content_block_stop", "index": 0}, False),
        ({"type": "something_new"}, False),
    ],
)
def test_whatever_is_part_of_the_answer_is_content(event: dict[str, Any], is_content: bool) -> None:
    _, (chunk,) = take(event)

    assert chunk.is_content is is_content
    assert chunk.raw == event


@pytest.mark.parametrize(
    ("part", "can_continue"),
    [
        ({"type": "text_delta", "text": "a"}, True),
        ({"type": "thinking_delta", "thinking": "Hm"}, True),
        ({"type": "input_json_delta", "partial_json": "{"}, False),
        ({"type": "server_tool_use", "id": "t"}, False),
    ],
)
def test_a_part_of_a_tool_call_cannot_be_gone_on_with(
    part: dict[str, Any], can_continue: bool
) -> None:
    _, (chunk,) = take({"type": "content_block_delta", "delta": part})

    assert chunk.can_continue is can_continue


def test_pings_are_not_passed_on_and_the_stop_is_and_ends_it() -> None:
    found, chunks = take({"type": "ping"}, {"type": "message_stop"})

    assert [(chunk.event, chunk.is_content) for chunk in chunks] == [("message_stop", False)]
    assert (found.over, found.ended) == (True, True)


def test_the_usage_of_the_start_and_of_the_end_are_one() -> None:
    start = {"model": "served", "usage": {"input_tokens": 3, "output_tokens": 1}}
    end = {
        "usage": {"output_tokens": 4, "input_tokens": None},
        "delta": {"stop_reason": "end_turn"},
    }

    _, chunks = take({"type": "message_start", "message": start}, {"type": "message_delta", **end})

    assert [chunk.usage for chunk in chunks] == [
        {},
        {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
    ]
    assert chunks[1].model == "served"


def test_a_refusal_before_any_text_is_refused() -> None:
    found, _ = take(
        {"type": "message_delta", "delta": {"stop_reason": "refusal"}}, {"type": "message_stop"}
    )

    with pytest.raises(ContentRefusedError):
        found.finish()


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message_start"},
        {"type": "content_block_delta", "delta": "secret"},
        {"type": "content_block_delta", "delta": {"text": 7}},
        {"choices": 5},
    ],
)
def test_an_event_without_its_parts_cannot_be_read(event: dict[str, Any]) -> None:
    with pytest.raises(ModelUnavailableError, match=r"should be (an object|a string)"):
        take(event)
