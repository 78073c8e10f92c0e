"""A whole answer told as a stream says the same, read by our own readers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.config.values.families import Family
from hive_resilience.runtime.executors.families.as_events import as_events

from ..asking import Context, Task
from ..canned import JSON, CannedTransport
from ..faulty_server import completion, run
from .calls_kit import MESSAGE, RESPONSE

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
TOOLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
BLOCKS = [
    {"type": "thinking", "thinking": "Hm", "signature": "s"},
    {"type": "text", "text": "Hello"},
    {"type": "tool_use", "id": "t", "name": "f", "input": {"a": [1, "x"]}},
]
ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("chat", completion(finish_reason="stop")),
    ("chat", {"choices": [{"index": 0, "message": TOOLS, "finish_reason": "tool_calls"}]}),
    ("text_completion", {"choices": [{"index": 0, "text": "Hello", "finish_reason": "stop"}]}),
    ("response", RESPONSE),
    ("response", {**RESPONSE, "status": "incomplete"}),
    ("message", MESSAGE),
    ("message", {**MESSAGE, "content": BLOCKS, "stop_reason": "tool_use"}),
]


@pytest.mark.parametrize(("kind", "answer"), ANSWERS, ids=range(len(ANSWERS)))
def test_what_is_told_as_a_stream_is_read_as_the_answer_that_it_was(
    kind: str, answer: dict[str, Any]
) -> None:
    async def told(*steps: bytes, form: str) -> Any:
        executor = OpenAICompatible("http://server/v1", "tiny", families=[kind])
        executor._transport = CannedTransport(*steps, kind=form)
        payload = {"input": "Hi"} if kind == "response" else {"prompt": "Hi", "max_tokens": 9}
        return await executor.execute(Task(payload, kind), Context())

    whole = run(told(json.dumps(answer).encode(), form=JSON))
    streamed = run(told(as_events(Family(kind), answer), form="text/event-stream"))

    assert (streamed.text, streamed.reasoning) == (whole.text, whole.reasoning)
    assert streamed.finish_reason == whole.finish_reason
    for name in ("content", "output"):
        assert streamed.raw.get(name) == whole.raw.get(name)
    if kind == "chat":
        told_calls: list[Any] = streamed.raw["choices"][0]["message"].get("tool_calls") or []
        calls: list[Any] = answer["choices"][0]["message"].get("tool_calls") or []
        assert told_calls == [{"index": at, **call} for at, call in enumerate(calls)]
