"""Crash any actor of a runtime at any message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from ...actors.engine.reference import ActorRef
from .interception import intercept

if TYPE_CHECKING:
    from ..runtime import Runtime

ROUTER, SUPERVISOR, ROOT = "router", "supervisor", "root"


class InjectedCrash(Exception):
    """What a test made an actor crash with."""


class Poison(NamedTuple):
    """To any actor: crash now."""


def crash(
    runtime: Runtime,
    who: str,
    *,
    at: str | type = Poison,
    nth: int = 1,
    error: Exception | None = None,
) -> Callable[[], None]:
    """Crash the actor of a model (by its id), "router", "supervisor" (of the models) or "root".

    Others are named as in `snapshot().children`: "application/journal", "workers:gpt-5".

    Without `at` now, between two messages. With it instead of handling the `nth` message from now
    on of this class (or name of one: "Acquire", "Settle" ...); "Start" is its next `on_start`.
    Answers how to take it back.
    """
    name = at if isinstance(at, str) else at.__name__
    ref = actor_of(runtime, who)
    error = error or InjectedCrash(f"a test crashed {who} at {name}")
    take_back = intercept(ref, _Countdown(name, nth, error))
    if at is Poison:
        ref.send(Poison())
    return take_back


class _Countdown:
    def __init__(self, name: str, left: int, error: Exception) -> None:
        self._name = name
        self._left = left
        self._error = error

    def __call__(self, message: Any) -> None:
        if type(message).__name__ != self._name:
            return
        self._left -= 1
        if self._left == 0:
            raise self._error


def actor_of(runtime: Runtime, who: str) -> ActorRef[Any]:
    """The reference of a model's actor by its id, of "router", "supervisor" or "root", or of any
    supervised actor by its name in snapshots."""
    fleet = runtime._fleet  # pyright: ignore[reportPrivateUsage]  # a part of the runtime itself
    others = {ROUTER: fleet.router, SUPERVISOR: fleet.supervisor, ROOT: fleet.supervision.root}
    found = others.get(who)
    if found is not None:
        return found
    if who not in fleet.members:
        for child in fleet.supervision.children():
            if child.name == who:
                return child.ref
    return fleet.member(who).ref
