"""Seeded faults of an upstream: what may go wrong with one streamed answer."""

from __future__ import annotations

import json
import random
from typing import NamedTuple

from ...executors.faulty_server import Request
from .. import answers_kit as good
from ..door_kit import Answer, Reply

Events = list[bytes]
STREAMS: dict[str, tuple[Events, Events]] = {
    "chat": (good.CHAT_EVENTS, good.CHAT_TOOL_EVENTS),
    "text": (good.COMPLETION_EVENTS, good.COMPLETION_EVENTS),
    "message": (good.MESSAGE_EVENTS, good.MESSAGE_TOOL_EVENTS),
    "response": (good.RESPONSE_EVENTS, good.RESPONSE_TOOL_EVENTS),
}
FAMILIES = tuple(STREAMS)
GARBAGE = (
    b'data: {"id": "chatcmpl-1", "choi\n\n',
    b"data: <html>502 Bad Gateway</html>\n\n",
    b"data: \xff\xfe\xfd\n\n",
    b"data: 17\n\n",
    b"data: []\n\n",
    b'event: nonsense\ndata: {"a": \n\n',
    b"event: content_block_delta\ndata: {}\n\n",
    b'data: {"choices": 5}\n\n',
)
PASSED_OVER = (
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"<html>no</html>\n\n",
    b": hello\n\n",
    b"id: 7\nretry: 9\n\n",
)
"""What a reader of events passes over by its standard; it takes the place of no event here."""
_OPENAI_ERROR = {"error": {"message": "overloaded", "type": "server_error", "code": "busy"}}
_ANTHROPIC_ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
STATUSES = (400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529)
KINDS = (
    *("end", "end", "end", "end", "close", "close", "reset", "plain end", "garbage", "garbage"),
    *(
        "spoilt",
        "error",
        "error then end",
        "status",
        "json",
        "empty",
        "html",
        "cut events",
        "twice",
    ),
)


class Fault(NamedTuple):
    """One fault, and what an answer without it would be."""

    kind: str
    seed: str
    events: Events
    answer: Answer
    told: str


def error_in(family: str) -> bytes:
    """An error in a stream, as this family's providers send it."""
    if family == "message":
        return b"event: error\ndata: " + json.dumps(_ANTHROPIC_ERROR).encode() + b"\n\n"
    if family == "response":
        fields = {"type": "error", "code": "busy", "message": "overloaded", "param": None}
        return b"event: error\ndata: " + json.dumps(fields).encode() + b"\n\n"
    return b"data: " + json.dumps(_OPENAI_ERROR).encode() + b"\n\n"


def fault_of(family: str, seed: int, kind: str | None = None) -> Fault:
    """The fault of a seed; `kind` None: any but a stall, which takes its time."""
    draw = random.Random(f"{family}-{seed}")
    events = STREAMS[family][draw.randrange(2)]
    whole = b"".join(events)
    kind = kind or draw.choice(KINDS)
    place = draw.randrange(len(whole))
    at = draw.randrange(len(events))
    match kind:
        case "end" | "close" | "reset" | "plain end" | "stall":
            answer, told = _cut(whole[:place], kind, draw), f"{place} of {len(whole)}"
        case "cut events":
            answer, told = _cut(b"".join(events[:at]), "end", draw), f"{at} events"
        case "garbage":
            rubbish = draw.choice(GARBAGE)
            more = (draw.choice(PASSED_OVER),) if draw.random() < 0.5 else ()
            parts = [*events[:at], rubbish, *more, *events[at + 1 :]]
            answer, told = _cut(b"".join(parts), "end", draw), f"{rubbish!r} for event {at}"
        case "passed over":
            parts = [*events[:at], draw.choice(PASSED_OVER), *events[at:]]
            answer, told = _cut(b"".join(parts), "end", draw), f"at event {at}"
        case "spoilt":
            before, after = b"".join(events[: at + 1]), b"".join(events[at + 1 :])
            answer = _cut(before[:-3] + b"\n\n" + after, "end", draw)
            told = f"event {at} spoilt"
        case "error":
            answer = _cut(b"".join(events[:at]) + error_in(family), "close", draw)
            told = f"at event {at}"
        case "error then end":
            ends = b"".join(events[at:]) if draw.random() < 0.5 else b"data: [DONE]\n\n"
            content = b"".join(events[:at]) + error_in(family) + ends
            answer, told = _cut(content, "end", draw), f"at event {at}"
        case "twice":
            answer, told = _cut(whole[:place], "length", draw), f"{place} of {len(whole)}"
        case _:
            answer, told = _instead(kind, family, draw)
    return Fault(kind, f"{family}-{seed}", events, answer, told)


def cut_at(family: str, place: int, *, tool: bool) -> Fault:
    """A stream that ends in good order after so many bytes."""
    events = STREAMS[family][tool]
    content = b"".join(events)[:place]
    draw = random.Random(place)
    return Fault("end", f"{family} at {place}", events, _cut(content, "end", draw), str(place))


def _cut(content: bytes, kind: str, draw: random.Random) -> Answer:
    pieces = _in_pieces(content, draw)

    async def answer(reply: Reply, request: Request) -> None:
        if kind in ("plain end", "length"):
            headers = {"Content-Type": "text/event-stream", "Connection": "close"}
            if kind == "length":
                headers["Content-Length"] = str(len(content) + 1)
            await reply.head(200, headers)
            await reply.raw(content)
            reply.close()
            return
        await reply.events(*pieces)
        match kind:
            case "end":
                await reply.end()
            case "close":
                reply.close()
            case "reset":
                await reply.reset()
            case _:
                await reply.stall()

    return answer


def _instead(kind: str, family: str, draw: random.Random) -> tuple[Answer, str]:
    error = _ANTHROPIC_ERROR if family == "message" else _OPENAI_ERROR
    body = json.dumps(error).encode()
    status, headers = 200, {"Content-Type": "application/json"}
    told = kind
    if kind == "status":
        status = draw.choice(STATUSES)
        body = draw.choice((body, b"", b"<html>no</html>", b'{"detail": "no"}'))
        told = f"{status} {body!r}"
    elif kind == "json":
        body = draw.choice((body, b'{"id": "x"}', b"{", b"null"))
        told = repr(body)
    elif kind == "html":
        body, headers = b"<html>Welcome</html>", {"Content-Type": "text/html"}
    else:
        body, headers = b"", {"Content-Type": "text/event-stream"}

    async def answer(reply: Reply, request: Request) -> None:
        await reply.whole(body, status, headers)

    return answer, told


def _in_pieces(content: bytes, draw: random.Random) -> list[bytes]:
    places = sorted(draw.randrange(len(content) + 1) for _ in range(draw.randrange(4)))
    return [content[a:b] for a, b in zip([0, *places], [*places, len(content)], strict=True)]
