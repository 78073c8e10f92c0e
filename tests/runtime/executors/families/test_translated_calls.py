"""Calls of one family at a server of the other, over real sockets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience import AnthropicClient, OpenAICompatible
from hive_resilience.errors import (
    ModelUnavailableError,
    StreamInterruptedError,
    UntranslatableRequestError,
)
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor

from ..asking import Context, Task
from ..canned import DONE, MESSAGE_END, MESSAGE_START, data, piece, said
from ..faulty_server import FaultyServer, answer, completion, run
from ..pouring import cut, pour
from .calls_kit import EMBEDDING, JSON, MESSAGE, asked, claude, failure, streamed


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
