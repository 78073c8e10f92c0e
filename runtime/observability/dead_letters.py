"""Messages that reached no actor: a count by reason, an event each, and a sample in the log."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

from ...actors.events import DeadLetter

if TYPE_CHECKING:
    import pykka

    from ...actors.events import Publish

log = logging.getLogger(__name__)


class DeadLetters:
    """Takes the messages that the engine could not deliver, from any thread.

    The 1st, 10th, 100th ... of each reason is logged: a flood fills no disk.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, actor: pykka.ActorRef[Any], message: object, reason: str) -> None:
        """Count one more, for this actor. The content of the message goes nowhere."""
        with self._lock:
            self._counts[reason] += 1
            count = self._counts[reason]
        name = type(message).__name__
        self._publish(DeadLetter, actor=str(actor), message=name, reason=reason)
        if is_sample(count):
            log.warning("dead letter %d: %s to %s, %s", count, name, actor, reason)

    def snapshot(self) -> dict[str, int]:
        """The counts by reason."""
        with self._lock:
            return dict(self._counts)


def is_sample(count: int) -> bool:
    """Whether `count` is a power of ten.

    >>> [count for count in range(1, 1001) if is_sample(count)]
    [1, 10, 100, 1000]
    """
    return str(count).rstrip("0") == "1"
