"""Events on their way to subscribers. No subscriber delays or fails the runtime or another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from ...actors.alerting.memory import AlertMemory
from ...actors.calls.thread_end import threads_ended
from ...actors.engine.interruptible import apart
from ...actors.events import Event
from ...config.values.log_fields import log_event
from .event_log import EventLog
from .listening import check_listener, event_kinds
from .receipt import Receipt

log: logging.Logger = logging.getLogger(__name__)

KEPT = 10_000
"""Events that wait for a slow subscriber at most; then the oldest are dropped and counted."""

_MOST_NAMES = 100

Listener = Callable[[Any], object]
"""Takes events of the kinds that it is subscribed to, as `Runtime.subscribe` checks."""


def _nothing() -> None:
    return None


class Subscription:
    """One listener with a queue and a thread of its own."""

    def __init__(self, listener: Listener, kinds: tuple[type[Event], ...]) -> None:
        self._listener = listener
        self._kinds = kinds
        self.name: str = _name_of(listener)
        self.dropped: int = 0
        self.renew()

    def renew(self) -> None:
        """Have an empty queue and a new thread: the other ones stayed in another process."""
        # No condition: a Ctrl-C in the thread that unsubscribes must not keep publishers waiting.
        self._waiting: SimpleQueue[Event | None] = SimpleQueue()
        self.thread: threading.Thread = threading.Thread(
            target=self._work, name="events", daemon=True
        )

    def begin(self) -> None:
        """Deliver events from now on, and those that wait."""
        apart(self.thread.start)

    def offer(self, event: Event) -> None:
        """Queue the event if the listener wants its kind. Never waits."""
        if self._kinds and not isinstance(event, self._kinds):
            return
        if self._waiting.qsize() >= KEPT:
            with suppress(Empty):  # the listener was faster
                self._waiting.get_nowait()
                self.dropped += 1
        self._waiting.put(event)

    def close(self) -> None:
        """Let the thread deliver the events that wait, then end. Never waits."""
        self._waiting.put(None)

    def _work(self) -> None:
        while (event := self._waiting.get()) is not None:
            try:
                self._listener(event)
            except BaseException:  # a `SystemExit` would end this thread without a word
                log.exception(
                    "a listener failed on %s",
                    type(event).__name__,
                    extra=log_event("listener.failed", of=type(event).__name__),
                )


class Tap:
    """A listener of the library, which takes each event at once: it needs no thread."""

    thread = None

    def __init__(
        self, listener: Listener, kinds: tuple[type[Event], ...], ended: Callable[[], None]
    ) -> None:
        self._listener = listener
        self._kinds = kinds
        self._ended = ended

    def offer(self, event: Event) -> None:
        """Hand the event on if the listener wants its kind."""
        if not self._kinds or isinstance(event, self._kinds):
            self._listener(event)

    def close(self) -> None:
        """No event waits here."""
        self._ended()


class EventBus:
    """Takes every event to every subscriber that wants it."""

    def __init__(self) -> None:
        # No lock, and a dictionary takes each step as one: a signal handler may subscribe, or close
        # the runtime, while the thread that it interrupts subscribes.
        self._subscriptions: dict[Subscription | Tap, bool] = {}
        self._closed = False
        self._log = EventLog()
        self.keeper: Callable[[], Receipt | None] | None = None
        """Gives what is done once a history has all that was published so far; None: none has."""
        self.memory: AlertMemory | None = None
        """Keeps alerts from one process to the next; None: there is no history."""
        self.by_hand = 0
        """Above 0 while the loop does what a caller has asked for."""
        self._dropped: dict[str, int] = {}
        """What subscribers had lost whose subscription has ended."""

    def publish(self, event: type[Event], /, **fields: object) -> None:
        """Log the event if it is one for the log, and queue it for every subscriber."""
        self._log.note(event, fields)
        if not self._subscriptions:
            return
        made: Any = event
        happened: Event = made(at=datetime.now(UTC), **fields)
        for subscription in list(self._subscriptions):
            subscription.offer(happened)

    def leave_alerts_to_a_channel(self, is_left: bool) -> None:
        """Whether a channel writes alerts into the log, in place of the events."""
        self._log.alerts_have_a_channel = is_left

    def written(self) -> Receipt | None:
        """What is done once a history has all that was published so far; None: none will."""
        return None if self.keeper is None else self.keeper()

    def subscribe(self, listener: Listener, *kinds: object) -> Callable[[], None]:
        """Call `listener` with the events of these kinds (none: all); the answer ends it.

        Raises `TypeError` for a listener that cannot take events, and for other kinds.
        """
        check_listener(listener)
        wanted = event_kinds(kinds)
        if self._closed:
            return _nothing
        subscription = Subscription(listener, wanted)
        unsubscribe = self._add(subscription)
        # After a Ctrl-C here, the end of the bus is also that of the thread.
        subscription.begin()
        return unsubscribe

    def tap(
        self, listener: Listener, kinds: tuple[type[Event], ...], ended: Callable[[], None]
    ) -> Callable[[], None]:
        """As `subscribe`, in the publisher's thread: `listener` must not wait, nor fail.

        `ended` is called after the last event, which on a closed bus is at once.
        """
        return self._add(Tap(listener, kinds, ended))

    def _add(self, subscription: Subscription | Tap) -> Callable[[], None]:
        self._subscriptions[subscription] = True

        def unsubscribe() -> None:
            subscription.close()  # first: a Ctrl-C after it leaves no thread behind
            if self._subscriptions.pop(subscription, False):
                _count(self._dropped, subscription)

        if self._closed and self._subscriptions.pop(subscription, False):
            subscription.close()
        return unsubscribe

    def dropped(self) -> dict[str, int]:
        """Events that subscribers have lost as they were too slow, by the name of the listener."""
        found = self._dropped.copy()
        for subscription in list(self._subscriptions):
            _count(found, subscription)
        return found

    async def close(self, timeout: float) -> None:
        """Let every subscriber take the events that wait, in at most `timeout` seconds together.

        A listener that hangs is left behind.
        """
        subscriptions = self.dismiss()
        threads = [each.thread for each in subscriptions if each.thread is not None]
        await threads_ended(threads, timeout)

    def dismiss(self) -> list[Subscription | Tap]:
        """Let every subscriber end after the events that wait. Never waits."""
        self._closed = True
        ended: list[Subscription | Tap] = []
        while self._subscriptions:
            with suppress(KeyError):  # another thread took the last one
                ended.append(self._subscriptions.popitem()[0])
        for subscription in ended:
            subscription.close()
        return ended

    def revive(self) -> None:
        """Go on in a forked process, with the listeners that there are."""
        kept = [each for each in self._subscriptions if isinstance(each, Subscription)]
        self._subscriptions = dict.fromkeys(kept, True)
        for subscription in kept:
            subscription.renew()
            subscription.begin()


def _name_of(listener: Listener) -> str:
    called = listener.func if isinstance(listener, partial) else listener
    return str(getattr(called, "__qualname__", type(called).__name__))


def _count(dropped: dict[str, int], subscription: Subscription | Tap) -> None:
    """A listener that has lost nothing is named as well, and no more than so many names are."""
    if isinstance(subscription, Tap):
        return
    name = subscription.name
    if name not in dropped and len(dropped) >= _MOST_NAMES:
        name = "_other"
    dropped[name] = dropped.get(name, 0) + subscription.dropped
