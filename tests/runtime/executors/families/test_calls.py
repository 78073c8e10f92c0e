"""Every type of task over real sockets: what is asked where, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience import AnthropicClient, Completion, OpenAIClient, OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelUnavailableError,
    StreamInterruptedError,
    UnsupportedTaskError,
    UntranslatableRequestError,
)
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.http.chunk import Chunk

from ..asking import Context, Task
from ..canned import DONE, MESSAGE_END, MESSAGE_START, data, named, piece, said
from ..faulty_server import Behaviour, FaultyServer, Request, answer, completion, run
from ..pouring import cut, pour

EVERY = ("chat", "text_completion", "embedding", "response", "message", "rerank", "moderation")
JSON = {"Content-Type": "application/json"}
OUTPUT = [{"type": "message", "content": [{"type": "output_text", "text": "Hello"}]}]
RESPONSE: dict[str, Any] = {
    "id": "resp",
    "model": "m",
    "status": "completed",
    "error": None,
    "output": OUTPUT,
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
MESSAGE = {
    "type": "message",
    "model": "m",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
EMBEDDING = {"data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 7}}
RERANK = {"results": [{"index": 0, "relevance_score": 0.5}]}
MODERATION = {"results": [{"flagged": False}]}
TEXT = {"model": "m", "choices": [{"text": "Hello", "finish_reason": "stop"}]}
RANKED = {"query": "q", "documents": ["d"]}
Make = Callable[[str], ChatExecutor]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "a-key")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key")


def compatible(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", families=EVERY)


def openai(url: str) -> ChatExecutor:
    return OpenAIClient("tiny", base_url=url, families=EVERY)


def claude(url: str) -> ChatExecutor:
    return AnthropicClient("tiny", base_url=url.removesuffix("/v1"))


async def asked(
    make: Make, kind: str, payload: Any, *script: Behaviour
) -> tuple[Completion, Request]:
    async with FaultyServer(*script) as server:
        executor = make(server.base_url)
        try:
            found = await executor.execute(Task(payload, kind), Context(deadline=9.0))
        finally:
            await executor.close()
    return found, server.requests[0]


async def streamed(
    make: Make, kind: str, payload: Any, *script: Behaviour
) -> tuple[list[Chunk], Request]:
    async with FaultyServer(*script) as server:
        executor = make(server.base_url)
        try:
            stream = executor.stream(Task(payload, kind), Context(deadline=9.0))
            chunks = [chunk async for chunk in stream]
        finally:
            await executor.close()
    return chunks, server.requests[0]


def failure(story: Any) -> ResilienceError:
    with pytest.raises(ResilienceError) as caught:
        run(story)
    return caught.value


@pytest.mark.parametrize("make", [compatible, openai], ids=["compatible", "client"])
@pytest.mark.parametrize(
    ("kind", "payload", "path", "body", "text"),
    [
        ("text_completion", "Hi", "/v1/completions", TEXT, "Hello"),
        ("embedding", "Hi", "/v1/embeddings", EMBEDDING, ""),
        ("response", "Hi", "/v1/responses", RESPONSE, "Hello"),
        ("message", {"messages": [], "max_tokens": 9}, "/v1/messages", MESSAGE, "Hello"),
        ("rerank", RANKED, "/v1/rerank", RERANK, ""),
        ("moderation", "Hi", "/v1/moderations", MODERATION, ""),
    ],
    ids=EVERY[1:],
)
def test_each_type_has_its_path_and_its_answer(
    make: Make, kind: str, payload: Any, path: str, body: Any, text: str
) -> None:
    headers = {**JSON, "x-request-id": "r1", "set-cookie": "a=b"}
    found, request = run(asked(make, kind, payload, answer(200, body, headers)))

    field = {"text_completion": "prompt"}.get(kind, "input")
    sent = payload if isinstance(payload, dict) else {field: payload}
    assert (request.path, request.json()) == (path, {"model": "tiny", **sent})
    assert (found.text, found.raw, json.loads(found.body)) == (text, body, body)
    assert (found.status, found.headers["x-request-id"]) == (200, "r1")
    assert "set-cookie" not in found.headers


@pytest.mark.parametrize("kind", EVERY)
def test_bytes_are_read_once_and_get_the_models_name(kind: str) -> None:
    bodies = {
        "chat": completion(),
        "text_completion": TEXT,
        "embedding": EMBEDDING,
        "response": RESPONSE,
        "message": MESSAGE,
        "rerank": RERANK,
        "moderation": MODERATION,
    }
    fields = {"model": "other", "input": "Hi", "prompt": "Hi", "max_tokens": 9, **RANKED}
    if kind in ("chat", "message"):
        fields = {"model": "other", "messages": [], "max_tokens": 9, "odd": [1.5]}
    payload = json.dumps(fields).encode()
    found, request = run(asked(compatible, kind, payload, answer(200, bodies[kind], JSON)))

    assert request.json() == {**fields, "model": "tiny"}
    assert found.body == json.dumps(bodies[kind]).encode()


@pytest.mark.parametrize("payload", [b"{", b"[]", b"7", b"", b'"Hi"'])
def test_bytes_that_are_no_object_are_no_request(payload: bytes) -> None:
    error = failure(asked(compatible, "embedding", payload, answer(200, EMBEDDING)))
    assert isinstance(error, InvalidRequestError)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        *((kind, {}) for kind in ("text_completion", "embedding", "response", "moderation")),
        *(("rerank", "Hi"), ("rerank", {"query": "q"}), ("embedding", 7)),
    ],
    ids=range(7),
)
def test_a_payload_without_what_its_type_needs_is_refused(kind: str, payload: Any) -> None:
    assert isinstance(failure(asked(compatible, kind, payload)), InvalidRequestError)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("embedding", {"data": None}),
        ("embedding", {}),
        ("rerank", {"results": {}}),
        ("moderation", []),
        ("response", {**RESPONSE, "status": "in_progress"}),
        ("response", {**RESPONSE, "status": "cancelled"}),
        ("response", {**RESPONSE, "status": None}),
        ("response", {**RESPONSE, "output": None}),
        ("response", {**RESPONSE, "status": "failed", "error": {"code": "server_error"}}),
        ("text_completion", {"choices": [{"finish_reason": "stop"}]}),
        ("text_completion", {"choices": []}),
    ],
    ids=range(11),
)
def test_what_is_no_whole_answer_is_a_failure(kind: str, body: Any) -> None:
    payload = RANKED if kind == "rerank" else {"input": "Hi", "prompt": "Hi"}
    error = failure(asked(compatible, kind, payload, answer(200, body, JSON)))
    assert isinstance(error, ModelUnavailableError)


def test_a_response_that_refuses_is_a_refusal() -> None:
    refusal = [{"type": "message", "content": [{"type": "refusal", "refusal": "No"}]}]
    body = {**RESPONSE, "output": refusal}
    error = failure(asked(compatible, "response", "Hi", answer(200, body, JSON)))
    assert isinstance(error, ContentRefusedError)


@pytest.mark.parametrize("kind", ["embedding", "rerank", "moderation"])
def test_values_have_no_streams(kind: str) -> None:
    payload = {"input": "Hi", **RANKED}
    error = failure(streamed(compatible, kind, payload, answer(200, EMBEDDING)))
    assert isinstance(error, InvalidRequestError)
    assert "have no streams" in str(error)


def test_a_type_that_the_model_does_not_take_is_refused_unasked() -> None:
    async def story() -> None:
        async with FaultyServer(answer(200, RERANK)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(UnsupportedTaskError, match="no tasks of the type rerank"):
                await executor.execute(Task(RANKED, "rerank"), Context(deadline=9.0))
            await executor.close()
        assert not server.requests

    run(story())


# Streams.


def event(kind: str, **fields: Any) -> bytes:
    return named(f"response.{kind}", **fields)


DELTA = event("output_text.delta", delta="Hel") + event("output_text.delta", delta="lo")
COMPLETED = event("completed", response=RESPONSE)
TEXT_PIECES = tuple(data({"choices": [{"index": 0, "text": part}]}) for part in ("Hel", "lo"))
TEXT_END = data({"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]})


@pytest.mark.parametrize(
    ("kind", "stream"),
    [
        ("text_completion", (*TEXT_PIECES, TEXT_END, DONE)),
        ("response", (event("created", response={}), DELTA, COMPLETED)),
        ("response", (DELTA, event("incomplete", response={**RESPONSE, "status": "incomplete"}))),
        ("response", (COMPLETED,)),
        ("response", (DELTA, COMPLETED, DONE)),
        ("message", (MESSAGE_START, said("Hel"), said("lo"), MESSAGE_END)),
    ],
    ids=["text", "response", "incomplete", "at once", "done behind", "message"],
)
def test_a_stream_of_each_family_is_read_to_its_own_end(
    kind: str, stream: tuple[bytes, ...]
) -> None:
    payload = {"input": "Hi", "prompt": "Hi", "max_tokens": 9}
    if kind == "message":
        payload = {"prompt": "Hi", "max_tokens": 9}
    chunks, request = run(streamed(compatible, kind, payload, pour(*stream)))

    assert "".join(map(str, chunks)) == "Hello"
    assert request.json()["stream"] is True
    assert all(json.loads(chunk.data) == chunk.raw for chunk in chunks)


@pytest.mark.parametrize(
    ("kind", "begun", "end"),
    [
        ("text_completion", TEXT_PIECES[0], ()),
        ("text_completion", TEXT_PIECES[0], (cut,)),
        ("response", DELTA, ()),
        ("response", DELTA, (DONE,)),
        ("response", DELTA, (cut,)),
        ("response", DELTA, (event("failed", response={"error": {"code": "server_error"}}),)),
        ("response", DELTA, (named("error", code="server_error", message="slot"),)),
        ("response", DELTA, (event("completed", response={}),)),
        ("message", MESSAGE_START + said("Hel"), ()),
        ("chat", MESSAGE_START + said("Hel"), ()),
    ],
    ids=range(10),
)
def test_a_stream_that_is_cut_is_never_a_success(
    kind: str, begun: bytes, end: tuple[Any, ...]
) -> None:
    make = claude if kind in ("chat", "message") else compatible
    payload = {"prompt": "Hi", "max_tokens": 9, **({"input": "Hi"} if make is compatible else {})}
    error = failure(streamed(make, kind, payload, pour(begun, *end)))
    assert isinstance(error, StreamInterruptedError | ModelUnavailableError)


# Each family over the other.


def test_a_chat_over_messages_is_asked_and_answered_in_its_own_form() -> None:
    payload = {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        "stop": "END",
    }
    found, request = run(asked(claude, "chat", payload, answer(200, MESSAGE, JSON)))

    sent = request.json()
    assert request.path == "/v1/messages"
    assert (sent["system"], sent["stop_sequences"], sent["max_tokens"]) == (
        "Be brief.",
        ["END"],
        4096,
    )
    assert found.raw["choices"][0]["message"]["content"] == "Hello"  # type: ignore[index]
    assert (found.finish_reason, found.usage["total_tokens"]) == ("stop", 10)
    assert found.response == MESSAGE
    assert json.loads(found.body) == found.raw


@pytest.mark.parametrize("kind", ["chat", "message"])
@pytest.mark.parametrize(
    ("payload", "sent"), [({"prompt": "Hi"}, 500), ({"prompt": "Hi", "max_tokens": 7}, 7)]
)
def test_the_params_of_a_model_go_before_its_defaults(kind: str, payload: Any, sent: int) -> None:
    def make(url: str) -> ChatExecutor:
        base = url.removesuffix("/v1")
        return AnthropicClient("tiny", base_url=base, params={"max_tokens": 500, "top_k": 5})

    _, request = run(asked(make, kind, payload, answer(200, MESSAGE, JSON)))
    assert (request.json()["max_tokens"], request.json()["top_k"]) == (sent, 5)


@pytest.mark.parametrize(
    ("kind", "has_params"), [("chat", True), ("message", True), ("embedding", False)]
)
def test_params_go_with_the_first_family_of_a_model(kind: str, has_params: bool) -> None:
    def make(url: str) -> ChatExecutor:
        return OpenAICompatible(url, "tiny", params={"temperature": 0.5})

    body = EMBEDDING if kind == "embedding" else completion(finish_reason="stop")
    payload: Any = {"input": "Hi"} if kind == "embedding" else {"prompt": "Hi"}
    _, request = run(asked(make, kind, payload, answer(200, body, JSON)))
    assert ("temperature" in request.json()) is has_params


def test_a_message_over_chats_is_asked_and_answered_in_its_own_form() -> None:
    def make(url: str) -> ChatExecutor:
        return OpenAICompatible(url, "tiny")

    body = completion(finish_reason="stop")
    payload = {
        "system": "Be brief.",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    found, request = run(asked(make, "message", payload, answer(200, body, JSON)))

    sent = request.json()
    assert request.path == "/v1/chat/completions"
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent["max_completion_tokens"] == 9
    assert found.raw["content"] == [{"type": "text", "text": "Hello"}]
    assert (found.text, found.finish_reason) == ("Hello", "end_turn")
    assert found.response == body


@pytest.mark.parametrize("wished", [True, False])
def test_a_stream_of_a_chat_over_messages_has_the_events_of_a_chat(wished: bool) -> None:
    stream = pour(MESSAGE_START, said("Hel"), said("lo"), MESSAGE_END)
    payload = {"prompt": "Hi", "stream_options": {"include_usage": wished}}
    chunks, _ = run(streamed(claude, "chat", payload, stream))

    assert "".join(map(str, chunks)) == "Hello"
    assert {chunk.raw["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert chunks[-1].usage["completion_tokens"] == 3
    assert chunks[-1].for_runtime is not wished


def test_a_stream_of_a_message_over_chats_has_the_events_of_a_message() -> None:
    usage = data({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    stream = pour(piece("Hel"), piece("lo"), piece(None, "stop"), usage, DONE)
    payload = {"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}

    def make(url: str) -> ChatExecutor:
        return OpenAICompatible(url, "tiny")

    chunks, request = run(streamed(make, "message", payload, stream))

    assert request.json()["stream_options"] == {"include_usage": True}
    assert "".join(map(str, chunks)) == "Hello"
    kinds = [chunk.event for chunk in chunks]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert chunks[-2].usage["output_tokens"] == 3


def test_a_cut_stream_has_no_end_in_the_other_form_either() -> None:
    async def kinds(executor: ChatExecutor, into: list[str]) -> None:
        async for chunk in executor.stream(Task("Hi", "message"), Context(deadline=9.0)):
            into.append(chunk.event)

    async def story() -> list[str]:
        found: list[str] = []
        async with FaultyServer(pour(piece("Hel"), cut)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(StreamInterruptedError):
                await kinds(executor, found)
            await executor.close()
        return found

    found = run(story())
    assert "content_block_delta" in found
    assert not {"message_delta", "message_stop"} & set(found)


def test_what_has_no_counterpart_is_named_and_not_asked() -> None:
    async def story() -> None:
        async with FaultyServer(answer(200, MESSAGE)) as server:
            executor = claude(server.base_url)
            with pytest.raises(UntranslatableRequestError, match="seed") as caught:
                await executor.execute(Task({"prompt": "Hi", "seed": 1}), Context(deadline=9.0))
            await executor.close()
        assert caught.value.model_id == "m1"
        assert not server.requests

    run(story())


def test_a_tool_call_that_cannot_be_told_in_the_other_form_is_a_failure() -> None:
    def make(url: str) -> ChatExecutor:
        return OpenAICompatible(url, "tiny")

    body = completion(None)
    call = {"id": "c", "function": {"name": "f", "arguments": "{"}}
    body["choices"][0]["message"]["tool_calls"] = [call]
    error = failure(asked(make, "message", "Hi", answer(200, body, JSON)))
    assert isinstance(error, ModelUnavailableError)
