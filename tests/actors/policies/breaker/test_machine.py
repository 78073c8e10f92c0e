"""Whatever happens to a circuit breaker in whatever order, its promises hold.

A jump of the wall clock needs no test of its own: no clock is ever read, only `now` counts, and the
machine lets it pass at will.
"""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.permit import Permit, PermitSettledError, Rejection
from hive_resilience.actors.policies.breaker.states import (
    LEGAL_MOVES,
    CircuitStateChanged,
    IllegalTransitionError,
    State,
)
from hive_resilience.config import CircuitBreakerConfig

from ..chance import always
from .breaker_kit import BROKEN, UNAUTHORIZED, AskedToWait, limited

PERMIT_TIMEOUT = 30.0
CONFIGS = st.builds(
    CircuitBreakerConfig,
    failure_threshold=st.integers(1, 4),
    window=st.integers(4, 8),
    min_calls=st.integers(1, 4),
    slow_call=st.sampled_from([None, 5.0]),
    half_open_max_calls=st.integers(1, 3),
    success_threshold=st.integers(1, 3),
)
ERRORS = st.sampled_from(
    [BROKEN, UNAUTHORIZED, limited(), limited(7.0), AskedToWait(500.0), asyncio.CancelledError()]
)


STEPS = st.one_of(st.sampled_from([0.0, 1.0, 30.0, 60.0, 301.0]), st.floats(0, 400))
OPERATOR = {
    "reset": State.CLOSED,
    "force_open": State.FORCED_OPEN,
    "disable": State.DISABLED,
    "metrics_only": State.METRICS_ONLY,
}


class BreakerMachine(RuleBasedStateMachine):
    """A breaker, the permits it gave, and the state that its events tell."""

    @initialize(
        config=CONFIGS,
        draw=st.floats(0, 1, exclude_max=True),
        max_parking=st.sampled_from([90.0, 3600.0]),
    )
    def begin(self, config: CircuitBreakerConfig, draw: float, max_parking: float) -> None:
        self.config = config
        self.max_parking = max_parking
        self.parked_since: float | None = None
        self.breaker = CircuitBreaker(
            config,
            permit_timeout=PERMIT_TIMEOUT,
            draw=always(draw),
            max_parking=max_parking,
        )
        self.now = 1000.0
        self.told = State.CLOSED
        self.generation = 1
        self.permits: list[Permit] = []
        self.issued: dict[Permit, float] = {}

    @rule(step=STEPS)
    def time_passes(self, step: float) -> None:
        self.now += step

    @rule()
    def the_wait_ends(self) -> None:
        wait = self.breaker.retry_after(self.now) or 0.0
        self.now += wait if wait < math.inf else 0.0

    @rule(results=st.lists(st.sampled_from([None, None, None, BROKEN, limited()]), max_size=9))
    def calls_come_one_by_one(self, results: list[Exception | None]) -> None:
        for error in results:
            self.a_call_asks()
            if error is None and self.permits:
                self.a_call_answers(len(self.permits) - 1, 0.1)
            elif error is not None and self.permits:
                self.a_call_fails(len(self.permits) - 1, error)

    @rule()
    def a_call_asks(self) -> None:
        expected, wait = self.breaker.admits(self.now), self.breaker.retry_after(self.now)
        answer = self.breaker.admit(self.now)
        assert isinstance(answer, Permit) is expected is (wait is None)
        if isinstance(answer, Permit):
            self.permits.append(answer)
            self.issued[answer] = self.now
            return
        assert answer == Rejection(wait or 0.0, self.breaker.state(self.now))
        assert answer.retry_after > 0.0

    @precondition(lambda self: self.permits)
    @rule(pick=st.integers(0), duration=st.sampled_from([0.1, 9.0]))
    def a_call_answers(self, pick: int, duration: float) -> None:
        permit = self.permits.pop(pick % len(self.permits))
        self.settled(permit, lambda: permit.success(self.now, duration))

    @precondition(lambda self: self.permits)
    @rule(pick=st.integers(0), error=ERRORS)
    def a_call_fails(self, pick: int, error: BaseException) -> None:
        permit = self.permits.pop(pick % len(self.permits))
        state, waits = self.breaker.state(self.now), self.open_wait()
        self.settled(permit, lambda: permit.failure(self.now, error, 0.1))
        opened = [event.open_for for event in self.read_events() if event.after is State.OPEN]
        if opened:
            asked = min(getattr(error, "retry_after", None) or 0.0, self.max_parking)
            least = max(self.config.recovery_timeout, asked)
            assert opened[0] is not None
            assert opened[0] >= least
        # A trial that says nothing gives its place back, and only that makes a wait shorter.
        assert self.open_wait() >= waits or state is State.HALF_OPEN

    @precondition(lambda self: self.permits)
    @rule(pick=st.integers(0))
    def a_call_says_nothing(self, pick: int) -> None:
        permit = self.permits.pop(pick % len(self.permits))
        self.settled(permit, lambda: permit.ignore(self.now))

    @precondition(lambda self: self.breaker.state(self.now) in OPERATOR.values())
    @rule()
    def it_is_reset(self) -> None:
        self.an_operator_steps_in("reset")

    @rule(config=CONFIGS)
    def its_thresholds_change(self, config: CircuitBreakerConfig) -> None:
        kept = {"half_open_max_calls", "success_threshold"}
        self.config = config.model_copy(update=self.config.model_dump(include=kept))
        self.breaker.reconfigure(self.config)

    @rule(name=st.sampled_from(sorted(OPERATOR)))
    def an_operator_steps_in(self, name: str) -> None:
        getattr(self.breaker, name)(self.now)
        assert self.breaker.state(self.now) is OPERATOR[name]

    @rule()
    def an_operator_trips_it(self) -> None:
        before = self.breaker.snapshot(self.now)
        if State.OPEN in LEGAL_MOVES[before.state] or before.state is State.OPEN:
            self.breaker.trip(self.now, "test")
            assert self.open_wait() >= self.config.recovery_timeout * 0.999
            return
        with pytest.raises(IllegalTransitionError):
            self.breaker.trip(self.now, "test")
        assert self.breaker.snapshot(self.now) == before

    @rule(retry_after=st.floats(-5, 500))
    def the_model_is_parked(self, retry_after: float) -> None:
        state, wait = self.breaker.state(self.now), self.breaker.retry_after(self.now)
        self.breaker.park(self.now, retry_after)
        assert self.breaker.state(self.now) is state
        assert (self.breaker.retry_after(self.now) or 0.0) >= (wait or 0.0)

    @rule()
    def a_probe_passes(self) -> None:
        self.breaker.probe_passed(self.now)

    @rule(sound=st.booleans())
    def its_owner_crashes(self, sound: bool) -> None:
        before = self.breaker.state(self.now)
        if not sound:
            self.breaker._tally.failures_in_row = -1
        self.breaker.crashed(self.now)
        after = self.breaker.state(self.now)
        ruled = before in (State.CLOSED, State.OPEN, State.HALF_OPEN)
        assert after is (State.HALF_OPEN if ruled and not sound else before)

    @precondition(lambda self: self.breaker.state(self.now) is State.HALF_OPEN)
    @rule()
    def half_open_never_gets_stuck(self) -> None:
        wait = self.breaker.retry_after(self.now) or 0.0
        assert wait <= max(PERMIT_TIMEOUT, self.breaker.snapshot(self.now).parked_for) * 1.001
        self.now += wait
        assert self.breaker.admits(self.now)

    @invariant()
    def counts_agree_and_are_never_negative(self) -> None:
        seen = self.breaker.snapshot(self.now)
        assert self.breaker.is_sound()
        assert 0 <= seen.failed <= seen.calls <= self.config.window
        assert 0 <= seen.slow <= seen.calls
        assert min(seen.failures_in_row, seen.trials_passed, seen.trials_failed) >= 0
        assert 0.0 <= seen.failure_rate <= 1.0

    @invariant()
    def half_open_never_holds_more_than_its_limit(self) -> None:
        seen = self.breaker.snapshot(self.now)
        assert 0 <= seen.trials_out <= self.config.half_open_max_calls
        if seen.state is State.HALF_OPEN:
            assert seen.trials_out == sum(self.is_current(permit) for permit in self.permits)
            assert seen.trials_passed < self.config.success_threshold

    @invariant()
    def no_parking_lasts_longer_than_its_bound(self) -> None:
        parked = self.breaker.snapshot(self.now).parked_for
        if not parked:
            self.parked_since = None
            return
        if self.parked_since is None:
            self.parked_since = self.now
        assert self.now + parked <= (self.parked_since + self.max_parking) * 1.000_001

    @invariant()
    def events_tell_every_transition_along_legal_edges(self) -> None:
        self.read_events()
        due = (State.OPEN, State.HALF_OPEN)
        state = self.breaker.state(self.now)
        assert state is self.told or (self.told, state) == due

    def is_current(self, permit: Permit) -> bool:
        current = permit.generation == self.breaker.snapshot(self.now).generation
        return current and self.issued[permit] + PERMIT_TIMEOUT > self.now

    def open_wait(self) -> float:
        return self.breaker.retry_after(self.now) or 0.0

    def settled(self, permit: Permit, settle: object) -> None:
        """Settle it, then see that a stale result changed nothing and that it settles once."""
        assert callable(settle)
        before = self.breaker.snapshot(self.now)
        stale = permit.generation != before.generation
        trial_lost = before.state is State.HALF_OPEN and not self.is_current(permit)
        counted = settle()
        after = self.breaker.snapshot(self.now)
        if stale or trial_lost:
            assert not counted
            assert after == before
        with pytest.raises(PermitSettledError):
            permit.success(self.now)
        with pytest.raises(PermitSettledError):
            permit.failure(self.now, BROKEN)
        with pytest.raises(PermitSettledError):
            permit.ignore(self.now)
        assert self.breaker.snapshot(self.now) == after

    def read_events(self) -> tuple[CircuitStateChanged, ...]:
        events = self.breaker.drain_events()
        for event in events:
            assert event.before is self.told
            assert event.after in LEGAL_MOVES[event.before]
            assert event.generation > self.generation
            assert event.at <= self.now
            assert (event.open_for is not None) is (event.after is State.OPEN)
            self.told, self.generation = event.after, event.generation
        return events


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
