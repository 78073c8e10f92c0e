"""Calls of our own HTTP executors have the spans and the metrics of the GenAI conventions."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.baggage import set_baggage
from opentelemetry.context import attach, detach
from opentelemetry.trace import SpanKind, StatusCode

from hive_resilience import ModelConfig, OpenAIClient, OpenAICompatible, Plan, Runtime, Task
from hive_resilience.config import Semconv
from hive_resilience.runtime.observability.telemetry.semconv import NAMES
from tests.fleet_kit import NO_RETRY, model
from tests.runtime.executors.canned import data, piece
from tests.runtime.executors.faulty_server import (
    Behaviour,
    FaultyServer,
    answer,
    completion,
    run,
)

from .watched import Memory, said, settled

USAGE = {
    "prompt_tokens": 11,
    "completion_tokens": 5,
    "total_tokens": 16,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
GOOD = {**completion("Hello", finish_reason="stop"), "usage": USAGE}
EVENTS = (
    piece(role="assistant")
    + piece("Hel")
    + piece("lo")
    + piece(None, "stop")
    + data({"model": "m", "choices": [], "usage": USAGE})
    + b"data: [DONE]\n\n"
)
STREAM = answer(200, EVENTS, {"Content-Type": "text/event-stream"})


@pytest.fixture
def memory() -> Memory:
    return Memory()


def ask(memory: Memory, *script: Behaviour, task: Task | None = None, **how: Any) -> FaultyServer:
    """One task for a model behind a real socket."""
    server = FaultyServer(*script)

    async def story() -> None:
        async with server:
            config = ModelConfig(id="a", endpoint=server.base_url, model="tiny", retry=NO_RETRY)
            async with memory.watch(Runtime(models=[config]), **how) as runtime:
                with memory.caller():
                    await runtime.execute(task or Task({"prompt": "Hi"}))

    run(story())
    return server


def stream(memory: Memory, **how: Any) -> None:
    async def story() -> None:
        async with FaultyServer(STREAM) as server:
            config = ModelConfig(id="a", endpoint=server.base_url, model="tiny", retry=NO_RETRY)
            runtime = memory.watch(Runtime(models=[config]), **how)
            async with runtime, runtime.stream(Task({"prompt": "Hi"})) as chunks:
                assert "".join([str(chunk) async for chunk in chunks]) == "Hello"

    run(story())


def test_the_span_of_the_attempt_is_that_of_the_inference(memory: Memory) -> None:
    server = ask(memory, answer(200, GOOD))

    (span,) = memory.attempts
    port = int(server.base_url.split(":")[2].split("/")[0])
    assert (span.name, span.kind, span.status.status_code) == (
        "chat tiny",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert said(span) == {
        "hive.model": "a",
        "hive.attempt.number": 1,
        "hive.outcome": "success",
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "tiny",
        "gen_ai.response.model": "served",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "server.address": "127.0.0.1",
        "server.port": port,
    }


def test_the_request_carries_the_span_of_its_attempt(memory: Memory) -> None:
    token = attach(set_baggage("user", "alice"))
    try:
        server = ask(memory, answer(503), answer(200, GOOD))
    finally:
        detach(token)

    context = memory.attempts[0].get_span_context()
    assert context is not None
    told = server.requests[0].headers
    ours = [f"{context.trace_id:032x}", f"{context.span_id:016x}"]
    assert told["traceparent"].split("-")[1:3] == ours
    assert "baggage" not in told


def test_a_callers_own_traceparent_goes_on_only_where_ours_does_not(memory: Memory) -> None:
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    task = Task({"prompt": "Hi"}, headers={"traceparent": theirs})

    with_ours = ask(memory, answer(200, GOOD), task=task)
    without = ask(Memory(), answer(200, GOOD), task=task, propagate=False)

    assert with_ours.requests[0].headers["traceparent"] != theirs
    assert without.requests[0].headers["traceparent"] == theirs


@pytest.mark.parametrize("off", ["propagate", "traces"])
def test_no_request_carries_anything_of_ours_without(memory: Memory, off: str) -> None:
    how: dict[str, Any] = {off: False}
    server = ask(memory, answer(200, GOOD), **how)

    assert "traceparent" not in server.requests[0].headers


def test_a_refusal_of_the_server_is_an_error_by_its_kind(memory: Memory) -> None:
    ask(memory, answer(429, {"error": {"message": "slow down"}}))

    (span,) = memory.attempts
    assert settled(memory.attempts) == [("a", 1, "failure", "rate_limited")]
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "rate_limited")
    (point,) = memory.points("gen_ai.client.inference.duration")
    assert point.attributes["error.type"] == "rate_limited"
    assert point.count == 1


@pytest.mark.parametrize(
    ("kind", "path", "name", "body"),
    [
        ("chat", "/v1/chat/completions", "chat tiny", GOOD),
        (
            "text_completion",
            "/v1/completions",
            "text_completion tiny",
            {"model": "served", "choices": [{"index": 0, "text": "x", "finish_reason": "stop"}]},
        ),
        (
            "embedding",
            "/v1/embeddings",
            "embeddings tiny",
            {"model": "served", "data": [{"index": 0, "embedding": [0.5], "object": "embedding"}]},
        ),
    ],
)
def test_each_family_has_its_operation(
    memory: Memory, kind: str, path: str, name: str, body: object
) -> None:
    server = ask(memory, answer(200, body), task=Task({"input": "x", "prompt": "x"}, type=kind))

    assert server.requests[0].path == path
    assert [span.name for span in memory.attempts] == [name]
    embeds = kind == "embedding"
    assert ("gen_ai.client.operation.duration" in memory.instruments) is embeds
    assert ("gen_ai.client.inference.duration" in memory.instruments) is not embeds


def test_a_stream_tells_the_time_to_its_chunks_and_its_usage(memory: Memory) -> None:
    stream(memory)

    assert said(memory.attempts[0])["gen_ai.usage.output_tokens"] == 5
    assert said(memory.attempts[0])["gen_ai.response.finish_reasons"] == ("stop",)
    (first,) = memory.points("gen_ai.client.inference.time_to_first_chunk")
    (later,) = memory.points("gen_ai.client.inference.time_per_output_chunk")
    assert (first.count, later.count) == (1, 1)
    assert first.explicit_bounds[:3] == (0.01, 0.02, 0.04)
    assert (len(first.explicit_bounds), first.explicit_bounds[-1]) == (14, 81.92)


@pytest.mark.parametrize("semconv", list(Semconv))
def test_both_generations_have_their_own_names(memory: Memory, semconv: Semconv) -> None:
    stream(memory, semconv=semconv)

    names = NAMES[semconv]
    expected = {name for name in names[:-1] if name}
    seldom = {names.cache_write, names.other_duration} - {names.duration}
    assert {n for n in memory.instruments if n.startswith("gen_ai")} == expected - seldom


def test_tokens_are_counted_by_their_kind(memory: Memory) -> None:
    old = Memory()
    ask(memory, answer(200, GOOD))
    ask(old, answer(200, GOOD), semconv="genai-1.41")

    usage = "gen_ai.client.inference.usage."
    counted = {
        name.removeprefix(usage): [point.value for point in memory.points(name)]
        for name in memory.instruments
        if name.startswith(usage)
    }
    assert counted == {
        "input_tokens": [11],
        "output_tokens": [5],
        "cache_read.input_tokens": [4],
        "reasoning.output_tokens": [2],
    }
    by_kind = {
        point.attributes["gen_ai.token.type"]: point.sum
        for point in old.points("gen_ai.client.token.usage")
    }
    assert by_kind == {"input": 11, "output": 5}
    (bounds,) = {point.explicit_bounds for point in old.points("gen_ai.client.token.usage")}
    assert bounds == tuple(4.0**k for k in range(14))


def test_runtimes_with_one_meter_add_up_their_tokens(memory: Memory) -> None:
    for _ in range(2):
        ask(memory, answer(200, GOOD))

    name = "gen_ai.client.inference.usage.input_tokens"
    assert sum(point.value for point in memory.points(name)) == 22
    point = memory.points(name)[0]
    assert point.attributes["gen_ai.token.modality"] == "unknown"
    assert point.attributes["gen_ai.operation.name"] == "chat"


def test_the_clients_of_providers_are_left_to_their_own_instrumentation(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    server = FaultyServer(answer(200, GOOD))

    async def story() -> None:
        async with server:
            client = OpenAIClient("tiny", base_url=server.base_url)
            async with memory.watch(Runtime(models=[model("a", client)])) as runtime:
                await runtime.execute(Task({"prompt": "Hi"}))

    run(story())

    assert [span.name for span in memory.attempts] == ["hive.attempt a"]
    assert {name for name in memory.instruments if name.startswith("gen_ai")} == set()
    assert "traceparent" in server.requests[0].headers


def test_an_executor_from_python_is_the_same(memory: Memory) -> None:
    async def story() -> None:
        async with FaultyServer(answer(200, GOOD)) as server:
            own = OpenAICompatible(server.base_url, "tiny")
            async with memory.watch(Runtime(models=[model("a", own)])) as runtime:
                await runtime.execute(Task({"prompt": "Hi"}), plan=Plan("a"))

    run(story())

    assert [span.name for span in memory.attempts] == ["chat tiny"]


def test_a_server_cannot_make_up_labels_without_end(memory: Memory) -> None:
    answers = [answer(200, {**GOOD, "model": f"m{number}"}) for number in range(203)]

    async def story() -> None:
        async with FaultyServer(*answers) as server:
            config = ModelConfig(id="a", endpoint=server.base_url, model="tiny")
            async with memory.watch(Runtime(models=[config])) as runtime:
                for _ in answers:
                    await runtime.execute(Task({"prompt": "Hi"}))

    run(story())

    points = memory.points("gen_ai.client.inference.duration")
    models = {point.attributes["gen_ai.response.model"] for point in points}
    assert len(models) == 201
    assert "_other" in models
