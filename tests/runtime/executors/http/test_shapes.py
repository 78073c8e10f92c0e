"""Every shape that servers send is read, however the network cuts it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from hive_resilience.runtime.executors.http.completion import Completion
from hive_resilience.runtime.executors.http.wire.json_value import JsonObject

from ..canned import (
    BLOCK_START,
    DONE,
    FAMILIES,
    JSON,
    MESSAGE_END,
    MESSAGE_START,
    SSE,
    CannedTransport,
    asked,
    compatible,
    cut,
    data,
    named,
    piece,
    said,
    streamed,
)
from ..faulty_server import run

pytestmark = pytest.mark.usefixtures("key")


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key-for-tests")


class Shape(NamedTuple):
    """A stream, and what there is in it."""

    stream: bytes
    text: str
    reasoning: str = ""
    finish: str | None = "stop"
    family: str = "openai"
    kind: str | None = SSE


NOTHING: JsonObject = {}
NATIVE_STOP = data({"choices": [{"delta": NOTHING, "native_finish_reason": "STOP"}]})
END = piece(None, "stop") + DONE
THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "17 * 23"}]}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
HALVES = b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
SHAPES = {
    "plain": Shape(piece(role="assistant") + piece("Hel") + piece("lo") + END, "Hello"),
    "finish reason in every chunk": Shape(
        piece("Hel", "stop") + piece("lo", "stop") + DONE, "Hello"
    ),
    "finish reason with the last word": Shape(piece("Hel") + piece("lo", "stop") + DONE, "Hello"),
    "no end but a finish reason": Shape(piece("Hello") + piece(None, "stop"), "Hello"),
    "no end but a finish reason with the last word": Shape(piece("Hello", "stop"), "Hello"),
    "no finish reason": Shape(piece("Hello") + DONE, "Hello", finish=None),
    "null content": Shape(piece(content=None, role="assistant") + piece("Hello") + END, "Hello"),
    "content in parts": Shape(
        piece([THINKING]) + piece([{"type": "text", "text": "3"}, "91"]) + END, "391", "17 * 23"
    ),
    "an image among the parts": Shape(piece([IMAGE]) + piece("Look") + END, "Look"),
    "reasoning_content": Shape(
        piece(reasoning_content="Hm") + piece("Yes") + END, "Yes", reasoning="Hm"
    ),
    "reasoning": Shape(piece("", reasoning="Hm") + piece("Yes") + END, "Yes", reasoning="Hm"),
    "thinking": Shape(piece(thinking="Hm") + piece("Yes") + END, "Yes", reasoning="Hm"),
    "reasoning twice": Shape(
        piece(reasoning="Hm", reasoning_content="Hm") + piece("Yes") + END, "Yes", reasoning="Hm"
    ),
    "choices without a message": Shape(
        data({"choices": [{"index": 0}]}) + piece("Hello") + END, "Hello"
    ),
    "a message in place of a delta": Shape(
        data({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}) + DONE,
        "Hello",
    ),
    "no choices": Shape(
        data({"choices": [], "prompt_filter_results": []}) + piece("Hello") + END, "Hello"
    ),
    "native finish reason": Shape(
        piece("Hello")
        + data({"choices": [{"delta": NOTHING, "native_finish_reason": "STOP"}]})
        + DONE,
        "Hello",
        finish="STOP",
    ),
    "a suffix": Shape(
        piece("Hello") + piece(None, "content_filter: SAFETY") + DONE,
        "Hello",
        finish="content_filter",
    ),
    "empty frames": Shape(b"data:\n\n" + piece("Hello") + b"data: \n\n" + END, "Hello"),
    "comments": Shape(b": PROCESSING\n\n" + piece("Hello") + b":\n\n" + END, "Hello"),
    "two halves": Shape(HALVES % rb"\ud83d" + HALVES % rb"\ude00" + END, "\N{GRINNING FACE}"),
    "a half": Shape(piece("Bye ") + HALVES % rb"\ud83d" + END, "Bye \ufffd"),
    "infinities": Shape(
        b'data: {"choices":[{"delta":{"content":"Hi"},"logprobs":{"top":[-Infinity,NaN]}}]}\n\n'
        + END,
        "Hi",
    ),
    "no type": Shape(piece("Hello") + END, "Hello", kind=None),
    "another type": Shape(piece("Hello") + END, "Hello", kind="text/plain"),
    "called JSON": Shape(piece("Hello") + END, "Hello", kind=JSON),
    "a mark and blanks before it": Shape(b"\xef\xbb\xbf\n\n" + piece("Hello") + END, "Hello"),
    "done glued on": Shape(
        piece("Hello") + piece(None, "stop").rstrip() + b"data: [DONE]\n\n", "Hello"
    ),
    "done in the line behind": Shape(
        piece("Hello") + piece(None, "stop").rstrip() + b"\n" + DONE, "Hello"
    ),
    "no empty lines": Shape(
        (piece("Hel") + piece("lo") + piece(None, "stop")).replace(b"\n\n", b"\n") + DONE, "Hello"
    ),
    "no line end behind the last": Shape(piece("Hello") + piece(None, "stop").rstrip(), "Hello"),
    "a legacy call": Shape(
        piece(function_call={"name": "f", "arguments": "{"})
        + piece(function_call={"arguments": "}"})
        + piece(None, "function_call")
        + DONE,
        "",
        finish="function_call",
    ),
    "a message": Shape(
        MESSAGE_START + BLOCK_START + named("ping") + said("Hel") + said("lo") + MESSAGE_END,
        "Hello",
        finish="end_turn",
        family="anthropic",
    ),
    "a thinking message": Shape(
        MESSAGE_START
        + named("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""})
        + named("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "Hm"})
        + named("content_block_start", index=1, content_block={"type": "text", "text": ""})
        + named("content_block_delta", index=1, delta={"type": "text_delta", "text": "Yes"})
        + MESSAGE_END,
        "Yes",
        reasoning="Hm",
        finish="end_turn",
        family="anthropic",
    ),
    "a message without names and type": Shape(
        (MESSAGE_START + BLOCK_START + said("Hello") + MESSAGE_END).replace(b"event: ", b": "),
        "Hello",
        finish="end_turn",
        family="anthropic",
        kind=None,
    ),
    "a message with two halves": Shape(
        MESSAGE_START + BLOCK_START + said("\ud83d") + said("\ude00") + MESSAGE_END,
        "\N{GRINNING FACE}",
        finish="end_turn",
        family="anthropic",
    ),
}
every_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


@every_shape
@pytest.mark.parametrize("size", [0, 1, 7], ids=["whole", "bytewise", "by sevens"])
def test_a_shape_is_read_however_it_is_cut(shape: Shape, size: int) -> None:
    pieces = cut(shape.stream, size) if size else (shape.stream,)
    make = FAMILIES[shape.family][0]

    chunks = run(streamed(make(CannedTransport(*pieces, kind=shape.kind))))

    assert "".join(map(str, chunks)) == shape.text
    assert "".join(chunk.reasoning for chunk in chunks) == shape.reasoning
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason][-1:] == (
        [shape.finish] if shape.finish else []
    )
    json.dumps([dict(chunk.raw) for chunk in chunks]).encode()
    assert all(letter < "\ud800" or letter > "\udfff" for letter in str(chunks))


@every_shape
def test_a_stream_in_answer_to_a_plain_request_is_one_answer(shape: Shape) -> None:
    make = FAMILIES[shape.family][0]

    answer = run(asked(make(CannedTransport(shape.stream, kind=shape.kind))))

    assert answer.text == shape.text
    assert answer.reasoning == shape.reasoning
    assert answer.finish_reason == shape.finish


@every_shape
def test_the_providers_own_clients_read_the_same(shape: Shape) -> None:
    async def story() -> str:
        executor = FAMILIES[shape.family][-1](CannedTransport(shape.stream, kind=shape.kind))
        chunks = await streamed(executor)
        await executor.close()
        return "".join(map(str, chunks))

    assert run(story()) == shape.text


def whole(**message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return {"model": "m", "choices": [choice], "usage": {"total_tokens": 3}}


CALL = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
ANSWERS: dict[str, tuple[bytes, str, str]] = {
    "plain": (json.dumps(whole(content="Hello")).encode(), "Hello", ""),
    "in parts": (
        json.dumps(whole(content=[THINKING, {"type": "text", "text": "391"}])).encode(),
        "391",
        "17 * 23",
    ),
    "with an image": (json.dumps(whole(content=["Look", IMAGE])).encode(), "Look", ""),
    "null": (json.dumps(whole(content=None, tool_calls=CALL)).encode(), "", ""),
    "legacy call": (json.dumps(whole(content=None, function_call=CALL[0])).encode(), "", ""),
    "reasoning": (json.dumps(whole(content="Yes", reasoning="Hm")).encode(), "Yes", "Hm"),
    "no message": (json.dumps({"choices": [{"finish_reason": "stop"}]}).encode(), "", ""),
    "a text": (json.dumps({"choices": [{"text": "Hello"}]}).encode(), "Hello", ""),
    "a half": (json.dumps(whole(content="Bye \ud83d")).encode(), "Bye \ufffd", ""),
    "NaN": (json.dumps({**whole(content="Hi"), "score": float("nan")}).encode(), "Hi", ""),
    "blanks": (b"\n\n \xef\xbb\xbf" + json.dumps(whole(content="Hi")).encode() + b"\n", "Hi", ""),
}


@pytest.mark.parametrize(("body", "text", "reasoning"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("kind", [JSON, "text/plain", SSE, None])
@pytest.mark.parametrize("size", [0, 1, 7], ids=["whole", "bytewise", "by sevens"])
def test_an_answer_in_one_piece_is_read_whatever_it_is_called(
    body: bytes, text: str, reasoning: str, kind: str | None, size: int
) -> None:
    async def story() -> list[Completion]:
        pieces = tuple(cut(body, size) if size else (body,))
        answer = await asked(compatible(CannedTransport(*pieces, kind=kind)))
        (chunk,) = await streamed(compatible(CannedTransport(*pieces, kind=kind)))
        assert (chunk.text, chunk.reasoning) == (answer.text, answer.reasoning)
        return [answer]

    (answer,) = run(story())
    assert (answer.text, answer.reasoning) == (text, reasoning)


def test_an_assembled_answer_has_its_calls_and_its_usage() -> None:
    def called(index: int, **function: str) -> bytes:
        return piece(tool_calls=[{"index": index, "function": function}])

    stream = (
        piece(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}])
        + called(0, arguments='{"x"')
        + piece(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}])
        + called(0, arguments=": 1}")
        + piece(None, "tool_calls")
        + data({"choices": [], "usage": {"total_tokens": 9}})
        + DONE
    )

    answer = run(asked(compatible(CannedTransport(stream))))

    raw: Any = answer.raw
    calls: list[dict[str, Any]] = raw["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]) for call in calls] == [
        ("a", {"name": "f", "arguments": '{"x": 1}'}),
        ("b", {"name": "g", "arguments": "{}"}),
    ]
    assert answer.usage == {"total_tokens": 9}


def test_an_assembled_message_has_its_tools_and_its_usage() -> None:
    tool: JsonObject = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    stream = (
        named("message_start", message={"model": "m", "content": [], "usage": {"input_tokens": 4}})
        + named("content_block_start", index=0, content_block=tool)
        + named(
            "content_block_delta",
            index=0,
            delta={"type": "input_json_delta", "partial_json": '{"x": '},
        )
        + named(
            "content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": "1}"}
        )
        + MESSAGE_END
    )

    answer = run(asked(FAMILIES["anthropic"][0](CannedTransport(stream))))

    assert answer.raw["content"] == [{**tool, "input": {"x": 1}}]
    assert answer.usage["total_tokens"] == 7
