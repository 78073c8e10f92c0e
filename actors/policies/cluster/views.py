"""A breaker that another process owns, as seen from here: which view is newer, and what follows.

Adopting a view moves the own breaker along its legal moves, so that routing, events and waits are
those of today. It only ever makes the own breaker stricter than it was, but for three cases: the
owner's breaker was shut and closes, an operator has ruled, or a trial was granted.
"""

from __future__ import annotations

from dataclasses import replace

from ..breaker.breaker import CircuitBreaker
from ..breaker.states import Reason, State
from .records import View

NO_ANSWER = float("-inf")
"""In place of the time of an exchange, for a view that the owners have pushed."""
_SHUT = frozenset({State.OPEN, State.HALF_OPEN, State.FORCED_OPEN})
_STRICTNESS = {
    State.DISABLED: 1,
    State.METRICS_ONLY: 2,
    State.CLOSED: 3,
    State.HALF_OPEN: 4,
    State.OPEN: 5,
    State.FORCED_OPEN: 6,
}


class Sight:
    """The newest view that a peer has. An epoch that was left never comes back."""

    __slots__ = ("_epochs_left", "_since", "parked_until", "view")

    def __init__(self) -> None:
        self.view: View | None = None
        self._since = 0.0
        self.parked_until: float = float("-inf")
        """The end of the parking that a view has asked for."""
        self._epochs_left: set[int] = set()

    def is_new(self, view: View) -> bool:
        """Whether this view is newer than the one at hand."""
        known = self.view
        if known is None:
            return True
        if view.epoch != known.epoch:
            return view.epoch not in self._epochs_left
        return view.stamp >= known.stamp

    def adopt(
        self, view: View, breaker: CircuitBreaker, now: float, sent_at: float = NO_ANSWER
    ) -> bool:
        """Follow a view that has just come; whether it is another one than before.

        `sent_at` is when the peer has told its owner what it knows, if this is the answer to that:
        a view that is pushed does not say what the owners have heard.
        """
        if not self.is_new(view) or self._knows_better(view, sent_at, now):
            return False
        before, self.view, self._since = self.view, view, now
        if before is not None and before.epoch != view.epoch:
            self._epochs_left.add(before.epoch)
        moved = before is None or (before.epoch, before.stamp) != (view.epoch, view.stamp)
        if moved:
            _follow(before, view, breaker, now)
        if view.parked > 0.0:
            breaker.park(now, view.parked)
            self.parked_until = max(self.parked_until, now + view.parked)
        return moved

    def _knows_better(self, view: View, sent_at: float, now: float) -> bool:
        """Whether new owners have yet to hear that the breaker is open, by the next claim."""
        known = self.view
        if known is None or known.epoch == view.epoch:
            return False
        closes = view.state is State.CLOSED and view.reason != Reason.OPERATOR
        return closes and self._since > sent_at and self.waits(now) > 0.0

    def at(self, now: float) -> View | None:
        """The view with the time that has passed since subtracted."""
        if self.view is None:
            return None
        gone = now - self._since
        seconds, parked = max(0.0, self.view.seconds - gone), max(0.0, self.view.parked - gone)
        return replace(self.view, seconds=seconds, parked=parked)

    def is_shut(self) -> bool:
        """Whether a call needs a trial from the owner."""
        return self.view is not None and self.view.state in _SHUT

    def waits(self, now: float) -> float:
        """Seconds until the owner may grant a trial, for a view that is shut."""
        view = self.view
        if view is None or view.state is State.HALF_OPEN:
            return 0.0
        return max(0.0, view.seconds - (now - self._since))

    def own_parking(self, breaker: CircuitBreaker, now: float) -> float:
        """Seconds of parking that no view has asked for: news for the owner."""
        until = breaker.gate.parking.until
        return max(0.0, until - now) if until > self.parked_until + 1e-6 else 0.0


def view_of(breaker: CircuitBreaker, epoch: int, stamp: int, reason: str, now: float) -> View:
    """An owner's view of its breaker."""
    gate, state = breaker.gate, breaker.state(now)
    shut = gate.timer.until - now if gate.state is State.OPEN else 0.0
    seconds = float("inf") if state is State.FORCED_OPEN else max(0.0, shut)
    parked = gate.parked_for(now)
    return View(epoch, gate.generation, stamp, state, seconds, parked, reason)


def claim_is_stricter(view: View, than: View | None) -> bool:
    """Whether a new owner has to adopt this claim of a peer, having adopted that one."""
    if than is None or _STRICTNESS[view.state] != _STRICTNESS[than.state]:
        return than is None or _STRICTNESS[view.state] > _STRICTNESS[than.state]
    return view.seconds > than.seconds


def open_for(breaker: CircuitBreaker, seconds: float, reason: str, now: float) -> None:
    """Open it for so many seconds, in whatever state it is; one that is open waits no shorter."""
    gate = breaker.gate
    until = now + seconds
    if gate.state in (State.DISABLED, State.METRICS_ONLY, State.FORCED_OPEN):
        gate.move(gate.rest if gate.rest is not gate.state else State.CLOSED, now, reason)
    if gate.state is State.OPEN:
        gate.timer.lengthen(until)
        return
    gate.catch_up(now)
    gate.require(State.OPEN)
    gate.timer.until, gate.timer.open_for = until, seconds
    gate.move(State.OPEN, now, reason, seconds)


def claimed(view: View, breaker: CircuitBreaker, now: float) -> None:
    """A new owner takes over the breaker as a peer has seen it."""
    match view.state:
        case State.OPEN | State.HALF_OPEN:
            open_for(breaker, view.seconds, view.reason, now)
        case State.FORCED_OPEN:
            breaker.force_open(now)
        case State.DISABLED:
            breaker.disable(now)
        case State.METRICS_ONLY:
            breaker.metrics_only(now)
        case State.CLOSED:
            pass


def _follow(before: View | None, view: View, breaker: CircuitBreaker, now: float) -> None:
    match view.state:
        case State.OPEN:
            open_for(breaker, view.seconds, view.reason, now)
        case State.HALF_OPEN if breaker.gate.state not in _SHUT:
            open_for(breaker, 0.0, view.reason, now)
        case State.FORCED_OPEN:
            breaker.force_open(now)
        case State.DISABLED:
            breaker.disable(now)
        case State.METRICS_ONLY:
            breaker.metrics_only(now)
        case State.CLOSED:
            ruled = before is not None and view.reason == Reason.OPERATOR
            if ruled or (before is not None and before.state is not State.CLOSED):
                parked = 0.0 if ruled else breaker.gate.parked_for(now)
                breaker.reset(now, view.reason)
                breaker.park(now, parked)  # the owner may not have heard of it yet
        case _:
            pass
