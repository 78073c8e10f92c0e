"""A call with a limit: cancelled when the time is up, left behind if it will not go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Generator
from enum import Enum
from typing import Any, Generic, TypeVar

from ...config.errors import ResilienceError
from .waiting_calls import WaitingCalls

log = logging.getLogger(__name__)
T = TypeVar("T")


def ended_from_outside(raised: BaseException) -> bool:
    """Whether the task itself ends (cancelled, closed, interrupted), not just what it called."""
    if isinstance(raised, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and task.cancelling() > 0
    return isinstance(raised, GeneratorExit | KeyboardInterrupt)


def strange(error: GeneratorExit) -> RuntimeError:
    """What a call raised by itself, made different from being closed from outside."""
    return RuntimeError(f"the call raised {type(error).__name__}")


class Phase(Enum):
    """How far a call is."""

    RUNNING = "running"
    EXPIRED = "expired"
    """Its time is up; it has been cancelled and may clean up."""
    GIVEN_UP = "given up"
    """Its grace is over as well."""
    CLOSED = "closed"
    """Whoever awaited it was closed."""


_RUNNING = Phase.RUNNING


class LeftBehind(BaseException):
    """Raised inside a call that would not end when it was cancelled, to end it anyway."""


class LimitReached(Exception):
    """The call was not done in time, or revoked with `reason`.

    `abandoned`: it would not end even when cancelled.
    """

    def __init__(self, abandoned: bool, reason: ResilienceError | None) -> None:
        super().__init__("the time is up")
        self.abandoned = abandoned
        self.reason = reason


NOT_STARTED: Any = object()
"""In the place of what a call waits for that has not begun."""


class BoundedCall(Generic[T]):
    """Await a coroutine in the current task, until a point on the loop's clock at the latest.

    Time is watched only when the call first waits for something: one that answers at once costs
    no timer. When the time is up the task is cancelled; a call that ignores that for `grace`
    seconds is closed and left behind. The task's own cancellation passes through, with the same
    grace. While it waits it is among the `waiting` calls, by which somebody else can `revoke` it.
    Whoever has started the call already passes on what it `waits_for`.
    """

    # Not slots: what few calls need stands on the class, and one that waits costs less.
    _owns_waiting = False
    _reason: ResilienceError | None = None
    _phase = Phase.RUNNING
    _cancels = 0
    _before = 0
    _task: asyncio.Task[Any] | None = None
    _timer: asyncio.TimerHandle | None = None
    _insistence: asyncio.TimerHandle | None = None

    def __init__(
        self,
        call: Coroutine[Any, Any, T],
        until: float,
        grace: float,
        waiting: WaitingCalls | None = None,
        waits_for: Any = NOT_STARTED,
        owner: str | None = None,
    ) -> None:
        self._call = call
        self.until = until
        self.owner = owner
        self._grace = grace
        self._waits_for = waits_for
        if waiting is None:
            self._owns_waiting = True
            waiting = WaitingCalls()
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, T]:
        waits_for = self._waits_for
        return self._begin() if waits_for is NOT_STARTED else self._drive(waits_for)

    def _begin(self) -> Generator[Any, Any, T]:
        try:
            waits_for = self._call.send(None)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what a coroutine of T returns
        except GeneratorExit as error:
            raise strange(error) from error
        return (yield from self._drive(waits_for))

    def _drive(self, waits_for: Any) -> Generator[Any, Any, T]:
        task = self._task = asyncio.current_task()
        assert task is not None
        self._before = task.cancelling()
        self._waiting.add(self, task)
        try:
            while True:
                try:
                    answer = yield waits_for
                except GeneratorExit:
                    self._phase = Phase.CLOSED
                    self._close()
                    raise
                except BaseException as error:
                    if self._phase is Phase.GIVEN_UP:
                        self._leave_behind()
                        raise
                    if isinstance(error, asyncio.CancelledError) and self._insistence is None:
                        insistence = task.get_loop().call_later(self._grace, self._insist)
                        self._insistence = insistence
                    waits_for = self._call.throw(error)
                else:
                    waits_for = self._call.send(answer)
        except StopIteration as stop:
            if self._phase is not _RUNNING:
                self._check_time(task, None)
            return stop.value  # type: ignore[no-any-return]
        except KeyboardInterrupt:
            raise
        except GeneratorExit as error:
            if self._phase is Phase.CLOSED:
                raise
            self._check_time(task, error)
            raise strange(error) from error
        except BaseException as error:
            self._check_time(task, error)
            if task.cancelling() > self._before and isinstance(error, Exception):
                # What the call makes of its caller's cancellation is no failure of the call.
                raise asyncio.CancelledError from error
            raise
        finally:
            self._task = None  # from now on there is nothing to revoke
            self._waiting.discard(self)
            if self._timer is not None:
                self._timer.cancel()
            if self._insistence is not None:
                self._insistence.cancel()
            if self._owns_waiting:
                self._waiting.close()

    def revoke(self, reason: ResilienceError) -> None:
        """End the call before its time; its awaiter gets `LimitReached` with the reason."""
        if self._phase is Phase.RUNNING and self._task is not None:
            self._reason = reason
            self.expire()

    def expire(self) -> None:
        """The time is up: cancel the call, and give it its grace."""
        assert self._task is not None
        if self._phase is not Phase.RUNNING:
            return
        self._phase = Phase.EXPIRED
        self._cancel()
        self._timer = self._task.get_loop().call_later(self._grace, self._give_up)

    def _insist(self) -> None:
        """The grace after a cancellation from outside is over, if nobody has taken it back."""
        assert self._task is not None
        self._insistence = None
        if self._phase is Phase.RUNNING and self._task.cancelling() > self._before:
            self._give_up()

    def _give_up(self) -> None:
        self._phase = Phase.GIVEN_UP
        self._cancel()

    def _cancel(self) -> None:
        assert self._task is not None
        self._cancels += 1
        self._task.cancel()

    def _check_time(self, task: asyncio.Task[Any], error: BaseException | None) -> None:
        """Raise `LimitReached` if the time was up, unless somebody else cancelled the task too."""
        if self._phase is Phase.RUNNING:
            return
        for _ in range(self._cancels):
            task.uncancel()
        if task.cancelling() <= self._before:
            raise LimitReached(self._phase is Phase.GIVEN_UP, self._reason) from error
        if error is None:  # an answer that came too late is none
            raise asyncio.CancelledError

    def _leave_behind(self) -> None:
        try:
            # Closing a coroutine does not reach into an async generator that it reads from.
            self._call.throw(LeftBehind())
        except (LeftBehind, StopIteration):
            return
        except BaseException as error:
            log.warning("a call failed when it was left behind: %r", error)
            return
        self._close()

    def _close(self) -> None:
        try:
            self._call.close()
        except BaseException as error:
            log.warning("a call would not end when it was closed: %r", error)
