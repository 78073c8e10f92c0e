"""Executors and tasks of each family, at fake servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hive_resilience import AnthropicClient, Completion, OpenAIClient, OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.http.chunk import Chunk

from ..asking import Context, Task
from ..faulty_server import Behaviour, FaultyServer, Request, run

EVERY = (*("chat", "text_completion", "embedding", "response", "message", "rerank", "moderation"),)
EVERY_AND_MORE = (*EVERY, "response_compact", "response_input_tokens", "message_tokens")
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


def compatible(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", families=EVERY_AND_MORE)


def openai(url: str) -> ChatExecutor:
    return OpenAIClient("tiny", base_url=url, families=EVERY_AND_MORE)


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
