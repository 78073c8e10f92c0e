"""Hears every message of every actor: the trace, crashes to come, and what must hold at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from hive_resilience.actors.engine.reference import ActorRef
from hive_resilience.actors.messages import Acquire, Settle
from hive_resilience.actors.model.state import ModelState
from hive_resilience.runtime.testing.crashes import Poison
from hive_resilience.testing import InjectedCrash, intercept

from .ledger import Ledger


def _nothing(*_: Any) -> None:
    return None


class Line(NamedTuple):
    """One message, handled at a virtual time."""

    at: float
    actor: str
    message: str

    def __str__(self) -> str:
        return f"{self.at:12.6f}  {self.actor:<12}{self.message}"


class Watch:
    """Interceptions of all actors of one run."""

    def __init__(self, ledger: Ledger) -> None:
        self.trace: list[Line] = []
        self.violations: list[str] = []
        self.crashes = 0
        self.started: dict[str, float] = {}
        """When each actor was last restarted, or came into the fleet."""
        self._ledger = ledger
        self._armed: dict[str, list[str]] = {}
        self._quiet = False

    def observe(
        self,
        name: str,
        ref: ActorRef[Any],
        state: ModelState | None = None,
        starts: Callable[[], None] = _nothing,
        answered: Callable[[Any, Any], None] = _nothing,
    ) -> None:
        """Hear the messages of one actor; `starts` is called before each start.

        `answered` hears each message with its answer.
        """
        before: tuple[object, ...] | None = None
        now: Callable[[], float] = asyncio.get_running_loop().time
        armed = self._armed.setdefault(name, [])
        self.started[name] = now()

        def hear(message: Any) -> None:
            nonlocal before
            kind = type(message).__name__
            self.trace.append(Line(now(), name, kind))
            if kind == "Start":
                self.started[name] = now()
                starts()
            if state is not None:
                before = self._look(name, message, state, now())
            if type(message) is Poison or (armed and kind == armed[0]):
                self._crash(name, kind)

        def heard(message: Any, answer: Any) -> None:
            answered(message, answer)
            if before is not None and state is not None:
                self._check_stale(name, before, _counts(state, now()))

        intercept(ref, hear, after=heard)

    def arm(self, name: str, kind: str) -> None:
        """Crash the actor instead of handling its next message of this kind."""
        if not self._quiet:
            self._armed.setdefault(name, [])[:] = [kind]

    def be_quiet(self) -> None:
        """No more crashes."""
        self._quiet = True
        for armed in self._armed.values():
            armed.clear()

    def note(self, who: str, what: str) -> None:
        """Write down what is no message: an action, an end."""
        self.trace.append(Line(asyncio.get_running_loop().time(), who, what))

    def _crash(self, name: str, kind: str) -> None:
        if self._quiet:
            return
        self._armed[name].clear()
        self.crashes += 1
        self.trace.append(Line(self.trace[-1].at, name, f"crashed at {kind}"))
        raise InjectedCrash(f"{name} at {kind}")

    def _look(
        self, name: str, message: Any, state: ModelState, now: float
    ) -> tuple[object, ...] | None:
        """The breaker's counts before the result of an older generation is settled."""
        if isinstance(message, Acquire):
            entry = self._ledger.by_task.get(message.task.id)
            if entry is not None:
                entry.asked.add(name)
        if not isinstance(message, Settle):
            return None
        generation = state.breaker.snapshot(now).generation
        stale = message.permit.generation != generation
        return _counts(state, now) if stale else None

    def _check_stale(
        self, name: str, before: tuple[object, ...], after: tuple[object, ...]
    ) -> None:
        if before != after:
            self.violations.append(
                f"the breaker of {name} counted a result of an older generation: "
                f"{before} became {after}"
            )


def _counts(state: ModelState, now: float) -> tuple[object, ...]:
    found = state.breaker.snapshot(now)
    return (
        found.calls,
        found.failed,
        found.slow,
        found.failures_in_row,
        found.trials_passed,
        found.trials_failed,
        found.parked_for,
    )
