"""Messages that reached no actor: a count by reason, an event each, and a sample in the log."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...actors.events import DeadLetter
from ...config.values.log_fields import log_event

if TYPE_CHECKING:
    import pykka

    from ...actors.events import Publish

log: logging.Logger = logging.getLogger(__name__)


class DeadLetters:
    """Takes the messages that the engine could not deliver, from any thread.

    The 1st, 10th, 100th ... of each reason is logged: a flood fills no disk.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        # No lock: a signal handler may send while the thread that it interrupts does.
        self._numbers: dict[str, Iterator[int]] = {}
        self._counts: dict[str, int] = {}

    def take(self, actor: pykka.ActorRef[Any], message: object, reason: str) -> None:
        """Count one more, for this actor. The content of the message goes nowhere."""
        count = next(self._numbers.setdefault(reason, itertools.count(1)))
        self._counts[reason] = max(count, self._counts.get(reason, 0))
        name = type(message).__name__
        self._publish(DeadLetter, actor=str(actor), message=name, reason=reason)
        if is_sample(count):
            log.warning(
                "dead letter %d: %s to %s, %s",
                count,
                name,
                actor,
                reason,
                extra=log_event(
                    "message.undelivered",
                    actor=str(actor),
                    message=name,
                    reason=reason,
                    count=count,
                ),
            )

    def snapshot(self) -> dict[str, int]:
        """The counts by reason."""
        return self._counts.copy()


def is_sample(count: int) -> bool:
    """Whether `count` is a power of ten.

    >>> [count for count in range(1, 1001) if is_sample(count)]
    [1, 10, 100, 1000]
    """
    return str(count).rstrip("0") == "1"
