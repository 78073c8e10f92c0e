"""A call with a limit: cancelled when the time is up, left behind if it will not go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator
from enum import Enum
from math import inf
from typing import Any, Generic, TypeVar

from ...config.errors import ResilienceError
from ...config.values.log_fields import log_event
from .cancellation_watch import CancellationWatch, undelivered
from .scope import Scope
from .waiting_calls import WaitingCalls

log: logging.Logger = logging.getLogger(__name__)
T = TypeVar("T")


class CancelledByItself(Exception):
    """A call ended with a `CancelledError` that its caller has not asked for."""

    def __init__(self) -> None:
        super().__init__("the call was cancelled, but not by its caller")


def ended_from_outside(raised: BaseException) -> bool:
    """Whether the task itself ends (cancelled, closed, interrupted), not just what it called.

    For what a `BoundedCall` raises: it lets a cancellation pass only if the caller asked for it.
    """
    return isinstance(raised, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt)


def own(raised: asyncio.CancelledError | GeneratorExit) -> Exception:
    """What a call raised by itself, made different from being cancelled or closed from outside."""
    if isinstance(raised, asyncio.CancelledError):
        return CancelledByItself()
    return RuntimeError(f"the call raised {type(raised).__name__}")


class Phase(Enum):
    """How far a call is."""

    RUNNING = "running"
    EXPIRED = "expired"
    """Its time is up; it has been cancelled and may clean up."""
    GIVEN_UP = "given up"
    """Its grace is over as well."""
    CLOSED = "closed"
    """The coroutine that awaited it was closed."""


_RUNNING = Phase.RUNNING
_IS_FUTURE = "_asyncio_future_blocking"
_MADE_OF_IT = (Exception, GeneratorExit, SystemExit)
"""What a call may make of its caller's cancellation; it is none of its failures."""


class LeftBehind(BaseException):
    """Raised inside a call that would not end when it was cancelled, to end it anyway."""


class LimitReached(Exception):
    """The call was not done in time, or revoked with `reason`.

    `abandoned`: it would not end even when cancelled.
    """

    def __init__(self, abandoned: bool, reason: ResilienceError | None) -> None:
        super().__init__("the time is up")
        self.abandoned: bool = abandoned
        self.reason: ResilienceError | None = reason


NOT_STARTED: Any = object()
"""In the place of what a call waits for that has not begun."""


class BoundedCall(CancellationWatch, Generic[T]):
    """Await a coroutine in the current task, until a point on the loop's clock at the latest.

    Time is watched only when the call first waits for something: one that answers at once costs
    no timer. When the time is up the task is cancelled; a call that ignores that for `grace`
    seconds is closed and left behind. Both may be infinite. The caller's own cancellation passes
    through, with the same grace. While the call waits it is among the `waiting` calls, which can
    `revoke` it. A caller that has begun it already passes on what it `waits_for`. `scope` is the
    call's own; without one every cancellation is the caller's.

    Raises what the call raises; a `CancelledError` only where the caller asked for it.
    """

    get_loop: Callable[[], asyncio.AbstractEventLoop]
    add_done_callback: Callable[..., object]
    # Not slots: what few calls need stands on the class, and one that waits costs less.
    _owns_waiting = False
    _reason: ResilienceError | None = None
    _phase = Phase.RUNNING
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
        scope: Scope | None = None,
    ) -> None:
        self._call = call
        self.until: float = until
        self.owner: str | None = owner
        self._grace = grace
        self._begun_with = waits_for
        if waiting is None:
            self._owns_waiting = True
            waiting = WaitingCalls()
        self._waiting = waiting
        if scope is not None:
            self._scope = scope

    def __await__(self) -> Generator[Any, Any, T]:
        waits_for = self._begun_with
        return self._begin() if waits_for is NOT_STARTED else self._drive(waits_for)

    def _begin(self) -> Generator[Any, Any, T]:
        try:
            waits_for = self._call.send(None)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]  # what a coroutine of T returns
        except (GeneratorExit, asyncio.CancelledError) as raised:
            raise own(raised) from raised
        return (yield from self._drive(waits_for))

    def _drive(self, waits_for: Any) -> Generator[Any, Any, T]:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        requests = task.cancelling
        self._before = requests()
        if undelivered(task):  # it came while the call began
            self._before -= 1
        self._waiting.add(self, task)
        known = 0
        try:
            while True:
                try:
                    if waits_for is None:
                        known = requests() - self._own
                        answer = yield
                    elif waits_for is not task and getattr(waits_for, _IS_FUTURE, False):
                        # The watch in the future's place, as the task can see it.
                        waits_for._asyncio_future_blocking = False
                        self._waits_for = waits_for
                        self.get_loop = waits_for.get_loop
                        self.add_done_callback = waits_for.add_done_callback
                        self._asyncio_future_blocking = True
                        answer = yield self
                    else:
                        answer = yield waits_for
                except GeneratorExit:
                    self._phase = Phase.CLOSED
                    self._close()
                    raise
                except BaseException as error:
                    if self._phase is Phase.GIVEN_UP:
                        self._leave_behind()
                        raise
                    if isinstance(error, asyncio.CancelledError):
                        if waits_for is None:
                            self._came_round(requests() - self._own - known)
                        self._insist_later(task)
                    waits_for = self._call.throw(error)
                else:
                    waits_for = self._call.send(answer)
        except StopIteration as stop:
            if self._phase is not _RUNNING:
                self._check_time(task)
            elif self._heard:
                self._asked_by_caller(task, None)
            return stop.value  # type: ignore[no-any-return]
        except BaseException as raised:
            if self._phase is Phase.CLOSED or isinstance(raised, KeyboardInterrupt):
                raise
            meant = self._meaning(task, raised)
            if meant is raised:
                raise
            raise meant from raised
        finally:
            self._task = None  # from now on there is nothing to revoke
            self._waiting.discard(self)
            if self._heard:
                self._stop_timers()
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
        loop = self._task.get_loop()
        # A call that its caller has cancelled is in its grace already, which it gets once.
        over = loop.time() + self._grace if self._insistence is None else self._insistence.when()
        self._timer = loop.call_at(over, self._give_up)

    def _insist_later(self, task: asyncio.Task[Any]) -> None:
        if self._outer and self._insistence is None and self._grace < inf:
            self._insistence = task.get_loop().call_later(self._grace, self._insist)

    def _insist(self) -> None:
        """The grace after the caller's cancellation is over, unless it was taken back."""
        assert self._task is not None
        self._insistence = None
        if self._phase is Phase.RUNNING and self._task.cancelling() > self._before:
            self._give_up()

    def _give_up(self) -> None:
        self._phase = Phase.GIVEN_UP
        self._cancel()

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._insistence):
            if timer is not None:
                timer.cancel()

    def _check_time(self, task: asyncio.Task[Any]) -> None:
        """An answer that came too late is none."""
        if self._asked_by_caller(task, None):
            raise asyncio.CancelledError
        raise LimitReached(self._phase is Phase.GIVEN_UP, self._reason)

    def _meaning(self, task: asyncio.Task[Any], raised: BaseException) -> BaseException:
        """What it means that the call has `raised`: the asker of its end goes first."""
        if self._asked_by_caller(task, raised):
            return asyncio.CancelledError() if isinstance(raised, _MADE_OF_IT) else raised
        if self._phase is not Phase.RUNNING:
            return LimitReached(self._phase is Phase.GIVEN_UP, self._reason)
        if isinstance(raised, asyncio.CancelledError | GeneratorExit):
            return own(raised)
        return raised

    def _leave_behind(self) -> None:
        try:
            # Closing a coroutine does not reach into an async generator that it reads from.
            self._call.throw(LeftBehind())
        except (LeftBehind, StopIteration):
            return
        except BaseException as error:
            log.warning(
                "a call failed when it was left behind: %s",
                type(error).__name__,
                extra=log_event("call.left_behind", error_type=type(error).__name__),
            )
            return
        self._close()

    def _close(self) -> None:
        try:
            self._call.close()
        except BaseException as error:
            log.warning(
                "a call would not end when it was closed: %s",
                type(error).__name__,
                extra=log_event("call.not_closed", error_type=type(error).__name__),
            )
