"""Over real sockets: which answers move on to the next model."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import Task
from hive_resilience.errors import EmptyAnswerError
from tests.fleet_kit import outcomes
from tests.runtime.executors.faulty_server import (
    answer,
    completion,
    run,
)
from tests.runtime.executors.pouring import pour
from tests.runtime.executors.providers import COMPATIBLE, choice, event

from .moving_kit import CHAT, FINE, MORE, RETRY_ONCE, ask, read, world

PAGE = b"<!doctype html><html><title>Please wait</title></html>"
HTML = {"Content-Type": "text/html"}
EMPTY = answer(200, completion("", finish_reason="stop"))
NOTHING = pour(COMPATIBLE.start + event(choice({}, "stop")) + COMPATIBLE.over)


@pytest.mark.parametrize(
    "status", [499, 500, 502, 506, 509, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599]
)
def test_a_status_of_a_server_in_trouble_is_asked_again(status: int) -> None:
    found = ask((answer(status), FINE), **RETRY_ONCE)

    assert str(found.value) == "fine"
    assert found.retry_count == 1


@pytest.mark.parametrize("status", [404, 501, 505])
def test_a_status_that_will_not_pass_is_not_asked_again(status: int) -> None:
    found = ask((answer(status), FINE), (FINE,), **RETRY_ONCE)

    assert outcomes(found) == [("m0", "failure"), ("m1", "success")]


def test_a_web_page_in_place_of_an_answer_may_pass() -> None:
    found = ask((answer(200, PAGE, HTML), FINE), **RETRY_ONCE)

    assert (str(found.value), found.retry_count) == ("fine", 1)


def test_a_web_page_in_place_of_a_stream_may_pass() -> None:
    async def story() -> tuple[str, int]:
        scripts = (answer(200, PAGE, HTML), MORE)
        async with world(scripts, **RETRY_ONCE) as runtime, runtime.stream(Task(CHAT)) as stream:
            text = "".join([str(chunk) async for chunk in stream])
            return text, stream.result.retry_count

    assert run(story()) == ("more", 1)


def test_an_empty_answer_moves_on() -> None:
    found = ask((EMPTY,), (FINE,))

    assert (str(found.value), found.model_used) == ("fine", "m1")
    assert isinstance(found.attempts[0].error, EmptyAnswerError)


def test_the_first_empty_answer_is_the_result_if_there_is_no_other() -> None:
    found = ask((EMPTY,), (EMPTY,))

    assert (found.success, str(found.value), found.model_used) == (True, "", "m0")
    assert outcomes(found) == [("m0", "failure"), ("m1", "failure")]


TOOL_CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"content": None, "tool_calls": [TOOL_CALL]}, "tool_calls"),
        ({"content": "", "tool_calls": [TOOL_CALL]}, "stop"),
        ({"content": "", "reasoning_content": "hm"}, "stop"),
        ({"content": ""}, "length"),
    ],
    ids=["tool", "tool that stops", "reasoning", "length"],
)
def test_an_answer_that_has_something_or_was_cut_is_delivered(
    message: dict[str, object], reason: str
) -> None:
    whole = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}
    body = {"model": "served", "choices": [whole]}

    found = ask((answer(200, body),), (FINE,))

    assert outcomes(found) == [("m0", "success")]


@pytest.mark.parametrize(
    "payload",
    [
        {**CHAT, "stop": ["END"]},
        {"messages": [{"role": "tool", "tool_call_id": "1", "content": "5"}]},
    ],
    ids=["stop", "tool"],
)
def test_an_answer_that_may_be_empty_is_delivered(payload: object) -> None:
    assert outcomes(ask((EMPTY,), (FINE,), payload=payload)) == [("m0", "success")]
    text, found = read((NOTHING,), (MORE,), payload=payload)
    assert (text, found.model_used) == ("", "m0")


def test_a_stream_without_content_moves_on() -> None:
    text, found = read((NOTHING,), (MORE,))

    assert (text, found.model_used) == ("more", "m1")
    assert isinstance(found.attempts[0].error, EmptyAnswerError)


def test_the_first_stream_without_content_is_the_result_if_there_is_no_other() -> None:
    text, found = read((NOTHING,), (NOTHING,))

    assert (text, found.success, found.model_used) == ("", True, "m0")


def test_a_function_sees_the_answer_as_the_caller_would() -> None:
    def short(found: Any) -> bool:
        return len(found.text) < 5

    long = answer(200, completion("long enough"))

    found = ask((FINE,), (long,), failure_if=short)

    assert (str(found.value), found.model_used) == ("long enough", "m1")
