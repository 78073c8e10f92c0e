"""Calls a test before and after an actor handles a message, through all its restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...actors.engine.reference import ActorRef
from ...actors.engine.signals import Start

if TYPE_CHECKING:
    from ...actors.engine.actor import Actor

Before = Callable[[Any], None]
After = Callable[[Any, Any], None]


def _ignore(_message: Any, _answer: Any) -> None:
    return None


def intercept(ref: ActorRef[Any], before: Before, *, after: After = _ignore) -> Callable[[], None]:
    """Call `before(message)` before the actor handles a message, `after(message, answer)` after it.

    An error of `before` crashes the actor as an error of its handler does, and the message is not
    handled. `before` also gets a `Start` before each `on_start`. The function that comes back ends
    it.
    """
    hears = _Hearing(before, after)
    ref.wrap(hears.wrap)
    return hears.stop


class _Hearing:
    def __init__(self, before: Before, after: After) -> None:
        self._before = before
        self._after = after
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def wrap(self, actor: Actor) -> Actor:
        """The same actor, but its own attributes hide the methods of its class."""
        receive, on_start = actor.receive, actor.on_start

        def received(message: Any) -> Any:
            if self._stopped:
                return receive(message)
            self._before(message)
            answer = receive(message)
            self._after(message, answer)
            return answer

        def started() -> None:
            if not self._stopped:
                self._before(Start())
            on_start()

        actor.receive = received  # type: ignore[method-assign]
        actor.on_start = started  # type: ignore[method-assign]
        return actor
