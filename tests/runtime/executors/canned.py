"""Answers without sockets: a transport that gives what it was told to, piece by piece."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.anthropic.client import AnthropicClient
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.http.chunk import Chunk
from hive_resilience.runtime.executors.http.completion import Completion
from hive_resilience.runtime.executors.openai.client import OpenAIClient
from hive_resilience.runtime.executors.openai.compatible import OpenAICompatible
from hive_resilience.runtime.executors.transport.protocol import Failure, Request, TransportError

from .asking import Context, own_task

BROKEN = TransportError(Failure.BROKEN, "the connection broke")
SSE, JSON = "text/event-stream", "application/json"
Step = bytes | float | TransportError


class CannedTransport:
    """Answers each request with the same steps: bytes, seconds of silence, a broken connection."""

    def __init__(
        self,
        *steps: Step,
        status: int = 200,
        kind: str | None = SSE,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.steps = steps
        self.status = status
        self.headers = {**(headers or {}), **({"content-type": kind} if kind else {})}
        self.requests: list[Request] = []
        self.read = 0
        """Pieces that were asked for."""

    async def send(self, request: Request) -> CannedResponse:
        self.requests.append(request)
        return CannedResponse(self)

    async def close(self) -> None:
        """There is nothing to close."""


class CannedResponse:
    """As `Response`."""

    def __init__(self, transport: CannedTransport) -> None:
        self.status = transport.status
        self.headers: Mapping[str, str] = transport.headers
        self._transport = transport
        self._steps = iter(transport.steps)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        for step in self._steps:
            if isinstance(step, bytes):
                self._transport.read += 1
                return step
            if isinstance(step, TransportError):
                raise TransportError(step.failure, str(step))
            await asyncio.sleep(step)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """There is nothing to let go of."""


def compatible(transport: CannedTransport, key: str | None = None) -> OpenAICompatible:
    executor = OpenAICompatible("http://server/v1", "tiny", api_key_env=key)
    executor._transport = transport
    return executor


def openai(transport: CannedTransport, key: str | None = None) -> OpenAIClient:
    executor = OpenAIClient("tiny", base_url="http://server/v1", api_key_env=key or "HIVE_KEY")
    executor._transport = executor._sdks._transport = transport
    return executor


def anthropic(transport: CannedTransport, key: str | None = None) -> AnthropicClient:
    executor = AnthropicClient("tiny", base_url="http://server", api_key_env=key or "HIVE_KEY")
    executor._transport = executor._sdks._transport = transport
    return executor


FAMILIES = {"openai": (compatible, openai), "anthropic": (anthropic,)}


async def streamed(
    executor: ChatExecutor, payload: object = "Hi", deadline: float | None = None
) -> list[Chunk]:
    """All chunks of an answer."""
    return [
        chunk
        async for chunk in executor.stream(own_task(executor, payload), Context(deadline=deadline))
    ]


async def asked(
    executor: ChatExecutor, payload: object = "Hi", deadline: float | None = None
) -> Completion:
    return await executor.execute(own_task(executor, payload), Context(deadline=deadline))


async def outcome(executor: ChatExecutor) -> str | ResilienceError:
    """The text of a stream, or the error that it ended with."""
    try:
        return "".join(map(str, await streamed(executor)))
    except ResilienceError as error:
        return error


# What servers send.


def data(found: object) -> bytes:
    """One event without a name."""
    return b"data: " + json.dumps(found).encode() + b"\n\n"


def piece(content: Any = None, reason: str | None = None, index: int = 0, **delta: Any) -> bytes:
    """One event of a streamed chat completion."""
    if content is not None:
        delta["content"] = content
    choice = {"index": index, "delta": delta, "finish_reason": reason}
    return data({"model": "m", "choices": [choice]})


def named(kind: str, **fields: Any) -> bytes:
    """One event of a streamed message."""
    return b"event: " + kind.encode() + b"\n" + data({"type": kind, **fields})


def said(text: str) -> bytes:
    """A piece of the text of a streamed message."""
    return named("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


DONE = b"data: [DONE]\n\n"
MESSAGE_START = named("message_start", message={"model": "m", "content": [], "usage": {}})
BLOCK_START = named("content_block_start", index=0, content_block={"type": "text", "text": ""})
MESSAGE_END = (
    named("content_block_stop", index=0)
    + named("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 3})
    + named("message_stop")
)


def cut(content: bytes, size: int) -> Iterable[bytes]:
    """The same in pieces."""
    return (content[start : start + size] for start in range(0, len(content), size))
