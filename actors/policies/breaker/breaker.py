"""The circuit breaker: when a model is not called, for how long, and what brings it back.

What may change the state, and nothing else:

    closed       -> open          a run, a rate or a slow rate of failures, an auth failure, trip()
    open         -> half_open     the wait is over (seen by the next call), probe_passed()
    half_open    -> closed        success_threshold trials passed
    half_open    -> open          a trial failed or was slow, trip()
    closed, open -> half_open     crashed() with unsound counts
    any          -> closed        reset(); disabled where the settings turn it off
    any          -> forced_open, disabled, metrics_only     the calls of these names

Every change starts a generation; results of older ones change nothing. Parking (the Retry-After of
a 429) rejects calls without changing the state; it never lasts longer than `max_parking`.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

from ....config.settings.breaker import MAX_PARKING, CircuitBreakerConfig
from ..chance import Draw
from ..outcomes.classify import classify, retry_after_of
from ..outcomes.fault import UNCOUNTED, Fault
from ..records import new
from .gate import NO_GENERATION, Gate
from .permit import Permit, Rejection
from .states import BreakerSnapshot, CircuitStateChanged, Reason, State
from .tally import Tally
from .trials import Trials

P = TypeVar("P", bound=Permit)
_bare = object.__new__


def _no_jitter() -> float:
    return 0.0


class CircuitBreaker:
    """Decides for one model whether it may be called. `now` is always monotonic seconds.

    `permit_timeout` is when a trial that never came back is given up, `draw` gives a number in
    [0, 1) each time it opens, `max_parking` bounds what a Retry-After and `park` ask for.

    >>> breaker = CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    >>> permit = breaker.admit(0.0)
    >>> permit.failure(1.0, ConnectionError(), 1.0)
    True
    >>> breaker.admit(2.0)
    Rejection(retry_after=59.0, state=<State.OPEN: 'open'>)
    """

    __slots__ = ("_config", "_tally", "gate")

    def __init__(
        self,
        config: CircuitBreakerConfig,
        *,
        permit_timeout: float = 30.0,
        draw: Draw = _no_jitter,
        max_parking: float = MAX_PARKING,
    ) -> None:
        self._config = config
        self.gate: Gate = Gate(config, permit_timeout, draw, max_parking)
        """The state itself. `gate.quiet`: every call passes, and `drain_events` would be empty."""
        self._tally = Tally(config)

    @overload
    def admit(self, now: float) -> Permit | Rejection: ...
    @overload
    def admit(self, now: float, make: type[P], timeout: float | None = None) -> P | Rejection: ...
    def admit(self, now: float, make: type[Any] = Permit, timeout: float | None = None) -> Any:
        """A permit for one call, or how long to wait. `make` is the class of permits to give.

        `timeout` takes the place of `permit_timeout` for a call that may last longer.
        """
        gate = self.gate
        if gate.free:
            permit = _bare(make)  # a constructor in Python would double what this costs
            permit.issuer, permit.generation, permit.settled = self, gate.stamp, False
            return permit
        gate.catch_up(now)
        wait = gate.wait(now)
        if wait is not None:
            return new(Rejection, (wait, gate.state))
        permit = make(self, gate.stamp)
        if gate.trials is not None:
            gate.trials.enter(permit, now, timeout)
        return permit

    @overload
    def uncounted(self) -> Permit: ...
    @overload
    def uncounted(self, make: type[P]) -> P: ...
    def uncounted(self, make: type[Any] = Permit) -> Any:
        """A permit past any state, whose result will change nothing."""
        return make(self, NO_GENERATION)

    def admits(self, now: float) -> bool:
        """Whether `admit` would give a permit; changes nothing."""
        return self.gate.free or self.gate.wait(now) is None

    def retry_after(self, now: float) -> float | None:
        """Seconds to wait; None where a call is admitted now. Changes nothing."""
        return self.gate.wait(now)

    def state(self, now: float) -> State:
        """The state at `now`: open is half-open once its wait is over. Changes nothing."""
        return State.HALF_OPEN if self.gate.wait_is_over(now) else self.gate.state

    def snapshot(self, now: float) -> BreakerSnapshot:
        """Everything there is to know, as a frozen record."""
        gate, trials, window = self.gate, self.gate.trials, self._tally.window
        window.drop_old(now)
        return BreakerSnapshot(
            state=self.state(now),
            generation=gate.generation,
            retry_after=gate.wait(now),
            parked_for=gate.parked_for(now),
            calls=window.calls,
            failed=window.failed,
            slow=window.slow,
            failure_rate=window.failed / window.calls if window.calls else 0.0,
            failures_in_row=self._tally.failures_in_row,
            trials_out=trials.out(now) if trials is not None else 0,
            trials_passed=trials.passed if trials is not None else 0,
            trials_failed=gate.timer.trials_failed,
        )

    def drain_events(self) -> tuple[CircuitStateChanged, ...]:
        """The transitions since the last time, oldest first; the newest 100 are kept."""
        return self.gate.drain_events()

    def trip(self, now: float, reason: str) -> None:
        """Open it, or keep it open, for `recovery_timeout` at least.

        Raises `IllegalTransitionError` in a state that an operator had set.
        """
        self.gate.catch_up(now)
        if self.gate.state is State.OPEN:
            return self.gate.timer.lengthen(now + self._config.recovery_timeout)
        return self.gate.open(now, reason)

    def reset(self, now: float) -> None:
        """Close it and forget everything: counts, parking, failed trials.

        One that is off by its settings stays so.
        """
        self._forget()
        self.gate.move_or_restart(self.gate.rest, now, Reason.OPERATOR)

    def force_open(self, now: float) -> None:
        """Reject everything until `reset`, `disable` or `metrics_only`."""
        self.gate.move_unless_there(State.FORCED_OPEN, now, Reason.OPERATOR)

    def disable(self, now: float) -> None:
        """Admit everything and count nothing."""
        self.gate.move_unless_there(State.DISABLED, now, Reason.OPERATOR)

    def metrics_only(self, now: float) -> None:
        """Admit everything, count, and never open."""
        self.gate.move_unless_there(State.METRICS_ONLY, now, Reason.OPERATOR)

    def probe_passed(self, now: float, *, asked: bool = False) -> bool:
        """A passed health probe ends the wait of an open breaker; False where it ended nothing.

        After failed trials, which have shown what a probe cannot see, it is heard later, unless it
        was `asked` for. Health says nothing of a quota: of parkings only those that were cut end.
        """
        ended = self.gate.end_cut_parking(now)
        heeded = asked or self.gate.timer.heeds_probe(now, self._config)
        if self.gate.state is State.OPEN and heeded:
            self.gate.move(State.HALF_OPEN, now, Reason.PROBE_PASSED)
            return True
        return ended

    def park(self, now: float, retry_after: float) -> None:
        """Reject calls for `retry_after` seconds at least; the state stays what it is.

        It ends `max_parking` after its begin, however often it is lengthened.
        """
        if retry_after > 0.0:
            self.gate.park(now, retry_after)

    def end_parking(self) -> None:
        """The provider that asked for it is not asked any more."""
        self.gate.end_parking()

    def crashed(self, now: float) -> None:
        """The owner crashed: results under way no longer count.

        Sound counts are kept. Otherwise all is forgotten and it comes back half-open, unless an
        operator had set its state.
        """
        gate = self.gate
        if self.is_sound():
            return gate.restart()
        self._forget()
        ruled = gate.state in (State.CLOSED, State.OPEN)
        return gate.move_or_restart(State.HALF_OPEN if ruled else gate.state, now, Reason.CRASHED)

    def is_sound(self) -> bool:
        """Whether the counts agree with each other."""
        return self.gate.is_sound() and self._tally.is_sound()

    def reconfigure(
        self,
        config: CircuitBreakerConfig,
        *,
        permit_timeout: float | None = None,
        max_parking: float | None = None,
    ) -> None:
        """Go on with other settings; the window is kept where its size and age are the same.

        The state and a wait under way stay; new thresholds are met by the next result. Where the
        settings turn it on or off, `reset` has to follow.
        """
        self._config = config
        self.gate.reconfigure(config, permit_timeout, max_parking)
        self._tally.reconfigure(config)

    def settle_success(self, permit: Permit, now: float, duration: float) -> bool:
        """For permits only: a call answered."""
        gate = self.gate
        if permit.generation != gate.generation:
            return False
        if gate.trials is not None:
            return self._settle_trial(gate.trials, permit, now, duration)
        reason = self._tally.success(now, duration)
        if reason is not None:
            self._open_if_ruled(now, reason, None)
        return True

    def settle_failure(
        self,
        permit: Permit,
        now: float,
        error: BaseException,
        duration: float,
        fault: Fault | None,
        retry_after: float | None = None,
    ) -> bool:
        """For permits only: a call failed."""
        gate = self.gate
        if permit.generation != gate.generation:
            return False
        fault = fault or classify(error)
        if fault in UNCOUNTED:
            return self.settle_ignored(permit, now)
        if gate.trials is not None and not gate.trials.leave(permit, now):
            return False
        asked = retry_after_of(error) if retry_after is None else retry_after
        if fault is Fault.RATE_LIMITED:
            self.park(now, asked or 0.0)
        reason = self._count(fault, now, duration)
        if reason is not None:
            self._open_if_ruled(now, reason, asked)
        return True

    def settle_ignored(self, permit: Permit, now: float) -> bool:
        """For permits only: a call that says nothing; its place is free again."""
        if self.gate.trials is not None and permit.generation == self.gate.generation:
            self.gate.trials.leave(permit, now)
        return False

    def _settle_trial(self, trials: Trials, permit: Permit, now: float, duration: float) -> bool:
        if not trials.leave(permit, now):
            return False
        # Slowness may be why it opened: a slow trial does not show that the model is well again.
        if self._tally.is_slow(duration):
            self.gate.timer.trial_failed()
            self.gate.open(now, Reason.TRIAL_SLOW)
            return True
        trials.passed += 1
        if trials.passed >= self._config.success_threshold:
            self._tally.clear()
            self.gate.timer.closed(now)
            self.gate.move(State.CLOSED, now, Reason.TRIALS_PASSED)
        return True

    def _count(self, fault: Fault, now: float, duration: float) -> Reason | None:
        """Count a failure; the answer is why to open now, if there is a reason."""
        reason: Reason | None
        if self.gate.trials is not None:
            self.gate.timer.trial_failed()
            reason = Reason.TRIAL_FAILED
        elif fault is Fault.RATE_LIMITED:
            reason = self._tally.rate_limited(now, duration)
        else:
            reason = self._tally.failure(now, duration)
        return Reason.UNAUTHORIZED if fault is Fault.UNAUTHORIZED else reason

    def _open_if_ruled(self, now: float, reason: Reason, retry_after: float | None) -> None:
        if self.gate.state is not State.METRICS_ONLY:
            self.gate.open(now, reason, retry_after)

    def _forget(self) -> None:
        self.gate.forget()
        self._tally = Tally(self._config)
