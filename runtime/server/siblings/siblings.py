"""The other workers of a server, as one of them sees them: through the supervisor of all."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

import orjson

from .line import Line, LineLostError
from .words import END, ENTER, HELLO, LEAVE, OTHERS, PIN, PING, PINNED, READY, REMEMBER

SOON = 1.0
"""Seconds for what the supervisor answers by itself, which takes far less than a millisecond."""
WITHIN = 5.0
"""Seconds for what the others answer."""
UNDER_WAY = 0.05
"""Seconds in which the word of another worker, that has just answered a client, has come."""

Answer = Callable[[bytes], Awaitable[bytes]]


class Said(NamedTuple):
    """What another worker answers."""

    worker: int
    body: str


class Siblings:
    """To be joined on the loop of the worker."""

    def __init__(self, number: int, path: str, workers: int = 1) -> None:
        self.number: int = number
        self.workers: int = workers
        """How many there are to be, this one included."""
        self.end: Callable[[], None] = _end_process
        """Ends this worker in order, however often it is called."""
        self._path = path
        self._tickets = itertools.count(1)
        self._answers: dict[str, Answer] = {}
        self._line: Line
        self._running: asyncio.Task[None] | None = None

    def on(self, word: str, answer: Answer) -> None:
        """Answer the others by this, when they ask with this word."""
        self._answers[word] = answer

    async def join(self) -> None:
        """Say hello to the supervisor. Raises `OSError`."""
        reader, writer = await asyncio.open_unix_connection(self._path)
        self._line = Line(reader, writer, self._answer)
        self._running = asyncio.create_task(self._run(), name="line to the supervisor")
        await self._line.ask(HELLO, str(self.number).encode(), seconds=SOON)

    def ready(self) -> None:
        """This worker serves."""
        self._line.tell(READY)

    async def leave(self) -> None:
        """The worker ends."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait((running,))

    # What all share.

    async def enter(self, holder: str, limits: Iterable[float | None]) -> tuple[int, float | None]:
        """The ticket of a request for `let_out`, and the seconds to wait; None: it may go.

        Raises `LineLostError`, `TimeoutError`.
        """
        ticket = next(self._tickets)
        body = orjson.dumps([ticket, holder, *limits])
        return ticket, orjson.loads(await self._line.ask(ENTER, body, seconds=SOON))

    def let_out(self, ticket: int, tokens: int) -> None:
        """The request is over, and has cost `tokens`."""
        self._line.tell(LEAVE, orjson.dumps([ticket, tokens]))

    def pin(self, states: Iterable[str], model_id: str) -> None:
        """A model keeps these states."""
        self._line.tell(PIN, orjson.dumps([list(states), model_id]))

    async def pinned(self, state: str) -> str | None:
        """The model that keeps a state, by what any worker has said."""
        with suppress(LineLostError, TimeoutError):
            for wait in (UNDER_WAY, None):
                found = await self._line.ask(PINNED, state.encode(), seconds=SOON)
                model_id: str | None = orjson.loads(found)
                if model_id is not None or wait is None:
                    return model_id
                await asyncio.sleep(wait)
        return None

    async def others(self, word: str, body: str = "", seconds: float = WITHIN) -> list[Said]:
        """What all others answer; one that does not within `seconds` is left out."""
        with suppress(LineLostError, TimeoutError):
            asked = orjson.dumps([word, body, seconds])
            found = await self._line.ask(OTHERS, asked, seconds=seconds + SOON)
            return [Said(*one) for one in orjson.loads(found)]
        return []

    def tell_others(self, word: str, body: str) -> None:
        """Tell all others, and wait for none of them."""
        self._line.tell(OTHERS, orjson.dumps([word, body, SOON]))

    def counted(self, answered: int) -> str:
        """How many of how many workers have answered, this one included, as `2 of 3`."""
        return f"{answered} of {max(self.workers, answered)}"

    def remember(self, subject: str, word: str, body: str) -> None:
        """Have this told to each worker that starts later; of a subject the last one."""
        self._line.tell(REMEMBER, orjson.dumps([subject, word, body]))

    def forget(self, subject: str) -> None:
        """It is not to be told any more."""
        self._line.tell(REMEMBER, orjson.dumps([subject, None, None]))

    def _answer(self, word: str, body: bytes) -> bytes | Awaitable[bytes]:
        if word == END:
            self.end()
        if word in (PING, END):
            return b""
        return self._answers[word](body)

    async def _run(self) -> None:
        await self._line.run()
        if self._running is not None:
            self.end()  # the supervisor is gone, and with it what restarts, counts and limits


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
