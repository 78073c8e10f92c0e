"""One model as a peer has it: its share, its view of the breaker, its news for the owner.

A call starts only where the share, the view and the model's own policies all let it: the fleet
makes a peer stricter than it is by itself, never laxer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from ....config.settings.distribution.cluster import Alone
from ..breaker.breaker import CircuitBreaker
from .news import News
from .rates import PeerRate
from .records import IGNORED, SUCCESS, Limits, Report, Run, ShareGiven, TrialEnd
from .share import Share, part_alone, wanted
from .views import Sight


class Barred(Enum):
    """Why the fleet lets no call start."""

    VIEW = "view"
    """The owner's breaker is shut, and this peer has no trial."""
    PLACES = "places"
    RATE = "rate"


class Stamp(NamedTuple):
    """Under which view a call has started, and as which trial."""

    epoch: int
    generation: int
    trial: str | None = None


class _Granted(NamedTuple):
    """A trial at hand: until when a call may start as it, and under which views."""

    until: float
    epoch: int
    generation: int


@dataclass(slots=True)
class Scope:
    """What of a model the fleet shares; the rest is each process's own."""

    places: bool = True
    rates: bool = True
    breaker: bool = True


class SharedModel:
    """A peer's part of one model. `now` is monotonic seconds on the peer's clock."""

    def __init__(
        self, model: str, limits: Limits, *, alone: Alone, share_time: float, scope: Scope
    ) -> None:
        self.model: str = model
        self.limits: Limits = limits
        self.alone: Alone = alone
        self.share_time: float = share_time
        self.scope: Scope = scope
        self.share: Share = Share()
        self.sight: Sight = Sight()
        self.news: News = News()
        self.ends: list[TrialEnd] = []
        self.peers: int = 1
        """How many peers there were last."""
        self.short: int = 0
        """Calls that have found no place since the last report."""
        self.is_out: bool = False
        """Whether a call has found a rate used up since the last report."""
        self._in_line = 0
        self.is_asking: bool = False
        """Whether a call could start if there were a trial."""
        self.may_probe: bool = True
        """Whether it is this peer that probes the model for the fleet."""
        self.probe_passed: bool = False
        self.differ: bool = False
        self.plain_until: float = float("-inf")
        """Until when a call needs to ask for nothing but a place; see `prepare`."""
        self.plain: Stamp = Stamp(0, 0)
        """What such a call is stamped with."""
        self.plain_success: Run | None = None
        """The news of its success; None: that is not plain."""
        self._limit = limits.places
        self._waiting: dict[str, _Granted] = {}
        self._running: set[str] = set()
        self._rates: dict[str, PeerRate] = {}
        self._set_rates()

    # Calls.

    def places(self, now: float) -> int:
        """How many calls may be in flight here; a large number where places are not shared."""
        if not self.scope.places:
            return self.limits.places
        if self.share.holds(now):
            return self.share.places(now)
        return self._alone(self._limit)

    def bars(self, now: float, *, forced: bool = False) -> Barred | None:
        """Why no call may start, beside the places; None: it may. Asking is news for the owner.

        A call that is `forced` passes a breaker, here as without a cluster.
        """
        holds = self.share.holds(now)
        if not forced and not self.admits(now):
            self.is_asking = self.sight.waits(now) <= 0.0
            return Barred.VIEW
        if not holds and self.alone is Alone.STOP and (self.scope.places or self.scope.breaker):
            return Barred.PLACES
        for rate in self._rates.values():
            rate.asked(now)
            if not self._has(rate, now, holds=holds):
                return Barred.RATE
        return None

    def prepare(self) -> None:
        """Work out what most calls need, once for all of them; after each change.

        Most calls start within a share, under a view that is not shut, of a model without rates.
        """
        view = self.sight.view
        is_plain = view is not None and not self.sight.is_shut() and not self._rates
        self.plain_until = self.share.until if is_plain else float("-inf")
        if view is not None and self.plain != (view.epoch, view.generation, None):
            self.plain = Stamp(view.epoch, view.generation)
        tells = is_plain and self.scope.breaker and self.limits.slow_call is None
        epoch, generation, _ = self.plain
        self.plain_success = Run(epoch, generation, SUCCESS) if tells else None

    def admits(self, now: float) -> bool:
        """Whether the view lets a call start; changes nothing."""
        shut = self.scope.breaker and self.share.holds(now) and self.sight.is_shut()
        return not shut or bool(self._trial_at_hand(now))

    def started(self, now: float, *, forced: bool = False) -> Stamp:
        """A call has started: it uses up a request, and a trial where the view is shut."""
        requests = self._rates.get("requests")
        if requests is not None:
            requests.use(1, now)
        trial = None
        if not forced and self.share.holds(now) and self.sight.is_shut():
            trial = self._trial_at_hand(now)
            if trial is not None:
                del self._waiting[trial]
                self._running.add(trial)
        view = self.sight.view
        if view is None or forced:
            return Stamp(0, 0)
        return Stamp(view.epoch, view.generation, trial)

    def used(self, tokens: float, now: float) -> None:
        """An answer has used so many tokens."""
        rate = self._rates.get("tokens")
        if rate is not None:
            rate.asked(now, tokens)
            rate.use(tokens, now)

    def ended(self, stamp: Stamp, outcome: str, *, slow: bool, wait: float) -> None:
        """A call has ended; what says nothing is told of trials alone."""
        if stamp.trial is not None:
            if stamp.trial in self._running:
                self._running.discard(stamp.trial)
                self.ends.append(TrialEnd(stamp.trial, outcome, slow, wait))
        elif outcome != IGNORED and stamp.epoch and self.scope.breaker:
            self.news.add(Run(stamp.epoch, stamp.generation, outcome, slow, 1, wait))

    # Exchanges.

    def report(
        self, now: float, *, in_flight: int, waiting: bool, breaker: CircuitBreaker, fresh: bool
    ) -> Report:
        """What it tells the owner now; `fresh`: with the outcomes since the last batch."""
        self._return_old_trials(now)
        holds = self.share.holds(now)
        # Calls in line are told once: while some wait they are taken to be nearly as many.
        self._in_line = max(self.short, self._in_line * 3 // 4, 1) if waiting else 0
        short = max(self.short, self._in_line)
        needs = {name: rate.need(now, holds=holds) for name, rate in self._rates.items()}
        asking, self.is_asking = self.is_asking or (waiting and not self.admits(now)), False
        passed, self.probe_passed, self.short = self.probe_passed, False, 0
        self.is_out = False
        ends: tuple[TrialEnd, ...] = ()
        if fresh:
            ends = tuple(self.ends)
            self.ends.clear()
        return Report(
            self.model,
            self.limits,
            wanted(in_flight, min(short, self._limit)),
            in_flight,
            self.share.claim(now),
            self.news.take() if fresh else (),
            ends,
            (*self._waiting, *self._running, *(end.trial for end in self.ends)),
            asking,
            self.sight.at(now),
            self.sight.own_parking(breaker, now),
            needs.get("requests"),
            needs.get("tokens"),
            passed,
        )

    def take_over(
        self,
        given: ShareGiven,
        *,
        sent_at: float,
        now: float,
        peers: int,
        breaker: CircuitBreaker,
        learning: bool = False,
    ) -> bool:
        """The owner's answer to the last exchange; whether the view is another one.

        Owners that are `learning` lend what is claimed alone: a process whose share is over claims
        nothing, and goes on alone until they have learned rather than stand still.
        """
        moved = self.scope.breaker and self.sight.adopt(given.view, breaker, now, sent_at)
        if not (learning and self._goes_on_alone(now)):
            self.share.take_over(places=given.places, seconds=given.seconds, sent_at=sent_at)
        self.peers = max(1, peers, self.peers if learning else 0)
        self._limit = given.limit
        self.may_probe, self.differ = given.probe, given.differ
        for name, more in (("requests", given.requests), ("tokens", given.tokens)):
            if more is not None and name in self._rates:
                self._rates[name].level += more
        if given.trial is not None:
            until, view = sent_at + given.seconds, given.view
            self._waiting[given.trial] = _Granted(until, view.epoch, view.generation)
            breaker.probe_passed(now, asked=True)
        return moved

    def reconfigure(self, limits: Limits, *, alone: Alone, scope: Scope) -> None:
        """Go on with other settings."""
        self.limits, self.alone, self.scope = limits, alone, scope
        self._limit = min(self._limit, limits.places) if self.share.until > 0 else limits.places
        self._set_rates()

    def _goes_on_alone(self, now: float) -> bool:
        had_one = self.share.until > float("-inf")
        return had_one and not self.share.holds(now) and self.alone is not Alone.STOP

    def _alone(self, limit: int) -> int:
        part = part_alone(self.alone, self.peers)
        return min(self.limits.places, max(1, int(limit * part))) if part else 0

    def _trial_at_hand(self, now: float) -> str | None:
        return next((i for i, granted in self._waiting.items() if self._is_due(granted, now)), None)

    def _is_due(self, trial: _Granted, now: float) -> bool:
        """Whether a call may start as this trial: one of an earlier period is over."""
        view = self.sight.view
        is_of_now = view is not None and trial[1:] == (view.epoch, view.generation)
        return is_of_now and trial.until > now

    def _return_old_trials(self, now: float) -> None:
        for trial in [i for i, granted in self._waiting.items() if not self._is_due(granted, now)]:
            del self._waiting[trial]
            self.ends.append(TrialEnd(trial, IGNORED))

    def _has(self, rate: PeerRate, now: float, *, holds: bool) -> bool:
        if not holds:
            return rate.may_use_alone(now, part_alone(self.alone, self.peers))
        return rate.level >= 1

    def _set_rates(self) -> None:
        for name in ("requests", "tokens"):
            limit: float | None = getattr(self.limits, name) if self.scope.rates else None
            if limit is None:
                self._rates.pop(name, None)
            elif name in self._rates:
                self._rates[name].limit = limit
            else:
                self._rates[name] = PeerRate(limit, share_time=self.share_time)
