"""Which code cancels a task while it waits for what a call waits for.

`task.cancelling()` does not say it: a timeout or a task group inside the call cancels the task as
well, and some never take that back. But `task.cancel()` asks the future that the task waits for,
while the asker runs: so the watch stands in the future's place, and looks whose code runs.

    asked by                            what it means
    the caller, or any code outside     the task ends as cancelled, whatever the call makes of it
    the call itself, or a part of it    nothing: what the call raises or answers is its own
    any code, while the call ran        the caller's, unless the call swallows it: a signal handler
                                        runs on top of the code that runs just then
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .scope import Scope, call_scope, is_within


class CancellationWatch:
    """Looks to the task like the future that the call waits for, which is `_waits_for`.

    `_scope` is that of the call; without one every request is the caller's.
    """

    # Not slots: most of it stands on the class, and is set only where there is a request.
    _asyncio_future_blocking = False
    """What asyncio knows the futures by, and sets; the other two are what a task asks of one."""
    get_loop: Callable[[], asyncio.AbstractEventLoop]
    add_done_callback: Callable[..., object]
    _task: asyncio.Task[Any] | None = None
    _scope: Scope | None = None
    _waits_for: Any = None
    _heard = False
    """Whether there was a request while the call waited."""
    _before = 0
    """Requests that the task had when the call began to wait."""
    _own = 0
    """Requests of the watch itself since then."""
    _outer = 0
    """Requests from outside."""
    _unclear = 0
    """Requests that came while the call ran."""
    _asks = False
    """Whether the watch itself cancels the task just now."""

    def cancel(self, msg: object = None) -> bool:
        """For the task: the code that runs just now cancels it."""
        task = self._task
        self._heard = True
        if self._asks or task is None:  # without a task: its coroutine was closed under it
            pass
        elif asyncio.current_task(task.get_loop()) is task:
            self._unclear += 1
        elif not is_within(self._scope):
            self._outer += 1
        return bool(self._waits_for.cancel(msg=msg))

    def _cancel(self) -> None:
        """Cancel the task in the name of the call, so that the calls round it know the asker."""
        assert self._task is not None
        self._heard = True
        self._own += 1
        self._asks = True
        token = call_scope.set(self._scope)
        self._task.cancel()
        call_scope.reset(token)
        self._asks = False

    def _came_round(self, later: int) -> None:
        """The task was cancelled round a bare `yield`, where there is no future to be asked.

        `later`: how many requests came after it, but for the watch's own.
        """
        self._heard = True
        if later > 0:
            self._outer += later
        else:
            self._unclear += 1

    def _asked_by_caller(self, task: asyncio.Task[Any], raised: BaseException | None) -> bool:
        """Whether the caller wants the call to end, which has raised this, or has answered.

        What the call itself has left on the task is taken back, and what the watch has.
        """
        _take_back(task, self._own)
        left = task.cancelling() - self._before
        if left <= 0:
            return False
        outer = self._outer
        if isinstance(raised, asyncio.CancelledError):
            outer += self._unclear
        # What is not yet delivered stays: the call has not swallowed it.
        _take_back(task, left - outer - undelivered(task))
        return outer > 0


def undelivered(task: asyncio.Task[Any]) -> bool:
    """Whether a request to cancel waits for the task's next step; Python has no public word."""
    return task._must_cancel  # type: ignore[attr-defined, no-any-return]


def _take_back(task: asyncio.Task[Any], requests: int) -> None:
    for _ in range(requests):
        task.uncancel()
