"""A fake server in a process of its own: `python -m benchmarks.http.upstream`.

It prints its port and ends with its standard input. The path says how it behaves: `/open/...` sends
the first event of a stream and then nothing, `/stale/...` closes a connection at its second use
without a word, `/fail/...` answers 503, `/slow/...` streams four chunks a second for a minute,
`/late/...` answers after 50 ms; anything else is answered, as a stream where the body asks for one.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

EVENTS = 100
"""Content events of one stream."""
GAP = 0.01
"""Seconds between two of them, so that each comes alone, as a model writes."""
SLOW_EVENTS, SLOW_GAP = 240, 0.25
LATE = 0.05
"""Seconds, which is less than any model takes."""
TEXT = "The answer, as a model would write it, in a sentence or two. " * 5
WORD = "word "


def _json(found: object) -> bytes:
    return json.dumps(found, separators=(",", ":")).encode()


def _head(kind: str, *more: str) -> bytes:
    lines = ("HTTP/1.1 200 OK", f"Content-Type: {kind}", "x-request-id: req_0123456789", *more)
    return "\r\n".join((*lines, "", "")).encode()


def _whole(found: object) -> bytes:
    body = _json(found)
    return _head("application/json", f"Content-Length: {len(body)}") + body


def _chunk(delta: dict[str, object], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    event = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "tiny"}
    return b"data: " + _json({**event, "choices": [choice]}) + b"\n\n"


def _claude(kind: str, **fields: object) -> bytes:
    return f"event: {kind}\ndata: ".encode() + _json({"type": kind, **fields}) + b"\n\n"


_MESSAGE = {"id": "m1", "type": "message", "role": "assistant", "model": "tiny", "content": []}
_USAGE = {"prompt_tokens": 9, "completion_tokens": 60, "total_tokens": 69}
_TOKENS = {"input_tokens": 9, "output_tokens": 60}
_CHOICE = {"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
_CHAT = {"id": "c1", "object": "chat.completion", "created": 1, "model": "tiny", "usage": _USAGE}
OPENAI = _whole({**_CHAT, "choices": [{"index": 0, **_CHOICE}]})
ANTHROPIC = _whole(
    {
        **_MESSAGE,
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "usage": _TOKENS,
    }
)
UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b'Content-Length: 33\r\n\r\n{"error":{"message":"not today"}}'
)
OPENAI_EVENTS = (
    _chunk({"role": "assistant", "content": ""}),
    _chunk({"content": WORD}),
    _chunk({}, "stop") + b"data: [DONE]\n\n",
)
ANTHROPIC_EVENTS = (
    _claude("message_start", message={**_MESSAGE, "usage": _TOKENS})
    + _claude("content_block_start", index=0, content_block={"type": "text", "text": ""}),
    _claude("content_block_delta", index=0, delta={"type": "text_delta", "text": WORD}),
    _claude("content_block_stop", index=0)
    + _claude("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 60})
    + _claude("message_stop"),
)


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._received = b""
        self._served = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found or len(rest) < _length(head):
            return
        self._received = b""
        self._answer(head.split(b" ", 2)[1], rest)

    def _answer(self, path: bytes, body: bytes) -> None:
        self._served += 1
        if path.startswith(b"/stale/") and self._served > 1:
            self._transport.close()
            return
        if path.startswith(b"/fail/"):
            self._transport.write(UNAVAILABLE)
            return
        if path.startswith(b"/late/"):
            asyncio.get_running_loop().call_later(LATE, self._transport.write, OPENAI)
            return
        claude = path.endswith(b"/messages")
        if b'"stream":true' not in body.replace(b" ", b""):
            self._transport.write(ANTHROPIC if claude else OPENAI)
            return
        events = ANTHROPIC_EVENTS if claude else OPENAI_EVENTS
        self._transport.write(_head("text/event-stream", "Transfer-Encoding: chunked"))
        self._write(events[0] + events[1])
        if path.startswith(b"/slow/"):
            self._later(SLOW_GAP, events, SLOW_EVENTS - 1)
        elif not path.startswith(b"/open/"):
            self._later(GAP, events, EVENTS - 1)

    def _later(self, gap: float, events: tuple[bytes, bytes, bytes], left: int) -> None:
        asyncio.get_running_loop().call_later(gap, self._more, gap, events, left)

    def _more(self, gap: float, events: tuple[bytes, bytes, bytes], left: int) -> None:
        if self._transport.is_closing():
            return
        if left:
            self._write(events[1])
            self._later(gap, events, left - 1)
            return
        self._write(events[2])
        self._transport.write(b"0\r\n\r\n")

    def _write(self, piece: bytes) -> None:
        self._transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@asynccontextmanager
async def upstream() -> AsyncIterator[str]:
    """Its URL, without a path; it is another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.stdin.close()
        await process.wait()


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())
