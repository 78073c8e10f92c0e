"""Waits, locks and starts of threads that a Ctrl-C may meet at any moment.

`threading.Condition`, on which the events and futures of the standard library stand, is written
in Python. A Ctrl-C between two of its steps leaves its lock taken for ever, and a thread that
brings an answer never gets past it. What stands here takes and gives back its lock in one step.
"""

from __future__ import annotations

import threading
from _thread import RLock, start_new_thread
from collections.abc import Callable
from contextlib import suppress


class Arrival:
    """As `threading.Event`, for one waiter."""

    __slots__ = ("_gate", "_is_set")

    def __init__(self) -> None:
        self._is_set = False
        self._gate = threading.Lock()
        self._gate.acquire()

    def set(self) -> None:
        """End the wait; from any thread, a second time too."""
        self._is_set = True
        with suppress(RuntimeError):  # it has ended already
            self._gate.release()

    def wait(self, seconds: float) -> bool:
        """Wait for so many seconds; whether `set` was called."""
        # A Ctrl-C may have come between the lock and the answer of an earlier wait.
        return self._is_set or self._gate.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))


class Gate(RLock):  # type: ignore[misc]  # only its stub is final
    """The lock of a future in place of its `threading.Condition`: what waits has an `Arrival`."""

    def notify_all(self) -> None:
        """Wakes none: an `Arrival` is set by a callback."""


def apart(deed: Callable[[], object]) -> None:
    """Do what a Ctrl-C must not break off half-way: in another thread where this is the main one.

    A start of a thread waits on a condition; a loop under construction has sockets that nothing
    closes. Raises what `deed` raises, and `RuntimeError` where no thread can be started. A Ctrl-C
    comes when `deed` is done.
    """
    if threading.current_thread() is not threading.main_thread():
        deed()
        return
    done = Arrival()
    errors: list[BaseException] = []

    def do() -> None:
        try:
            deed()
        except BaseException as error:
            errors.append(error)
        done.set()

    start_new_thread(do, ())
    try:
        done.wait(threading.TIMEOUT_MAX)
    except BaseException:  # its caller has to know what has been made
        done.wait(threading.TIMEOUT_MAX)
        raise
    if errors:
        raise errors[0]
