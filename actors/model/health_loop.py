"""A model's own clock for probes: it asks its executor how it is, now and then."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from math import inf

from ..calls.bounded_call import BoundedCall, LimitReached, ended_from_outside
from ..calls.scope import call_scope
from ..engine.future import Promise
from ..engine.reference import AnyRef
from ..executor import Probe
from ..fleet_messages import Probed, ProbeDue
from ..policies.breaker.states import State
from ..policies.health.status import ModelStatus
from ..policies.outcomes.errors import ModelTimeoutError, ModelUnavailableError
from ..policies.outcomes.foreign_text import described
from .state import ModelState

_OUT = frozenset({State.OPEN, State.HALF_OPEN})


class HealthLoop:
    """Sets the timer, starts the probes and takes in what they found. No probe, no timer."""

    __slots__ = ("_ref", "_state")

    def __init__(self, state: ModelState, ref: AnyRef) -> None:
        self._state = state
        self._ref = ref

    def schedule(self, now: float, elapsed: float = 0.0) -> None:
        """Set the timer for the next probe, in place of the timer that was set.

        `elapsed` is what a probe has taken that has just come back.
        """
        state = self._state
        self.stop()
        if not state.config.health_check.enabled or state.probe is None or state.withdrawn:
            return
        troubled, out = self._is_troubled(now), state.breaker.state(now) in _OUT
        wait = state.health.next_probe(now, state.draw, troubled=troubled, out=out, elapsed=elapsed)
        state.probe_timer = self._ref.after(wait, ProbeDue())

    def stop(self) -> None:
        """Take the timer back."""
        if self._state.probe_timer is not None:
            self._state.probe_timer.cancel()
            self._state.probe_timer = None

    def due(self, now: float) -> None:
        """The timer rang: probe, unless traffic has proved the health in the meantime."""
        state = self._state
        state.probe_timer = None
        if state.health.probe_due(now) or self._is_troubled(now):
            self.start_probe()
        else:
            self.schedule(now)

    def start_probe(self) -> None:
        """Run one probe in a task of the engine, unless one runs."""
        state = self._state
        check = state.probe
        if state.probing or check is None:
            return
        state.probing = True
        limit = state.config.health_check.timeout
        work = probe(check, limit, self._ref, tries=state.health.tries, pause=state.health.pause)
        self._ref.engine.spawn(work, name=f"probe {state.config.id}")

    def outdated(self, now: float) -> None:
        """A probe is back that asked an executor which has been replaced: ask the new one."""
        state = self._state
        state.probing = False
        if state.checks and state.probe is not None:
            self.start_probe()
        else:
            self.tell_checked(state.status(now))
            self.schedule(now)

    def probed(self, now: float, duration: float, error: BaseException | None) -> None:
        """A probe is back. A probe that passed ends the wait of an open breaker, in time.

        Unless the account was refused: that the server is there says nothing about a key, and the
        next task would be spent on it. A check that was asked for counts all the same.
        """
        state = self._state
        state.probing = False
        state.health.last_check_at = datetime.now(UTC)
        state.health.last_error = None if error is None else described(error)
        if error is None:
            state.health.probe_passed(now, duration)
            if state.checks or not state.account_refused:
                state.breaker.probe_passed(now, asked=bool(state.checks))
        else:
            state.health.probe_failed(now)
        self.schedule(now, duration)

    def check(self) -> Promise[ModelStatus] | None:
        """Probe now; the status later, None where there is nothing to probe."""
        if self._state.probe is None:
            return None
        later: Promise[ModelStatus] = Promise()
        self._state.checks.append(later)
        self.start_probe()
        return later

    def _is_troubled(self, now: float) -> bool:
        """Whether a passed probe would end an open breaker's wait."""
        state = self._state
        if state.health.status is ModelStatus.MAINTENANCE:
            return False
        return state.breaker.state(now) is State.OPEN

    def tell_checked(self, status: ModelStatus) -> None:
        """Answer every caller that asked for a probe."""
        checks, self._state.checks = self._state.checks, []
        for later in checks:
            later.set(status)


_GRACE = 1.0


async def probe(
    check: Probe, limit: float, model: AnyRef, *, tries: int = 1, pause: float = 0.0
) -> None:
    """Run `check` until it passes, at most so many times; each try has `limit` seconds.

    A model that has gone in the meantime need not know.
    """
    engine = model.engine
    while True:
        started = engine.now()
        error = await _try(check, started + limit, limit)
        tries -= 1
        if error is None or tries <= 0 or model.is_dead():
            break
        await asyncio.sleep(pause)
    if not model.is_dead():
        model.send(Probed(check, engine.now() - started, error))


async def _try(check: Probe, until: float, limit: float) -> BaseException | None:
    """Why a check did not pass: it raised, answered False or took too long."""
    # A probe has a task and a scope of its own, and no deadline but its limit.
    scope = (inf, None)
    call_scope.set(scope)
    error: BaseException | None = None
    try:
        if await BoundedCall(check(), until, _GRACE, scope=scope) is False:
            error = ModelUnavailableError("the health check answered False")
    except LimitReached:
        error = ModelTimeoutError("the health check took too long", kind="attempt", limit=limit)
    except BaseException as raised:  # a SystemExit of the user's check would end the loop
        if ended_from_outside(raised):
            raise
        error = raised
    return error
