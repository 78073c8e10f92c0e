"""The calls that wait now, under one timer for all of them."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Protocol

from ...config.errors import ResilienceError

_HELD_UP = 0.01
"""Seconds that a timer rings late when code has held up the loop, perhaps a stream's reader."""
_TURNS = 10
"""Turns of the loop in which data that has arrived gets from a socket to the call that waits."""


class Limited(Protocol):
    """A call that must end at a point in time."""

    owner: str | None

    @property
    def until(self) -> float: ...

    def expire(self) -> None: ...

    def revoke(self, reason: ResilienceError) -> None: ...


class WaitingCalls:
    """Expires each call when its time is up.

    Most calls end long before their limit, so a timer each would be set and cancelled for nothing.
    This one rings when the first call could expire, and is then set for the next.
    """

    __slots__ = ("_calls", "_due", "_timer", "reason")

    def __init__(self) -> None:
        # In the order of their start: a dictionary, so that a run can be repeated exactly.
        self._calls: dict[Limited, None] = {}
        self._due = inf
        self.reason: ResilienceError | None = None
        """The reason of `revoke_all`, once it was called."""
        self._timer: asyncio.Handle | None = None

    def __len__(self) -> int:
        return len(self._calls)

    def owners(self) -> list[str]:
        """The ids of the tasks that the calls belong to, where they are known."""
        return [call.owner for call in self._calls if call.owner is not None]

    def add(self, call: Limited, task: asyncio.Task[object]) -> None:
        """Watch over a call from now on, which runs in `task`."""
        self._calls[call] = None
        if call.until < self._due:
            self._set(call.until, task.get_loop())
        if self.reason is not None:
            call.revoke(self.reason)

    def discard(self, call: Limited) -> None:
        """Forget a call that has ended."""
        self._calls.pop(call, None)

    def revoke_all(self, reason: ResilienceError) -> None:
        """End every call before its time, those that are still to come included."""
        self.reason = reason
        for call in tuple(self._calls):
            call.revoke(reason)

    def close(self) -> None:
        """Cancel the timer."""
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
        """Expire the calls that were late at `now`, after so many turns in which they may end."""
        if turns:
            self._timer = loop.call_soon(self._look, loop, now, turns - 1)
        else:
            self._sweep(loop, now)

    def _sweep(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        self.close()
        due = [call for call in self._calls if call.until <= now]
        for call in due:
            self._calls.pop(call, None)
            call.expire()
        if self._calls:
            self._set(min(call.until for call in self._calls), loop)
