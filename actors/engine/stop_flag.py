"""Whether an actor has stopped. Any thread can wait for that."""

from __future__ import annotations

import threading

_making = threading.RLock()


class StopFlag(threading.Event):
    """An event that makes its locks only for the first waiter: few actors have any."""

    __slots__ = ("_event", "_is_set")

    def __init__(self) -> None:
        self._is_set = False
        self._event: threading.Event | None = None

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        # In this order: a waiter makes the event first and looks at the flag after that.
        self._is_set = True
        if self._event is not None:
            self._event.set()

    def clear(self) -> None:
        raise RuntimeError("an actor that has stopped does not live again")

    def wait(self, timeout: float | None = None) -> bool:
        if self._is_set:
            return True
        with _making:
            if self._event is None:
                self._event = threading.Event()
        return self._is_set or self._event.wait(timeout)
