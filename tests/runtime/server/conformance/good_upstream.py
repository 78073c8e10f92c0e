"""An upstream that does all that its families promise: texts, streams, tools, structured output."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ...executors.faulty_server import Request
from .. import answers_kit as good
from ..door_kit import Reply, asked

HEADERS = {
    "x-ratelimit-remaining-requests": "41",
    "anthropic-ratelimit-requests-remaining": "42",
    "openai-processing-ms": "12",
    "set-cookie": "a=b",
    "x-request-id": "req_of_the_upstream",
}
"""Two of these go no further: a cookie, and an id that is the server's own to give."""


async def answer(reply: Reply, request: Request) -> None:
    """Answer as the family of the path does, in the form that is asked for."""
    path = request.path.partition("?")[0].removeprefix("/v1")
    fields = asked(request)
    whole, events = _SPOKEN[path](fields)
    if fields.get("stream") and events is not None:
        await reply.head(
            200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **HEADERS}
        )
        for event in events:
            await reply.chunk(event)
        await reply.end()
        return
    await reply.whole(whole, headers=HEADERS)


Spoken = tuple[bytes, list[bytes] | None]


def _chat(fields: Any) -> Spoken:
    if fields.get("tools"):
        return good.CHAT_TOOL, good.CHAT_TOOL_EVENTS
    if fields.get("response_format"):
        return good.CHAT_STRUCTURED, good.CHAT_EVENTS
    options: dict[str, Any] = fields.get("stream_options") or {}
    events = [e for e in good.CHAT_EVENTS if options.get("include_usage") or b'"usage"' not in e]
    return good.CHAT, events


def _text(fields: Any) -> Spoken:
    return good.COMPLETION, good.COMPLETION_EVENTS


def _message(fields: Any) -> Spoken:
    if fields.get("tools"):
        return good.MESSAGE_TOOL, good.MESSAGE_TOOL_EVENTS
    return good.MESSAGE, good.MESSAGE_EVENTS


def _response(fields: Any) -> Spoken:
    if fields.get("tools"):
        return good.RESPONSE_TOOL, good.RESPONSE_TOOL_EVENTS
    if fields.get("text"):
        return good.RESPONSE_STRUCTURED, good.RESPONSE_EVENTS
    return good.RESPONSE, good.RESPONSE_EVENTS


def _always(body: bytes) -> Callable[[Any], Spoken]:
    return lambda fields: (body, None)


_SPOKEN: dict[str, Callable[[Any], Spoken]] = {
    "/chat/completions": _chat,
    "/completions": _text,
    "/messages": _message,
    "/messages/count_tokens": _always(good.TOKENS),
    "/responses": _response,
    "/embeddings": _always(good.EMBEDDING),
    "/moderations": _always(good.MODERATION),
}


def without_pings(content: bytes) -> bytes:
    """The same stream without its signs of life, which each server gives as it needs them."""
    return content.replace(good.named("ping"), b"")


def words(error: dict[str, Any]) -> bytes:
    """An error's body."""
    return json.dumps(error).encode()
