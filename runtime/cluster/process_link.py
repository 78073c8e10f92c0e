"""The link as the application sees it: a process of ours, started again whenever it ends.

The application never imports Ray. The process has a session of its own, so that a Ctrl-C in the
terminal is not its end, and nothing of the application's but one end of a pair of sockets.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import Enum

from ...actors.cluster.link import LinkLostError
from ...actors.policies.chance import Draw
from ...actors.policies.restart import GiveUp, RestartPolicy
from ...config.settings.restart import RestartConfig
from ...config.values.log_fields import log_event
from .frames import ANSWER, JOIN, JOINED, LATE, Frame, encoded, read_frame
from .place import Place

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "hive_resilience.runtime.cluster.link_process")
"""The link's process; its last argument is the descriptor of its socket."""

ALWAYS = RestartConfig(intensity=1_000_000, period=10.0, base_delay=0.2, max_delay=3.0)
"""It is tried for ever: a head that is away may be back at any time."""

LONGEST_SILENCE = 5.0
"""Seconds that the link's process may be silent while calls wait; then it is killed."""

_LAST_WAIT = 5.0
"""Seconds for the process to end by itself, before it is killed."""

_ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",  # an end soon is a new start soon
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""What the process gets beside the application's own variables, where those say nothing of it."""


class _State(Enum):
    STARTING = "starting"
    JOINED = "joined"
    AWAY = "away"


class ProcessLink:
    """A link in a process beside this one. `start` it on the loop that it is to live on."""

    def __init__(
        self, place: Place, *, command: tuple[str, ...] = COMMAND, draw: Draw = random.random
    ) -> None:
        self._place = place
        self._command = command
        self._draw = draw
        self._numbers = itertools.count(1)
        self._state = _State.AWAY
        self._why = "it has not been started"
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._held_back: list[Frame] = []
        self._silent_since: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """Of the link's process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process and keep it; returns at once."""
        self._state = _State.STARTING
        self._keeping = asyncio.create_task(self._keep(), name="link of the cluster")

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """See `Link.call`. Waits for a link that is just starting."""
        if self._state is _State.AWAY:
            raise self._lost()
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(Frame(number, verb, message, timeout))
        try:
            async with asyncio.timeout(timeout):
                return await answer
        except TimeoutError:
            self._end_if_silent()
            raise
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """End the process; returns when it is gone."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait((keeping,))
        self._state, self._why = _State.AWAY, "it has been closed"

    def _send(self, frame: Frame) -> None:
        if self._state is not _State.JOINED or self._writer is None:
            self._held_back.append(frame)
            return
        if self._silent_since is None:
            self._silent_since = time.monotonic()
        self._writer.write(encoded(frame))

    def _lost(self) -> LinkLostError:
        return LinkLostError(f"the link to the cluster is away: {self._why}")

    def _end_if_silent(self) -> None:
        """Kill a process that says nothing: a sane one answers each call in its time."""
        since = self._silent_since
        if since is not None and time.monotonic() - since > LONGEST_SILENCE and self._process:
            self._why = f"its process has said nothing for {LONGEST_SILENCE:g} s"
            self._process.kill()

    async def _keep(self) -> None:
        restarts = RestartPolicy(ALWAYS)
        while True:
            joined = await self._live()
            ended = restarts.crashed if joined else restarts.failed_start
            decision = ended(time.monotonic(), self._draw)
            wait = decision.retry_after if isinstance(decision, GiveUp) else decision.delay
            await asyncio.sleep(wait)
            self._state = _State.STARTING

    async def _live(self) -> bool:
        """One life of the process; says whether it had joined."""
        self._why = "its process has ended"
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._process = self._spawn(theirs)
        try:
            reader, writer = await asyncio.open_connection(sock=ours)
            self._writer = writer
            writer.write(encoded(Frame(0, JOIN, self._place.encoded())))
            while (frame := await read_frame(reader)) is not None:
                self._take(frame)
        finally:
            joined = self._state is _State.JOINED
            await self._bury(process, ours)
        log.warning(
            "the link to the cluster has ended: %s", self._why, extra=log_event("cluster.link_lost")
        )
        return joined

    def _take(self, frame: Frame) -> None:
        self._silent_since = None
        if frame.word == JOINED:
            self._join()
        elif frame.number == 0:
            self._why = frame.body.decode()
        elif (answer := self._waiting.get(frame.number)) is not None and not answer.done():
            _settle(answer, frame)

    def _join(self) -> None:
        self._state = _State.JOINED
        held_back, self._held_back = self._held_back, []
        for frame in held_back:
            if frame.number in self._waiting:
                self._send(frame)

    async def _bury(self, process: subprocess.Popen[bytes], ours: socket.socket) -> None:
        """Close the socket, end the process, and tell all that wait for it."""
        writer, self._writer = self._writer, None
        self._state, self._silent_since = _State.AWAY, None
        self._held_back.clear()
        if writer is None:
            ours.close()
        else:
            writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self._lost())
        try:
            await asyncio.shield(asyncio.to_thread(_end, process))
        finally:
            self._process = None

    def _spawn(self, theirs: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*self._command, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # Ray writes what it likes there
            stderr=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            env=environment(os.environ),
        )


def _settle(answer: asyncio.Future[bytes], frame: Frame) -> None:
    if frame.word == ANSWER:
        answer.set_result(frame.body)
    elif frame.word == LATE:
        answer.set_exception(TimeoutError())
    else:
        answer.set_exception(LinkLostError(frame.body.decode()))


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables of the link's process. A token is asked for unless `given` says otherwise."""
    return {**_ENVIRONMENT, **given}


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LAST_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
