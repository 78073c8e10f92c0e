"""The executors over HTTP, and how the server of each writes an answer."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.anthropic.client import AnthropicClient
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.openai.client import OpenAIClient
from hive_resilience.runtime.executors.openai.compatible import OpenAICompatible

from . import faulty_server as faulty
from .asking import Context, own_task
from .faulty_server import FaultyServer

KEY = "sk-very-secret"


@dataclass(frozen=True)
class Provider:
    """`end` makes the answer complete, `over` closes the stream."""

    name: str
    make: Callable[[str], ChatExecutor]
    start: bytes
    said: Callable[[str], bytes]
    end: bytes
    over: bytes
    whole: dict[str, Any]
    path: str

    def __str__(self) -> str:
        return self.name

    def answer(self, *texts: str) -> bytes:
        """All events of a good answer."""
        return self.start + b"".join(map(self.said, texts)) + self.end + self.over


def event(found: object, kind: str | None = None) -> bytes:
    """One event, as servers write it."""
    named = f"event: {kind}\n" if kind else ""
    return f"{named}data: {json.dumps(found, ensure_ascii=False)}\n\n".encode()


def choice(delta: dict[str, Any], reason: str | None = None, index: int = 0) -> dict[str, Any]:
    """A chat completion's chunk with one choice."""
    return {
        "model": "served",
        "choices": [{"index": index, "delta": delta, "finish_reason": reason}],
    }


def _openai_said(text: str) -> bytes:
    return event(choice({"content": text}))


def _anthropic(kind: str, **fields: Any) -> bytes:
    return event({"type": kind, **fields}, kind)


def _anthropic_said(text: str) -> bytes:
    delta = {"type": "text_delta", "text": text}
    return _anthropic("content_block_delta", index=0, delta=delta)


_OPENAI: dict[str, Any] = {
    "start": event(choice({"role": "assistant", "content": ""})),
    "said": _openai_said,
    "end": event(choice({}, "stop"))
    + event({"model": "served", "choices": [], "usage": {"total_tokens": 7}}),
    "over": b"data: [DONE]\n\n",
    "whole": faulty.completion(),
    "path": "/v1/chat/completions",
}

COMPATIBLE = Provider(
    "compatible", lambda url: OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY"), **_OPENAI
)
OPENAI = Provider(
    "openai", lambda url: OpenAIClient("tiny", base_url=url, api_key_env="HIVE_KEY"), **_OPENAI
)
ANTHROPIC = Provider(
    "anthropic",
    lambda url: AnthropicClient("tiny", base_url=url.removesuffix("/v1"), api_key_env="HIVE_KEY"),
    start=_anthropic(
        "message_start",
        message={"model": "served", "content": [], "usage": {"input_tokens": 3}},
    )
    + _anthropic("content_block_start", index=0, content_block={"type": "text", "text": ""})
    + _anthropic("ping"),
    said=_anthropic_said,
    end=_anthropic("content_block_stop", index=0)
    + _anthropic("message_delta", delta={"stop_reason": "stop"}, usage={"output_tokens": 4}),
    over=_anthropic("message_stop"),
    whole={
        "model": "served",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "stop",
        "usage": {"input_tokens": 3, "output_tokens": 4},
    },
    path="/v1/messages",
)
ALL = (COMPATIBLE, OPENAI, ANTHROPIC)


async def read(
    provider: Provider, *script: faulty.Behaviour, deadline: float | None = None
) -> list[Chunk]:
    """All chunks of an answer."""
    async with FaultyServer(*script) as server:
        executor = provider.make(server.base_url)
        try:
            return [chunk async for chunk in ask_for_stream(executor, deadline=deadline)]
        finally:
            await executor.close()


async def broken(
    provider: Provider, *script: faulty.Behaviour, deadline: float | None = None
) -> ResilienceError:
    """How an answer that does not end well ends."""
    with pytest.raises(ResilienceError) as caught:
        await read(provider, *script, deadline=deadline)
    assert caught.value.model_id == "m1"
    return caught.value


def ask_for_stream(
    executor: ChatExecutor, payload: object = "Hi", deadline: float | None = None
) -> AsyncGenerator[Chunk, None]:
    return executor.stream(own_task(executor, payload), Context(deadline=deadline))
