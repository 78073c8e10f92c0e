"""Listeners of guards: told in order, one event at a time, outside of every lock."""

from __future__ import annotations

import inspect
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from ...config.values.log_fields import log_event
from .guard_events import GuardCalled, GuardChanged, GuardEvent

Listener = Callable[[Any], object]

log: logging.Logger = logging.getLogger(__name__)


class Listeners:
    """Tells every listener of every event, in the thread that has caused it or one that was before.

    A listener may call the guard that tells it. One that fails is logged and harms no call.
    """

    __slots__ = ("_events", "_listeners", "_lock", "_telling")

    def __init__(self) -> None:
        self._listeners: dict[object, tuple[Listener, tuple[type[GuardEvent], ...]]] = {}
        self._events: deque[GuardEvent] = deque()
        # A signal handler may use it while the thread that it interrupts does.
        self._lock = threading.RLock()
        self._telling = False

    def __bool__(self) -> bool:
        return bool(self._listeners)

    def add(self, listener: Listener, kinds: tuple[type[GuardEvent], ...]) -> Callable[[], None]:
        """Tell `listener` of these kinds of events (none: all); how to take it back.

        Raises `TypeError` for what cannot be called, and for kinds that there are not.
        """
        if not callable(listener) or inspect.iscoroutinefunction(listener):
            raise TypeError(f"a listener is a function that is not async, not {listener!r}")
        for kind in kinds:
            if kind not in (GuardChanged, GuardCalled):
                raise TypeError(f"a guard tells of GuardChanged and GuardCalled, not of {kind!r}")
        key = object()
        with self._lock:  # a new dictionary, so that those under way go on with the old one
            self._listeners = {**self._listeners, key: (listener, kinds or _ALL)}

        def remove() -> None:
            with self._lock:
                self._listeners = {k: v for k, v in self._listeners.items() if k is not key}

        return remove

    def put(self, event: GuardEvent) -> None:
        """Note an event; `tell` has to follow, outside of the lock that keeps the order."""
        self._events.append(event)

    def tell(self) -> None:
        """Tell what was noted, unless another thread, or a caller further up, does so just now."""
        while self._events:
            with self._lock:
                if self._telling or not self._events:
                    return
                self._telling = True
                event = self._events.popleft()
            try:
                self._tell(event)
            finally:
                self._telling = False

    def _tell(self, event: GuardEvent) -> None:
        for listener, kinds in self._listeners.values():
            if not isinstance(event, kinds):
                continue
            try:
                listener(event)
            except Exception:
                log.exception(
                    "a listener of %s failed",
                    event.name,
                    extra=log_event("listener.failed", of=event.name),
                )


_ALL = (GuardChanged, GuardCalled)
