"""Servers that quote what they were asked, in every way that fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2

from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.anthropic.client import AnthropicClient
from hive_resilience.runtime.executors.http.call import HasPayload
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.openai.compatible import OpenAICompatible

from ..asking import Context
from ..asking import Task as Asked
from ..canary import carried_by, found_in, pickled
from ..canned import piece
from ..faulty_server import Behaviour, FaultyServer
from ..pouring import cut, pour

PROMPT = "Tell nobody of the zebra crossing at QUAGGA-7731, please"

_ASKED = Asked(PROMPT)

Path = Callable[[str], Behaviour]
"""What a server does that has been told a secret."""


def raw(head: str, body: str | bytes = b"") -> Behaviour:
    """Answer with exactly this."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        content = body.encode() if isinstance(body, str) else body
        lines = f"{head}\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(lines.encode("utf-8", "replace") + content)
        await writer.drain()
        writer.close()

    return behave


def quoted(status: int) -> Path:
    return lambda told: raw(
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json",
        json.dumps({"error": {"message": f"wrong: {told} !", "code": told[:50], "type": told}}),
    )


def inner(text: str) -> str:
    """As it stands in a header: one line of it."""
    return text.replace("\n", " ").replace("\r", " ")


OK = "HTTP/1.1 200 OK"
PATHS: dict[str, Path] = {
    "401": quoted(401),
    "400": quoted(400),
    "429": quoted(429),
    "500": quoted(500),
    "detail": lambda told: raw(
        "HTTP/1.1 422 X",
        json.dumps({"detail": [{"loc": ["body", told], "msg": told, "input": told}]}),
    ),
    "a body that is no JSON": lambda told: raw("HTTP/1.1 500 X", f"wrong {told}"),
    "a page": lambda told: raw("HTTP/1.1 403 X", f"<!doctype html><title>{told}</title>"),
    "a good answer that is no JSON": lambda told: raw(OK, f"wrong {told}"),
    "a good answer that is none": lambda told: raw(OK, json.dumps({"choices": told})),
    "an error in a good answer": lambda told: raw(
        f"{OK}\r\nContent-Type: application/json", json.dumps({"error": {"message": told}})
    ),
    "the status line": lambda told: raw(f"HTTP/1.1 500 {inner(told)}"),
    "a good status line": lambda told: raw(f"HTTP/1.1 200 {inner(told)}", "{}"),
    "no status line": lambda told: raw(f"{inner(told)} 200 OK"),
    "a header": lambda told: raw(f"HTTP/1.1 500 X\r\nX-Echo: {inner(told)}"),
    "a header line without a name": lambda told: raw(f"{OK}\r\n{inner(told)}"),
    "the type": lambda told: raw(f"{OK}\r\nContent-Type: {inner(told)}", "what"),
    "the packing": lambda told: raw(f"{OK}\r\nContent-Encoding: {inner(told)}", "what"),
    "the length": lambda told: raw(f"{OK}\r\nTransfer-Encoding: chunked", f"{inner(told)}\r\n"),
    "a redirect": lambda told: raw(f"HTTP/1.1 307 X\r\nLocation: http://other/{inner(told)}"),
    "a limit": lambda told: raw(f"HTTP/1.1 429 X\r\nRetry-After: {inner(told)}"),
    "an event that is no JSON": lambda told: pour(piece("a"), f"data: {inner(told)}\n\n".encode()),
    "an event that is an error": lambda told: pour(
        piece("a"), b"error: " + json.dumps({"message": told}).encode() + b"\n\n"
    ),
    "an event of another form": lambda told: pour(
        b"data: " + json.dumps({"choices": told, "type": told}).encode() + b"\n\n"
    ),
    "a finish reason": lambda told: pour(piece("a"), piece(None, f"error: {told}")),
    "a cut": lambda told: pour(piece(told), cut),
}


def compatible(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY")


def anthropic(url: str) -> ChatExecutor:
    return AnthropicClient("tiny", base_url=url.removesuffix("/v1"), api_key_env="HIVE_KEY")


def given(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY", client=httpx2.AsyncClient())


async def failures(
    make: Callable[[str], ChatExecutor], behaviour: Behaviour, task: HasPayload = _ASKED
) -> list[BaseException]:
    """What asking for an answer and for a stream raises."""
    raised: list[BaseException] = []
    async with FaultyServer(behaviour) as server:
        executor = make(server.base_url)
        context = Context(deadline=9.0)
        try:
            await executor.execute(task, context)
        except Exception as error:
            raised.append(error)
        try:
            async for _ in executor.stream(task, context):
                pass
        except Exception as error:
            raised.append(error)
        await executor.close()
        for client in (getattr(executor._transport, "_client", None), given_sdk(executor)):
            if client is not None:
                await (client.close() if hasattr(client, "close") else client.aclose())
        await asyncio.sleep(0.01)  # httpx2 leaves the closing of its generators to the loop
    return raised


def given_sdk(executor: ChatExecutor) -> Any:
    return getattr(getattr(executor, "_sdks", None), "given", None)


def check(raised: list[BaseException], secret: str) -> None:
    for error in raised:
        assert isinstance(error, ResilienceError), repr(error)
        for place, text in carried_by(error):
            assert found_in(text, secret) is None, (place, text[:2000])
        assert found_in(pickled(error), secret) is None
