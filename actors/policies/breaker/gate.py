"""Which calls may pass a circuit breaker, by its state and the time.

This is where the state is kept and changed: `move` is the only way to another state, and it goes
along `LEGAL_MOVES` or raises. Why to move is decided in `breaker`.
"""

from __future__ import annotations

import math

from ....config.settings.breaker import MAX_PARKING, CircuitBreakerConfig
from ..chance import Draw
from ..parking import Parking
from .open_timer import OpenTimer
from .states import LEGAL_MOVES, CircuitStateChanged, IllegalTransitionError, Reason, State
from .trials import Trials

_ADMITS_ALL = frozenset({State.DISABLED, State.METRICS_ONLY})
NO_GENERATION = 0
_MOST_EVENTS = 100


class Gate:
    """The state, its generation, the waits, and the transitions not yet told.

    `free` says that every call passes at any time, `quiet` that besides there is nothing to
    tell, `stamp` is the generation that permits carry; `trials` exists while half-open only.
    """

    __slots__ = (
        "_config",
        "_draw",
        "_events",
        "_permit_timeout",
        "free",
        "generation",
        "moves",
        "parking",
        "quiet",
        "stamp",
        "state",
        "timer",
        "trials",
    )

    def __init__(
        self,
        config: CircuitBreakerConfig,
        permit_timeout: float,
        draw: Draw,
        max_parking: float = MAX_PARKING,
    ) -> None:
        self._config = config
        self.parking: Parking = Parking(max_parking)
        self._permit_timeout = permit_timeout
        self._draw = draw
        self._events: list[CircuitStateChanged] = []
        self.moves: dict[State, int] = {}
        """How often it has gone to each state."""
        self.generation: int = NO_GENERATION
        self.state: State = self.rest
        self.forget()
        self.restart()

    @property
    def rest(self) -> State:
        """The state without failures and without an operator."""
        return State.CLOSED if self._config.enabled else State.DISABLED

    def forget(self) -> None:
        """Forget parking and failed trials; `restart` or `move` has to follow."""
        self.timer: OpenTimer = OpenTimer()
        self.parking.end()

    def restart(self) -> None:
        """Start a generation in the same state; that is no transition."""
        state = self.state
        self.generation += 1
        # Results under a disabled breaker belong to no generation, so nothing counts them.
        self.stamp: int = NO_GENERATION if state is State.DISABLED else self.generation
        self.trials: Trials | None = (
            Trials(self._config.half_open_max_calls, self._permit_timeout)
            if state is State.HALF_OPEN
            else None
        )
        self._decide_free()

    def move(self, after: State, now: float, reason: str, open_for: float | None = None) -> None:
        """Go to another state, or raise `IllegalTransitionError` and change nothing."""
        self.require(after)
        before, self.state = self.state, after
        self.moves[after] = self.moves.get(after, 0) + 1
        self.restart()
        # An owner that never drains them shall not fill the memory with them.
        del self._events[: 1 - _MOST_EVENTS]
        self._events.append(
            CircuitStateChanged(before, after, now, reason, open_for, self.generation)
        )
        self.quiet: bool = False

    def move_unless_there(self, after: State, now: float, reason: Reason) -> None:
        """Go to another state; nothing happens where it is the present one."""
        if self.state is not after:
            self.move(after, now, reason)

    def move_or_restart(self, after: State, now: float, reason: str) -> None:
        """Go to another state, or start a generation where it is the present one."""
        if self.state is after:
            return self.restart()
        return self.move(after, now, reason)

    def require(self, after: State) -> None:
        """Raise where `after` cannot be next."""
        if after not in LEGAL_MOVES[self.state]:
            raise IllegalTransitionError(self.state, after)

    def open(self, now: float, reason: str, retry_after: float | None = None) -> None:
        """Open for as long as the timer says, and no shorter than `retry_after`.

        A `retry_after` beyond the bound of parking is cut to it.
        """
        self.require(State.OPEN)
        asked = min(retry_after or 0.0, self.parking.longest)
        open_for = self.timer.start(now, self._config, self._draw, asked)
        self.move(State.OPEN, now, reason, open_for)

    def catch_up(self, now: float) -> None:
        """Do what time alone does: end an open wait, end parking."""
        if self.wait_is_over(now):
            self.move(State.HALF_OPEN, now, Reason.WAIT_OVER)
        if now >= self.parking.until:
            self.parking.end()
            self._decide_free()

    def wait_is_over(self, now: float) -> bool:
        """Whether it is open and need not be any longer."""
        return self.state is State.OPEN and now >= self.timer.until

    def wait(self, now: float) -> float | None:
        """Seconds until a call may pass; None: now. A call that waits just as long may pass."""
        if self.free:
            return None
        until = max(self._held_until(), self.parking.until)
        if now >= until:
            return None
        wait = until - now
        while now + wait < until:  # rounded down
            wait = math.nextafter(wait, math.inf)
        return wait

    def park(self, now: float, seconds: float) -> None:
        """Let no call pass for so many seconds at least, within the bound; the state stays."""
        self.parking.lengthen(now, seconds)
        self._decide_free()

    def end_cut_parking(self, now: float) -> bool:
        """End a parking that is shorter than what was asked for; False where there is none."""
        if not self.parking.cut or now >= self.parking.until:
            return False
        self.end_parking()
        return True

    def end_parking(self) -> None:
        """Let calls pass again as the state has it."""
        self.parking.end()
        self._decide_free()

    def parked_for(self, now: float) -> float:
        """The remaining seconds of parking."""
        return self.parking.left(now)

    def drain_events(self) -> tuple[CircuitStateChanged, ...]:
        """The transitions not yet told, oldest first."""
        if not self._events:
            return ()
        events, self._events = tuple(self._events), []
        self.quiet = self.free
        return events

    def reconfigure(
        self,
        config: CircuitBreakerConfig,
        permit_timeout: float | None,
        max_parking: float | None,
    ) -> None:
        """Go on with other settings; the state and the waits under way stay."""
        self._config = config
        self.parking.longest = max_parking or self.parking.longest
        self._permit_timeout = permit_timeout or self._permit_timeout
        if self.trials is not None:
            self.trials.limit = config.half_open_max_calls

    def is_sound(self) -> bool:
        """Whether its numbers can be what they are."""
        return self.timer.is_sound() and not math.isnan(self.parking.until)

    def _held_until(self) -> float:
        """Until when the state itself lets no call pass."""
        if self.trials is not None:
            return self.trials.free_at()
        if self.state is State.OPEN:
            return self.timer.until
        return math.inf if self.state is State.FORCED_OPEN else -math.inf

    def _decide_free(self) -> None:
        closed = self.state is State.CLOSED and self.parking.until == -math.inf
        self.free: bool = closed or self.state in _ADMITS_ALL
        self.quiet = self.free and not self._events
