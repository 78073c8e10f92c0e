"""Where the lines of all workers meet, in the supervisor: it has the desk, and asks all for one.

What a worker cannot answer in time is left out: no worker waits for one that is stuck.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from ..keys.gate import KeyLimits
from ..siblings import words
from ..siblings.line import Line, LineLostError
from ..siblings.siblings import SOON
from .desk import Desk
from .holds import Holds

More: TypeAlias = Mapping[str, Callable[[bytes], Awaitable[bytes]]]
"""What is answered beside that which is the same for all hubs, by its word."""


class Hub:
    """Listens on a Unix socket; only those that may enter its folder reach it."""

    def __init__(
        self,
        *,
        holds: Holds | None = None,
        more: More | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.desk: Desk = Desk()
        self._clock = clock
        self._holds = holds or Holds()
        self._more = more or {}
        self._lines: dict[int, Line] = {}
        self._serving: set[int] = set()
        self._ready: dict[int, asyncio.Event] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, path: Path) -> None:
        """Begin to listen. Raises `OSError`."""
        self._server = await asyncio.start_unix_server(self._connected, path)

    async def close(self) -> None:
        """End all lines: workers that are still there take it for the end of the server."""
        if self._server is not None:
            self._server.close()
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    @property
    def ready(self) -> int:
        """Workers that serve, or have served until they died."""
        return sum(event.is_set() for event in self._ready.values())

    @property
    def lines(self) -> int:
        """Workers that are there."""
        return len(self._lines)

    def serves(self, number: int) -> bool:
        """Whether a worker is there, and has said that it serves."""
        return number in self._serving

    def expect(self, number: int) -> asyncio.Event:
        """A worker is about to start; the event is set once it serves."""
        event = self._ready[number] = asyncio.Event()
        return event

    def end(self, number: int) -> bool:
        """Tell one worker to end in order; False: it has no line."""
        line = self._lines.get(number)
        if line is not None:
            line.tell(words.END)
        return line is not None

    async def ask(self, number: int, word: str, body: bytes, seconds: float) -> bytes:
        """What one worker answers. Raises `LineLostError`, `TimeoutError`."""
        line = self._lines.get(number)
        if line is None:
            raise LineLostError(f"worker {number} is not there")
        return await line.ask(word, body, seconds=seconds)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="line to a worker")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def answering(word: str, body: bytes) -> bytes | Awaitable[bytes]:
            if hello.done():
                return self._answer(hello.result(), word, body)
            if word != words.HELLO:
                raise ValueError(f"{word!r} before {words.HELLO!r}")
            hello.set_result(int(body))
            self._begin(int(body), line)
            return b""

        line = Line(reader, writer, answering)
        try:
            await line.run()
        finally:
            if hello.done() and self._lines.get(hello.result()) is line:
                del self._lines[hello.result()]
                self._serving.discard(hello.result())
                self.desk.forget(hello.result(), self._clock())

    def _begin(self, number: int, line: Line) -> None:
        before = self._lines.get(number)
        if before is not None:  # its end has not come here yet
            before.close()
            self._serving.discard(number)
            self.desk.forget(number, self._clock())
        self._lines[number] = line

    def _answer(self, number: int, word: str, body: bytes) -> bytes | Awaitable[bytes]:
        match word:
            case words.ENTER:
                ticket, holder, *limits = orjson.loads(body)
                wait = self.desk.enter(number, ticket, holder, KeyLimits(*limits), self._clock())
                return orjson.dumps(wait)
            case words.LEAVE:
                ticket, tokens = orjson.loads(body)
                self.desk.leave(number, ticket, tokens, self._clock())
            case words.PIN:
                states, model_id = orjson.loads(body)
                self.desk.pins.keep(states, model_id, self._clock())
            case words.PINNED:
                return orjson.dumps(self.desk.pins.model_of(body.decode(), self._clock()))
            case words.OTHERS:
                return self._ask_others(number, orjson.loads(body))
            case words.READY:
                self._tell_all_that_holds(number)
                self._serving.add(number)
                if number in self._ready:
                    self._ready[number].set()
                return self._tell_what_runs(number)
            case words.REMEMBER:
                self._holds.remember(*orjson.loads(body))
            case _ if word in self._more:
                return self._more[word](body)
            case _:
                raise ValueError(f"{word!r} is nothing that workers ask")
        return b""

    def _tell_all_that_holds(self, number: int) -> None:
        for word, body in self._holds.all():
            self._lines[number].tell(word, body.encode())

    async def _tell_what_runs(self, number: int) -> bytes:
        """The faults of the other workers: one of them knows all."""
        for other in sorted(self._serving - {number}):
            asked = await self._asked(other, words.RUNNING, b"", SOON)
            faults: list[str] = [] if asked is None else orjson.loads(asked[1])
            for fault in faults:
                self._lines[number].tell(words.OPERATE, fault.encode())
            if faults:
                break
        return b""

    async def _ask_others(self, asker: int, asked: Any) -> bytes:
        word, body, seconds = asked
        others = sorted(self._serving - {asker})
        found = await asyncio.gather(
            *(self._asked(one, word, body.encode(), seconds) for one in others)
        )
        return orjson.dumps([one for one in found if one is not None])

    async def _asked(
        self, number: int, word: str, body: bytes, seconds: float
    ) -> tuple[int, str] | None:
        with suppress(LineLostError, TimeoutError):
            answer = await self.ask(number, word, body, seconds)
            return number, answer.decode()
        return None
