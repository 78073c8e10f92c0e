"""The engine's own messages to actors."""

from __future__ import annotations

from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

import pykka

from .future import LoopFuture

PykkaRef: TypeAlias = "pykka.ActorRef[Any]"
"""A reference to an actor of any class, where the engine's own would be a circle of imports."""


class Start(NamedTuple):
    """Run `on_start` and begin."""


class Stop(NamedTuple):
    """Stop after the messages before this one."""


class RetryStart(NamedTuple):
    """Start again, after a start that failed."""


class Crashed(NamedTuple):
    """To a supervisor: `actor` failed with `cause` while it handled `during` (a class name)."""

    actor: PykkaRef
    cause: BaseException
    during: str
    returned: float | None = None
    """When it crashed, in seconds on the loop's clock, if it has come back already."""


UnreportedCrash: TypeAlias = tuple[BaseException, TracebackType | None, str, float]
"""The parts of a `Crashed` that is told later: cause, traceback, `during` and `returned`."""


class Stopped(NamedTuple):
    """To a supervisor: `actor` has stopped; a permanent actor waits for its restart."""

    actor: PykkaRef


class CrashNow(NamedTuple):
    """To any actor: crash with this error, as a bug in a handler would."""

    error: Exception


class Terminated(NamedTuple):
    """To a watcher: `actor` is dead."""

    actor: PykkaRef


STARTING = frozenset({"__init__", "on_start"})
"""The moments of a crash in which the actor did not come up."""

NOTICES = frozenset({Crashed, Stopped, Terminated})
"""Messages that are no loss where no actor handles them any more."""


class ActorCrashedError(RuntimeError):
    """A handler raised something that is not an `Exception`; the asker gets this instead."""


class ActorQuarantinedError(ActorCrashedError):
    """The actor has crashed too often: it is tried again later, or once an operator restarts it."""


Reply: TypeAlias = LoopFuture[Any] | None
"""Where the answer to an ask goes; None for a tell."""

Envelope: TypeAlias = tuple[object, Reply]
"""A message and where its answer goes."""
