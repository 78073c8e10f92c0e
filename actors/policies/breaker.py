"""The circuit breaker: when a model is left alone, for how long, and what brings it back.

What may change the state, and nothing else:

    closed       -> open          a run, a rate or a slow rate of failures, an auth failure, trip()
    open         -> half_open     the wait is over (seen by the next call), probe_passed()
    half_open    -> closed        success_threshold trials passed
    half_open    -> open          a trial failed, trip()
    closed, open -> half_open     crashed() with unsound counts
    any          -> closed        reset()
    any          -> forced_open, disabled, metrics_only     the calls of these names

Every change starts a generation; results of older ones change nothing. Parking (the Retry-After of
a 429) rejects calls without changing the state.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ...config.breaker import CircuitBreakerConfig
from .breaker_events import (
    LEGAL_MOVES,
    BreakerSnapshot,
    CircuitStateChanged,
    IllegalTransitionError,
    Reason,
    State,
)
from .breaker_timer import OpenTimer
from .breaker_trials import Trials
from .classify import classify, retry_after_of
from .fault import Fault
from .permit import Permit, Rejection
from .window import SlidingWindow

_UNCOUNTED = frozenset({Fault.REQUEST, Fault.CONTENT_REFUSED, Fault.CANCELLED, Fault.NOT_ASKED})
_ADMITS_ALL = frozenset({State.DISABLED, State.METRICS_ONLY})
_NO_GENERATION = 0
_MOST_EVENTS = 100


class CircuitBreaker:
    """Decides for one model whether it may be called. `now` is always monotonic seconds.

    `permit_timeout` is when a trial that never came back is given up, `draws` gives a number in
    [0, 1) each time it opens.

    >>> breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    >>> permit = breaker.admit(0.0)
    >>> permit.failure(1.0, ConnectionError(), 1.0)
    True
    >>> breaker.admit(2.0)
    Rejection(retry_after=59.0, state=<State.OPEN: 'open'>)
    """

    __slots__ = (
        "_config",
        "_draws",
        "_events",
        "_failures_in_row",
        "_free",
        "_generation",
        "_parked_until",
        "_permit_timeout",
        "_slow_call",
        "_stamp",
        "_state",
        "_timer",
        "_trials",
        "_window",
    )

    def __init__(
        self,
        config: CircuitBreakerConfig,
        *,
        permit_timeout: float = 30.0,
        draws: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._permit_timeout = permit_timeout
        self._draws = draws
        self._events: list[CircuitStateChanged] = []
        self._generation = _NO_GENERATION
        self._use(config)
        self._forget()
        self._enter(State.CLOSED)

    def admit(self, now: float) -> Permit | Rejection:
        """A permit for one call, or how long to wait."""
        if self._free:
            return Permit(self, self._stamp)
        return self._admit_guarded(now)

    def admits(self, now: float) -> bool:
        """Whether `admit` would give a permit; changes nothing."""
        return self._free or self.retry_after(now) is None

    def retry_after(self, now: float) -> float | None:
        """Seconds to wait; None where a call is admitted now. Changes nothing."""
        if self._free:
            return None
        until = max(self._held_until(), self._parked_until)
        if now >= until:
            return None
        wait = until - now
        # Who waits for just this long must be admitted then, in spite of rounding.
        while now + wait < until:
            wait = math.nextafter(wait, math.inf)
        return wait

    def state(self, now: float) -> State:
        """The state at `now`; an open one whose wait is over is half-open. Changes nothing."""
        return State.HALF_OPEN if self._wait_is_over(now) else self._state

    def snapshot(self, now: float) -> BreakerSnapshot:
        """Everything there is to know, as a frozen record."""
        window, trials = self._window, self._trials
        window.drop_old(now)
        return BreakerSnapshot(
            state=self.state(now),
            generation=self._generation,
            retry_after=self.retry_after(now),
            parked_for=max(self._parked_until - now, 0.0),
            calls=window.calls,
            failed=window.failed,
            slow=window.slow,
            failure_rate=window.failed / window.calls if window.calls else 0.0,
            failures_in_row=self._failures_in_row,
            trials_out=trials.out(now) if trials else 0,
            trials_passed=trials.passed if trials else 0,
            trials_failed=self._timer.trials_failed,
        )

    def drain_events(self) -> tuple[CircuitStateChanged, ...]:
        """The transitions since the last time, oldest first; the newest 100 are kept."""
        if not self._events:
            return ()
        events, self._events = tuple(self._events), []
        return events

    def trip(self, now: float, reason: str) -> None:
        """Open it, or keep it open, for `recovery_timeout` at least; not in an operator's state."""
        self._catch_up(now)
        if self._state is State.OPEN:
            return self._timer.lengthen(now + self._config.recovery_timeout)
        self._require(State.OPEN)
        return self._open(now, reason)

    def reset(self, now: float) -> None:
        """Close it and forget everything: counts, parking, failed trials."""
        self._forget()
        self._go(State.CLOSED, now, Reason.OPERATOR)

    def force_open(self, now: float) -> None:
        """Reject everything until `reset`, `disable` or `metrics_only`."""
        self._set(State.FORCED_OPEN, now)

    def disable(self, now: float) -> None:
        """Admit everything and count nothing."""
        self._set(State.DISABLED, now)

    def metrics_only(self, now: float) -> None:
        """Admit everything, count, and never open."""
        self._set(State.METRICS_ONLY, now)

    def probe_passed(self, now: float) -> bool:
        """A passed health probe ends the wait of an open one; False where there was none to end.

        Parking goes on: health says nothing about a quota.
        """
        if self._state is not State.OPEN:
            return False
        self._move(State.HALF_OPEN, now, Reason.PROBE_PASSED)
        return True

    def park(self, now: float, retry_after: float) -> None:
        """Reject calls for `retry_after` seconds at least; the state stays what it is."""
        if retry_after > 0.0:
            self._parked_until = max(self._parked_until, now + retry_after)
            self._decide_free()

    def crashed(self, now: float) -> None:
        """The owner crashed: results under way no longer count.

        Sound counts are kept. Otherwise all is forgotten and it comes back half-open, unless an
        operator had set its state.
        """
        if self.is_sound():
            return self._enter(self._state)
        self._forget()
        ruled = self._state in (State.CLOSED, State.OPEN)
        return self._go(State.HALF_OPEN if ruled else self._state, now, Reason.CRASHED)

    def is_sound(self) -> bool:
        """Whether the counts agree with each other."""
        counts = self._failures_in_row >= 0 and not math.isnan(self._parked_until)
        return counts and self._timer.is_sound() and self._window.is_sound()

    def reconfigure(
        self, config: CircuitBreakerConfig, *, permit_timeout: float | None = None
    ) -> None:
        """Go on with other settings; the window is kept where its size and age are the same.

        The state and a wait under way stay; new thresholds are met by the next result.
        """
        self._permit_timeout = permit_timeout or self._permit_timeout
        self._use(config)
        if not self._window.has_shape(config.window, config.window_age):
            self._window = SlidingWindow(config.window, config.window_age)
        if self._trials:
            self._trials.limit = config.half_open_max_calls
            self._trials.timeout = self._permit_timeout

    def settle_success(self, permit: Permit, now: float, duration: float) -> bool:
        """For permits only: a call answered."""
        if permit.generation != self._generation:
            return False
        slow = duration >= self._slow_call
        if self._trials is not None:
            return self._settle_trial(permit, now, slow)
        self._failures_in_row = 0
        window = self._window
        window.add(now, False, slow)
        if window.failed or window.slow:
            self._judge(now, None)
        return True
