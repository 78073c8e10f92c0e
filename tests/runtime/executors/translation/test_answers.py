"""Answers of either family in the form of the other, whole and as events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.runtime.executors.families.chat.assembly import assembled as chat_of
from hive_resilience.runtime.executors.families.message.assembly import assembled as message_of
from hive_resilience.runtime.executors.translation.answers import (
    chat_answer,
    finish_reason,
    message_answer,
    stop_reason,
)
from hive_resilience.runtime.executors.translation.chat_events import ChatEvents
from hive_resilience.runtime.executors.translation.lost import UnreadableAnswerError
from hive_resilience.runtime.executors.translation.message_events import MessageEvents

from .requests_kit import fields

USE = {"type": "tool_use", "id": "t", "name": "f", "input": {"city": "Oslo"}}
THOUGHT = {"type": "thinking", "thinking": "Hm", "signature": "x"}
MESSAGE = {
    "id": "msg",
    "model": "m",
    "type": "message",
    "role": "assistant",
    "content": [THOUGHT, {"type": "text", "text": "Yes"}, USE],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "output_tokens": 3, "cache_read_input_tokens": 2},
}


def test_a_message_is_told_as_a_chat_completion() -> None:
    found = chat_answer(MESSAGE)
    (choice,) = found["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == "Yes"
    assert choice["message"]["reasoning_content"] == "Hm"
    assert choice["message"]["thinking_blocks"] == [THOUGHT]
    assert choice["message"]["tool_calls"] == [
        {"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"city":"Oslo"}'}}
    ]
    assert found["usage"]["prompt_tokens"] == 7
    assert found["usage"]["prompt_tokens_details"] == {"cached_tokens": 2}


def test_it_is_the_same_message_on_the_way_back() -> None:
    assert message_answer(chat_answer(MESSAGE)) == MESSAGE


@pytest.mark.parametrize(
    "reason", ["end_turn", "max_tokens", "tool_use", "refusal", "pause_turn", None]
)
def test_a_reason_to_stop_comes_back(reason: str | None) -> None:
    assert stop_reason(finish_reason(reason)) == reason


@pytest.mark.parametrize("arguments", ["{", "[]", "7", None, 8])
def test_arguments_that_are_no_object_are_no_message(arguments: object) -> None:
    call = {"id": "c", "function": {"name": "f", "arguments": arguments}}
    chat = {"choices": [{"message": {"tool_calls": [call]}}]}
    if arguments is None:
        assert message_answer(chat)["content"][0]["input"] == {}
        return
    with pytest.raises(UnreadableAnswerError):
        message_answer(chat)


def test_reasoning_without_a_signature_is_a_thought_without_one() -> None:
    chat = {"choices": [{"message": {"content": "Yes", "reasoning": "Hm"}}]}
    assert message_answer(chat)["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": ""},
        {"type": "text", "text": "Yes"},
    ]


# As events.


def events_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """A message as its server streams it."""
    start: dict[str, Any] = {**message, "content": [], "stop_reason": None}
    found: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for index, block in enumerate(message["content"]):
        kind = block["type"]
        nothing: dict[str, Any] = {"input": {}} if kind == "tool_use" else {kind: ""}
        empty = {**block, **nothing}
        empty.pop("signature", None)
        found.append({"type": "content_block_start", "index": index, "content_block": empty})
        for delta in deltas_of(block):
            found.append({"type": "content_block_delta", "index": index, "delta": delta})
        found.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    found.append({"type": "message_delta", "delta": delta, "usage": message["usage"]})
    return [*found, {"type": "message_stop"}]


def deltas_of(block: dict[str, Any]) -> list[dict[str, Any]]:
    match block:
        case {"type": "text", "text": text}:
            return [{"type": "text_delta", "text": part} for part in text]
        case {"type": "thinking", "thinking": text, "signature": signature}:
            parts = [{"type": "thinking_delta", "thinking": part} for part in text]
            return [*parts, {"type": "signature_delta", "signature": signature}]
        case {"type": "tool_use", "input": told} if told:
            written = orjson.dumps(told).decode()
            return [{"type": "input_json_delta", "partial_json": part} for part in written]
        case _:
            return []


def chat_events(message: dict[str, Any]) -> list[dict[str, Any]]:
    events = ChatEvents()
    found = [told for event in events_of(message) if (told := events.take(event)) is not None]
    return [*found, events.usage(message["usage"])]


def back(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    translated = MessageEvents()
    told = [event for one in events for event in translated.take(one)]
    return [*told, *translated.finish()]


TEXT = st.text(min_size=1, max_size=6)
BLOCKS = st.lists(
    fields(type=st.just("text"), text=TEXT)
    | fields(
        type=st.just("tool_use"),
        id=TEXT,
        name=st.just("f"),
        input=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
    max_size=4,
)

as_chat: Callable[[list[Any]], Any] = chat_of
as_message: Callable[[list[Any]], Any] = message_of


@given(BLOCKS)
def test_the_events_together_say_what_the_whole_says(blocks: list[dict[str, Any]]) -> None:
    message = {**MESSAGE, "content": blocks}
    told = as_chat(chat_events(message))["choices"][0]
    wanted = chat_answer(message)["choices"][0]
    calls = [
        {key: value for key, value in call.items() if key != "index"}
        for call in told["message"].get("tool_calls", [])
    ]
    assert (told["message"]["content"] or None) == wanted["message"]["content"]
    assert calls == wanted["message"].get("tool_calls", [])
    assert told["finish_reason"] == wanted["finish_reason"]


def test_a_tool_without_arguments_gets_an_empty_object() -> None:
    message = {**MESSAGE, "content": [{**USE, "input": {}}]}
    (call,) = as_chat(chat_events(message))["choices"][0]["message"]["tool_calls"]
    assert call["function"]["arguments"] == "{}"


@given(BLOCKS)
def test_the_events_go_there_and_back(blocks: list[dict[str, Any]]) -> None:
    # Texts that follow each other are one in a chat, and a text behind a call goes before none.
    message = {**MESSAGE, "content": blocks}
    found = as_message(back(chat_events(message)))
    said = "".join(block["text"] for block in found["content"] if block["type"] == "text")
    assert said == "".join(block.get("text", "") for block in blocks)
    assert [block for block in found["content"] if block["type"] == "tool_use"] == [
        block for block in blocks if block["type"] == "tool_use"
    ]
    assert found["stop_reason"] == message["stop_reason"]
    assert found["usage"] == message["usage"]


def test_blocks_open_and_close_in_order() -> None:
    kinds = [event["type"] for event in back(chat_events(MESSAGE))]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 3


def test_mixed_parts_of_tool_calls_are_no_message() -> None:
    def part(index: int) -> dict[str, Any]:
        call = {"index": index, "id": "c", "function": {"name": "f", "arguments": "{"}}
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    with pytest.raises(UnreadableAnswerError):
        back([part(0), part(1), part(0)])
