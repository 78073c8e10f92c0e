"""When a streamed chat completion has ended, and what in it is content."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    ModelUnavailableError,
    StreamInterruptedError,
)
from hive_resilience.runtime.executors.families.chat.completion_reader import CompletionReader
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.http.faults.exchange import Exchange
from hive_resilience.runtime.executors.http.wire.sse import ServerEvent

from ..providers import choice

DONE = ServerEvent(b"message", b"[DONE]")


def reader(choices: int = 1) -> CompletionReader:
    return CompletionReader(Exchange("tiny", "m1"), choices=choices)


def take(found: CompletionReader, *events: Any) -> list[Chunk]:
    sent = (ServerEvent(b"message", json.dumps(event).encode()) for event in events)
    return [chunk for event in sent if (chunk := found.read(event)) is not None]


@pytest.mark.parametrize(
    ("delta", "is_content"),
    [
        ({"role": "assistant"}, False),
        ({"role": "assistant", "content": ""}, False),
        ({}, False),
        ({"content": None, "tool_calls": []}, False),
        ({"refusal": "No."}, False),
        ({"content": " "}, True),
        ({"tool_calls": [{"index": 0, "function": {"arguments": "{"}}]}, True),
        ({"reasoning_content": "Hm"}, True),
    ],
)
def test_whatever_is_part_of_the_answer_is_content(delta: dict[str, Any], is_content: bool) -> None:
    sent = choice(delta)

    (chunk,) = take(reader(), sent)

    assert chunk.is_content is is_content
    assert chunk.raw == sent


@pytest.mark.parametrize("key", ["tool_calls", "function_call"])
def test_a_part_of_a_tool_call_cannot_be_gone_on_with(key: str) -> None:
    text, call = take(reader(), choice({"content": "a"}), choice({key: [{"index": 0}]}))

    assert (text.can_continue, call.can_continue) == (True, False)


@pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource"])
def test_an_answer_that_its_server_has_given_up_is_cut(reason: str) -> None:
    found = reader()
    take(found, choice({"content": "part"}))

    with pytest.raises(StreamInterruptedError, match=reason) as caught:
        take(found, choice({}, reason))

    assert caught.value.partial == "part"


def test_it_has_ended_when_every_choice_that_was_asked_for_has() -> None:
    found = reader(choices=2)

    take(found, choice({"content": "a"}, "stop", index=0))
    assert not found.ended
    take(found, choice({"content": "b"}, index=1), choice({}, "length", index=1))
    assert found.ended


def test_a_choice_that_nobody_asked_for_must_end_too() -> None:
    found = reader()

    take(found, choice({"content": "a"}, "stop", index=0), choice({"content": "b"}, index=1))

    assert not found.ended


def test_the_text_is_that_of_the_first_choice() -> None:
    found = reader(choices=2)

    chunks = take(found, choice({"content": "a"}, index=0), choice({"content": "b"}, index=1))

    assert [(chunk.text, chunk.is_content) for chunk in chunks] == [("a", True), ("", True)]


def test_a_second_end_changes_nothing() -> None:
    found = reader()

    take(found, choice({"content": "a"}, "stop"), choice({}, "stop"))
    found.read(DONE)

    assert found.ended
    found.finish()


@pytest.mark.parametrize("sent", [(), ({"choices": []},), ({"usage": {"total_tokens": 1}},)])
def test_done_without_any_answer_is_none(sent: tuple[dict[str, Any], ...]) -> None:
    found = reader()
    take(found, *sent)
    found.read(DONE)

    with pytest.raises(ModelUnavailableError, match="ended before the answer"):
        found.finish()


@pytest.mark.parametrize("reason", ["", None])
def test_an_empty_finish_reason_is_none(reason: str | None) -> None:
    found = reader()

    (chunk,) = take(found, choice({"content": "a"}, reason))

    assert chunk.finish_reason is None
    assert not found.ended


@pytest.mark.parametrize(
    "sent", [choice({"refusal": "No."}, "stop"), choice({"content": ""}, "content_filter")]
)
def test_an_answer_of_which_nothing_is_left_was_refused(sent: dict[str, Any]) -> None:
    found = reader()
    take(found, sent)

    with pytest.raises(ContentRefusedError):
        found.finish()


def test_text_before_the_content_filter_is_an_answer() -> None:
    found = reader()
    take(found, choice({"content": "Once"}), choice({}, "content_filter"))

    found.finish()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"choices": {}}, "choices should be a list and is dict"),
        ({"choices": ["secret"]}, "choice should be an object and is str"),
        (choice("secret"), "delta should be an object and is str"),  # type: ignore[arg-type]
        (choice({"content": 7}), "delta.content should be a string, a list or null and is int"),
        ("secret", "event should be an object and is str"),
    ],
)
def test_what_is_no_chunk_is_told_by_its_type_only(sent: object, says: str) -> None:
    found = reader()
    take(found, choice({"content": "partly"}))

    with pytest.raises(StreamInterruptedError) as caught:
        take(found, sent)

    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.partial == "partly"
