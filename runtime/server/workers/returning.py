"""The other workers of a server, through a desk that no supervisor keeps: the workers do."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

import orjson

from ....config.values.log_fields import log_event
from ...cluster.framed_process import use_for_links
from ..siblings.line import Line, LineLostError
from ..siblings.siblings import SOON, WITHIN, Said, Siblings
from ..siblings.words import CLUSTER, ENTER, HELLO, PIN, READY, REMEMBER
from .desk_program import LOCK, command
from .local_ray import START_WITHIN, LocalRayError
from .meeting import Meeting

log: logging.Logger = logging.getLogger(__name__)

JOIN_WITHIN = 60.0
"""Seconds for a worker to find a desk, or to start it."""
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 0.1
ALL_ARE_BACK = 0.3
"""Seconds in which all workers have told a next desk what they have under way."""
_STATES = 1_000
"""The last answers with a state, which a new desk is told."""


class Found(NamedTuple):
    """The Ray of this machine: its address, and the variables of what joins it."""

    address: str
    variables: Mapping[str, str]


class Returning(Siblings):
    """Comes back to a desk that has ended, and tells the next one what it has to know.

    What is asked meanwhile waits a moment. To be joined on the loop of the worker.
    """

    def __init__(self, number: int, meeting: Meeting) -> None:
        super().__init__(number, str(meeting.hub))
        self._meeting = meeting
        self._desk = _Starter(meeting)
        self._is_there = asyncio.Event()
        self._has_served = False
        self._cluster: str | None = None
        self._finding: asyncio.Task[None] | None = None
        self._inside: dict[int, bytes] = {}
        self._states: deque[bytes] = deque(maxlen=_STATES)
        self._unsaid: list[bytes] = []

    async def join(self) -> None:
        """Say hello to the desk, which may have to start. Raises `TimeoutError`."""
        self._running = asyncio.create_task(self._run(), name="line to the desk")
        try:
            async with asyncio.timeout(JOIN_WITHIN):
                await self._is_there.wait()
        except BaseException:
            await self.leave()
            raise

    def ready(self) -> None:
        """This worker serves."""
        self._has_served = True
        self._line.tell(READY)

    async def leave(self) -> None:
        """The worker ends."""
        await super().leave()
        if self._finding is not None:
            self._finding.cancel()
        self._desk.bury()

    async def cluster(self) -> Found:
        """The Ray of this machine, which may have to start. Raises `LocalRayError`."""
        asked = orjson.dumps(self._cluster)
        try:
            told = await self._line.ask(CLUSTER, asked, seconds=4 * START_WITHIN)
        except (LineLostError, TimeoutError) as error:
            raise LocalRayError(f"the desk of the workers says nothing of Ray: {error}") from error
        address, more = orjson.loads(told)
        if address is None:
            raise LocalRayError(more)
        self._cluster = address
        return Found(address, more)

    # What all share.

    async def enter(self, holder: str, limits: Iterable[float | None]) -> tuple[int, float | None]:
        """See `Siblings.enter`."""
        limits = tuple(limits)
        await self._there()
        try:
            ticket, wait = await super().enter(holder, limits)
        except LineLostError:  # the desk has ended just now
            await asyncio.sleep(0)  # `_run` hears of it too
            await self._there()
            ticket, wait = await super().enter(holder, limits)
        if wait is None:
            self._inside[ticket] = orjson.dumps([ticket, holder, *limits])
        return ticket, wait

    def let_out(self, ticket: int, tokens: int) -> None:
        """See `Siblings.let_out`."""
        self._inside.pop(ticket, None)
        super().let_out(ticket, tokens)

    def pin(self, states: Iterable[str], model_id: str) -> None:
        """See `Siblings.pin`."""
        told = orjson.dumps([list(states), model_id])
        self._states.append(told)
        self._line.tell(PIN, told)

    async def pinned(self, state: str) -> str | None:
        """See `Siblings.pinned`."""
        await self._there()
        return await super().pinned(state)

    async def others(self, word: str, body: str = "", seconds: float = WITHIN) -> list[Said]:
        """See `Siblings.others`."""
        await self._there()
        return await super().others(word, body, seconds)

    def remember(self, subject: str, word: str, body: str) -> None:
        """See `Siblings.remember`."""
        self._tell_in_any_case(orjson.dumps([subject, word, body]))

    def forget(self, subject: str) -> None:
        """See `Siblings.forget`."""
        self._tell_in_any_case(orjson.dumps([subject, None, None]))

    # The line.

    async def _there(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON):
                await self._is_there.wait()

    def _tell_in_any_case(self, told: bytes) -> None:
        if self._is_there.is_set():
            self._line.tell(REMEMBER, told)
        else:
            self._unsaid.append(told)

    async def _run(self) -> None:
        while True:
            line = self._line = await self._opened()
            talking = asyncio.create_task(line.run(), name="words of the desk")
            talking.add_done_callback(lambda _: self._is_there.clear())
            try:
                with suppress(LineLostError, TimeoutError):
                    await line.ask(HELLO, str(self.number).encode(), seconds=SOON)
                    self._desk.done()
                    self._say_again(line)
                    if self._has_served:  # a request of now is not to take the place of theirs
                        await asyncio.sleep(ALL_ARE_BACK)
                    if not talking.done():
                        self._is_there.set()
                    await asyncio.wait((talking,))
            finally:
                self._is_there.clear()
                talking.cancel()
                await asyncio.wait((talking,))
            log.warning(
                "the desk of the workers has ended, and is started again",
                extra=log_event("workers.desk_lost"),
            )

    async def _opened(self) -> Line:
        wait = _FIRST_LOOK
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(self._path)
                return Line(reader, writer, self._answer)
            with suppress(OSError):  # the system has no more processes, or no more files
                self._desk.start()
            await asyncio.sleep(wait)
            wait = min(_LONGEST_LOOK, 2 * wait)

    def _say_again(self, line: Line) -> None:
        """What a new desk does not know; the first one hears nothing of it."""
        for told in self._inside.values():
            line.tell(ENTER, told)
        for told in self._states:
            line.tell(PIN, told)
        unsaid, self._unsaid = self._unsaid, []
        for told in unsaid:
            line.tell(REMEMBER, told)
        if self._has_served:
            line.tell(READY)
        if self._cluster is not None:
            self._finding = asyncio.create_task(self._find_again(), name="Ray of the next desk")

    async def _find_again(self) -> None:
        """Have the next desk start Ray where it was, and tell the links how to join it."""
        try:
            use_for_links(*await self.cluster())
        except LocalRayError as error:
            log.warning(
                "the workers have no Ray any more, and go on alone: %s",
                error,
                extra=log_event("workers.no_ray"),
            )


class _Starter:
    """Starts the desk; of several workers that want to one does."""

    def __init__(self, meeting: Meeting) -> None:
        self._meeting = meeting
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    def start(self) -> None:
        """Unless one is there or is starting. Raises `OSError`."""
        if self._process is not None and self._process.poll() is None:
            return
        if self._lock is None:
            self._lock = self._meeting.lock("starting")
        if self._lock is not None and not self._meeting.is_locked(LOCK):
            self._process = subprocess.Popen(
                command(self._meeting),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C in the terminal is for the server
            )

    def done(self) -> None:
        """A desk is there."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def bury(self) -> None:
        """There will be no more to start."""
        self.done()
        if self._process is not None:
            self._process.wait()  # it has left the desk to itself
