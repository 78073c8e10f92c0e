"""The calls that wait just now, under one timer for all of them."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any, Protocol

from ...config.errors import ResilienceError

_HELD_UP = 0.01
"""Seconds that a timer rings late when somebody has held up the loop, perhaps a stream's reader."""
_TURNS = 10
"""Of the loop, for what came meanwhile: from a socket through a client to who waits for it."""


class Limited(Protocol):
    """A call with a point in time at which it ends at the latest."""

    owner: str | None

    @property
    def until(self) -> float: ...

    def expire(self) -> None: ...

    def revoke(self, reason: ResilienceError) -> None: ...


class WaitingCalls:
    """Expires each call when its time is up.

    Most calls end long before their limit, so a timer each would be set and cancelled for nothing.
    This one rings when the first could expire, and is then set for the first that is left.
    """

    __slots__ = ("_calls", "_due", "_timer", "reason")

    def __init__(self) -> None:
        # In the order of their start: a dictionary, so that a run can be repeated exactly.
        self._calls: dict[Limited, None] = {}
        self._due = inf
        self.reason: ResilienceError | None = None
        """Why they have all been ended, once they have."""
        self._timer: asyncio.Handle | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def owners(self) -> list[str]:
        """On whose behalf they are made, where somebody said so."""
        return [call.owner for call in self._calls if call.owner is not None]

    def add(self, call: Limited, task: asyncio.Task[Any]) -> None:
        """Watch over a call from now on, which runs in `task`."""
        self._calls[call] = None
        if call.until < self._due:
            self._set(call.until, task.get_loop())
        if self.reason is not None:
            call.revoke(self.reason)

    def discard(self, call: Limited) -> None:
        """The call has ended, one way or another."""
        self._calls.pop(call, None)

    def revoke_all(self, reason: ResilienceError) -> None:
        """End every call before its time, and those that are still to come."""
        self.reason = reason
        for call in tuple(self._calls):
            call.revoke(reason)

    def close(self) -> None:
        """Let go of the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._due = inf

    def _set(self, due: float, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        self._due = due
        self._timer = loop.call_at(due, self._ring, loop)

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        # A loop may ring a little early, by the resolution of its clock.
        now = max(loop.time(), self._due)
        self._look(loop, now, _TURNS if now - self._due > _HELD_UP else 0)

    def _look(self, loop: asyncio.AbstractEventLoop, now: float, turns: int) -> None:
        """Expire who was late at `now`, after so many turns, in which one may prove not to be."""
        if turns:
            self._timer = loop.call_soon(self._look, loop, now, turns - 1)
        else:
            self._sweep(loop, now)

    def _sweep(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        self.close()
        due: list[Any] = [call for call in self._calls if call.until <= now]
        for call in due:
            self._calls.pop(call, None)
            call.expire()
        if self._calls:
            self._set(min(call.until for call in self._calls), loop)
