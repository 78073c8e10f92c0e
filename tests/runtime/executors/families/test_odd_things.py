"""Whatever stands in payloads and answers, a translation fails with an error of ours or not."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hive_resilience import OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.http.wire.json_value import Json, object_of

from ..asking import Context, Task
from ..canned import DONE, JSON, SSE, CannedTransport, data, named
from ..faulty_server import run

NAMES = (
    *("type", "text", "content", "role", "function", "name", "arguments", "id", "index"),
    *("input", "tool_calls", "thinking", "source", "image_url", "url", "usage", "delta"),
)
FIELD_NAMES = (
    *("messages", "system", "tools", "tool_choice", "stop", "stream_options", "metadata"),
    *("response_format", "output_config", "thinking", "stop_sequences", "service_tier", "n"),
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "text", "tool_use"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(FIELD_NAMES), ODD, max_size=4)


def asking(spoken: str, body: bytes, kind: str) -> ChatExecutor:
    executor = OpenAICompatible("http://server/v1", "tiny", families=[spoken])
    executor._transport = CannedTransport(body, kind=kind)
    return executor


async def ends_well_or_with_ours(executor: ChatExecutor, task: Task, *, streams: bool) -> None:
    try:
        if streams:
            async for _ in executor.stream(task, Context()):
                pass
        else:
            await executor.execute(task, Context())
    except ResilienceError:
        return


@given(FIELDS, st.lists(ODD, max_size=3))
@settings(max_examples=300, deadline=None)
def test_odd_payloads(fields: dict[str, Any], messages: list[Any]) -> None:
    payload = {"messages": messages, **fields}
    for kind, spoken in (("chat", "message"), ("message", "chat")):
        executor = asking(spoken, b"{}", JSON)
        run(ends_well_or_with_ours(executor, Task(payload, kind), streams=False))


@given(ODD, ODD)
@settings(max_examples=300, deadline=None)
def test_odd_answers(message: Json, usage: Any) -> None:
    found = object_of(message)
    chat = {"choices": [{"message": found, "finish_reason": "stop"}], "usage": usage}
    whole = {**found, "content": [found], "stop_reason": "end_turn", "usage": usage}
    for kind, spoken, answer in (("message", "chat", chat), ("chat", "message", whole)):
        executor = asking(spoken, json.dumps(answer).encode(), JSON)
        run(ends_well_or_with_ours(executor, Task("Hi", kind), streams=False))


@given(st.lists(ODD, max_size=3))
@settings(max_examples=300, deadline=None)
def test_odd_streams(found: list[Json]) -> None:
    deltas = [object_of(one) for one in found]
    chat = b"".join(data({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas)
    stop = data({"choices": [{"index": 0, "finish_reason": "stop"}]}) + DONE
    blocks = b"".join(
        named("content_block_start", index=delta.get("index"), content_block=delta)
        + named("content_block_delta", index=delta.get("index"), delta=delta)
        + named("content_block_stop", index=delta.get("index"))
        for delta in deltas
    )
    for kind, spoken, stream in (
        ("message", "chat", chat + stop),
        ("chat", "message", blocks + named("message_stop")),
    ):
        executor = asking(spoken, stream, SSE)
        run(ends_well_or_with_ours(executor, Task("Hi", kind), streams=True))
