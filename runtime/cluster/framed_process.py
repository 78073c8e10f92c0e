"""A process of ours beside the application, which speaks frames, and is started again if it ends.

The process has a session of its own, so that a Ctrl-C in the terminal is not its end, and nothing
of the application's but one end of a pair of sockets: its output goes nowhere.
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
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeAlias

from ...actors.cluster.link import LinkLostError
from ...actors.policies.chance import Draw
from ...actors.policies.restart import GiveUp, RestartPolicy
from ...config.errors import ConfigurationError
from ...config.settings.restart import RestartConfig
from ...config.values.log_fields import log_event
from .. import forks
from .frames import JOIN, JOINED, Frame, encoded, read_frame

log: logging.Logger = logging.getLogger(__name__)

ALWAYS = RestartConfig(intensity=1_000_000, period=10.0, base_delay=0.2, max_delay=3.0)
"""It is tried for ever: a head that is away may be back at any time."""

LONGEST_START = 60.0
"""Seconds for the process to join; what swallows all that is sent would hold it for ever."""

LONGEST_SILENCE = 10.0
"""Seconds that the process may be silent while calls wait; then it is killed."""

_LAST_WAIT = 5.0
"""Seconds for the process to end by itself, before it is killed."""

_ENVIRONMENT = {
    "RAY_AUTH_MODE": "token",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",  # an end soon is a new start soon
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""What the process gets beside the application's own variables, where those say nothing of it."""

_of_this_machine: dict[str, Mapping[str, str]] = {}

Taker: TypeAlias = Callable[[Frame | LinkLostError], None]
"""Takes what comes for one call: its frames, or that there will be none."""


def command(module: str) -> tuple[str, ...]:
    """The command line of one of our modules; the descriptor of its socket is added to it."""
    return (sys.executable, "-m", f"hive_resilience.{module}")


class _State(Enum):
    STARTING = "starting"
    JOINED = "joined"
    AWAY = "away"


class FramedProcess:
    """Keeps the process. `start` it on the loop that it is to live on."""

    def __init__(
        self, command_line: tuple[str, ...], joining: bytes, draw: Draw = random.random
    ) -> None:
        self._command = command_line
        self._joining = joining
        self._draw = draw
        self._numbers = itertools.count(1)
        self._state = _State.AWAY
        self._why = "it has not been started"
        self._takers: dict[int, Taker] = {}
        self._held_back: list[Frame] = []
        self._silent_since: float | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._sockets: tuple[socket.socket, ...] = ()
        self._writer: asyncio.StreamWriter | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process and keep it; returns at once."""
        self._state = _State.STARTING
        self._keeping = asyncio.create_task(self._keep(), name="a process beside the application")
        forks.watch(self)

    def open(self, word: str, body: bytes, seconds: float, taker: Taker) -> int:
        """Send a call; its number. Waits for a process that is just starting.

        Raises `LinkLostError` where there is none.
        """
        if self._state is _State.AWAY:
            raise self._lost()
        number = next(self._numbers)
        self._takers[number] = taker
        self.send(Frame(number, word, body, seconds))
        return number

    def drop(self, number: int) -> None:
        """Take nothing more for this call."""
        self._takers.pop(number, None)
        self._held_back = [frame for frame in self._held_back if frame.number != number]

    def send(self, frame: Frame) -> None:
        """Send one more frame of a call, unless the process is gone."""
        if self._writer is None or self._state is not _State.JOINED:
            self._held_back.append(frame)
            return
        if self._silent_since is None:
            self._silent_since = time.monotonic()
        self._writer.write(encoded(frame))

    def end_if_silent(self) -> None:
        """Kill a process that says nothing: a sane one answers each call in its time."""
        since = self._silent_since
        if since is not None and time.monotonic() - since > LONGEST_SILENCE:
            self._kill(f"its process has said nothing for {LONGEST_SILENCE:g} s")

    async def close(self) -> None:
        """End the process; returns when it is gone."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait((keeping,))
        self._state, self._why = _State.AWAY, "it has been closed"

    def forked(self) -> None:
        """This is a forked process: the link is to end with the parent, whatever lives on here."""
        for each in self._sockets:
            if each.fileno() >= 0:
                os.close(each.detach())  # `close` leaves it open where a loop uses it

    def _kill(self, why: str) -> None:
        if self._process is not None:
            self._why = why
            self._process.kill()

    def _lost(self) -> LinkLostError:
        return LinkLostError(f"the link to the cluster is away: {self._why}")

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
        joined = False
        try:
            joined = await self._converse()
        except OSError as error:  # the system has no more processes, or no more files
            self._state, self._why = _State.AWAY, f"its process cannot be started: {error}"
        log.warning(
            "the link to the cluster has ended: %s", self._why, extra=log_event("cluster.link_lost")
        )
        return joined

    async def _converse(self) -> bool:
        self._sockets = ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                process = self._process = self._spawn(theirs)
            late = asyncio.get_running_loop().call_later(LONGEST_START, self._end_if_unjoined)
            try:
                reader, writer = await asyncio.open_connection(sock=ours)
                self._writer = writer
                writer.write(encoded(Frame(0, JOIN, self._joining)))
                while (frame := await read_frame(reader)) is not None:
                    self._take(frame)
            finally:
                late.cancel()
                joined = self._state is _State.JOINED
                await self._bury(process)
        return joined

    def _end_if_unjoined(self) -> None:
        if self._state is _State.STARTING:
            self._kill(f"its process has not joined within {LONGEST_START:g} s")

    def _take(self, frame: Frame) -> None:
        self._silent_since = None
        if frame.word == JOINED:
            self._join()
        elif frame.number == 0:
            self._why = frame.body.decode()
        elif (taker := self._takers.get(frame.number)) is not None:
            taker(frame)

    def _join(self) -> None:
        self._state = _State.JOINED
        held_back, self._held_back = self._held_back, []
        for frame in held_back:
            if frame.number in self._takers:
                self.send(frame)

    async def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """Close the socket, end the process, and tell all that wait for it."""
        writer, self._writer = self._writer, None
        self._state, self._silent_since = _State.AWAY, None
        if writer is not None:
            writer.transport.abort()
        takers, self._takers, self._held_back = self._takers, {}, []
        for taker in takers.values():
            taker(self._lost())
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


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables of the link's process. A token is asked for unless `given` says otherwise."""
    found = {**_ENVIRONMENT, **given}
    for variables in _of_this_machine.values():
        found |= variables
    return found


def use_for_links(address: str, variables: Mapping[str, str]) -> None:
    """What links of this process need from now on, to join a Ray that was started for it alone.

    The environment of the application stays as it is: it may be on another Ray itself. Raises
    `ConfigurationError` for a second Ray of that kind.
    """
    if _of_this_machine.keys() - {address}:
        raise ConfigurationError(
            "a process has one Ray that its workers start: name a cluster in the settings of the "
            "other service",
            key="global.cluster.address",
        )
    _of_this_machine[address] = variables


def use_no_more(address: str) -> None:
    """The Ray at this address is not that of this process any more."""
    _of_this_machine.pop(address, None)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LAST_WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
