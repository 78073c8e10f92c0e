"""Every type of task over real sockets: what is asked where, and what comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelUnavailableError,
    StreamInterruptedError,
    UnsupportedTaskError,
)

from ..asking import Context, Task
from ..canned import DONE, MESSAGE_END, MESSAGE_START, data, named, said
from ..faulty_server import FaultyServer, answer, completion, run
from ..pouring import cut, pour
from .calls_kit import (
    EMBEDDING,
    EVERY,
    JSON,
    MESSAGE,
    MODERATION,
    RANKED,
    RERANK,
    RESPONSE,
    TEXT,
    Make,
    asked,
    claude,
    compatible,
    failure,
    openai,
    streamed,
)


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
    make: Make, kind: str, payload: str | dict[str, Any], path: str, body: Any, text: str
) -> None:
    headers = {**JSON, "x-request-id": "r1", "set-cookie": "a=b"}
    found, request = run(asked(make, kind, payload, answer(200, body, headers)))

    field = {"text_completion": "prompt"}.get(kind, "input")
    sent: dict[str, Any] = payload if isinstance(payload, dict) else {field: payload}
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
        ("response", DELTA, (data({"choices": 5}), COMPLETED)),
        ("message", MESSAGE_START + said("Hel"), ()),
        ("chat", MESSAGE_START + said("Hel"), ()),
    ],
    ids=range(11),
)
def test_a_stream_that_is_cut_is_never_a_success(
    kind: str, begun: bytes, end: tuple[Any, ...]
) -> None:
    make = claude if kind in ("chat", "message") else compatible
    payload = {"prompt": "Hi", "max_tokens": 9, **({"input": "Hi"} if make is compatible else {})}
    error = failure(streamed(make, kind, payload, pour(begun, *end)))
    assert isinstance(error, StreamInterruptedError | ModelUnavailableError)


# Each family over the other.
