"""One model as its owner has it: one breaker, one book of places and rates for a whole fleet.

It knows nothing but what peers report. A new epoch has no memory: it learns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from ..breaker.breaker import CircuitBreaker
from ..breaker.permit import Permit, Rejection
from ..breaker.states import Reason, State
from ..chance import Draw
from ..outcomes.fault import Fault
from .ledger import Ledger
from .limits import breaker_settings, strictest
from .rates import MINUTE, FleetRate
from .records import IGNORED, SUCCESS, Limits, Need, Report, Run, ShareGiven, TrialEnd, View
from .views import claim_is_stricter, claimed, view_of


class FailedElsewhere(Exception):  # it stands for an error that another process has
    """The failure of an attempt in a peer."""


_FAILED = FailedElsewhere()


@dataclass(frozen=True, slots=True)
class _Trial:
    permit: Permit
    peer: str


class OwnedModel:
    """The owner's state of one model; `now` is monotonic seconds on the owner's clock."""

    def __init__(
        self, model: str, limits: Limits, *, epoch: int, share_time: float, draw: Draw
    ) -> None:
        self.model: str = model
        self.epoch: int = epoch
        self.share_time: float = share_time
        self.limits: Limits = limits
        self.breaker: CircuitBreaker = CircuitBreaker(
            breaker_settings(limits),
            permit_timeout=limits.trial_timeout,
            draw=draw,
            max_parking=limits.max_parking,
        )
        self.ledger: Ledger = Ledger(limits.places, share_time=share_time)
        self.starts = 0
        """How often its actor has started."""
        self.counted: int = 0
        """Outcomes that its breaker has heard, beside those of trials."""
        self.stale: int = 0
        """Outcomes of another epoch or generation: they changed nothing."""
        self._stated: dict[str, Limits] = {}
        self._rates: dict[str, FleetRate] = {}
        self._set_rates()
        self._trials: dict[str, _Trial] = {}
        self._trials_made = 0
        self._claim: View | None = None
        self._is_ruled = False
        """Whether an operator has ruled since: what was before is over."""
        self._prober: str | None = None
        self._last_seen: dict[str, float] = {}
        self._stamp = 0
        self._told: object = None
        self._reason = ""

    # What peers say.

    def exchange(
        self, peer: str, report: Report, now: float, *, counts: bool, sure: bool = True
    ) -> ShareGiven:
        """A peer's news, and its share. `counts`: its outcomes have not been counted before.

        An owner that is not `sure` to be the only one lets peers keep what they have, and gives
        nothing new: a successor may have begun to hear what others have.
        """
        self.expire(now)
        self._hear_limits(peer, report.limits)
        if self.ledger.is_learning(now):
            self._learn(peer, report, now)
        if counts:
            self._count(report, now)
        self._take_back_lost(peer, report, now)
        if report.parked > 0.0:
            self.breaker.park(now, report.parked)
        if report.probe_passed:
            self.breaker.probe_passed(now)
        return self._share(peer, report, now, grows=sure and not self.ledger.is_learning(now))

    def leave(self, peer: str, now: float) -> None:
        """The peer has ended: its places and its trials are free."""
        self.ledger.leave(peer)
        self._forget(peer)
        for trial in [i for i, out in self._trials.items() if out.peer == peer]:
            self._trials.pop(trial).permit.ignore(now)

    def expire(self, now: float) -> None:
        """Forget the peers whose time is over. Their trials run on, until the policy's own end."""
        for peer in self.ledger.expire(now):
            self._forget(peer)
            self._last_seen = {p: at for p, at in self._last_seen.items() if now - at <= MINUTE}

    def operate(self, switch: str, reason: str, now: float) -> None:
        """An operator's verb, by its name. Raises `ValueError` for one that is none."""
        self._is_ruled = True
        match switch:
            case "trip":
                self.breaker.trip(now, reason or Reason.OPERATOR)
            case "reset":
                self.breaker.reset(now)
            case "force_open":
                self.breaker.force_open(now)
            case "disable":
                self.breaker.disable(now)
            case "metrics_only":
                self.breaker.metrics_only(now)
            case _:
                raise ValueError(f"{switch!r} is no verb for the breaker of a fleet")

    def view(self, now: float) -> View:
        """The breaker as it is now."""
        for move in self.breaker.drain_events():
            self._reason = move.reason
        self.breaker.gate.catch_up(now)
        for move in self.breaker.drain_events():
            self._reason = move.reason
        told = (self.breaker.gate.generation, self.breaker.gate.parking.until)
        if told != self._told:
            self._told = told
            self._stamp += 1
        return view_of(self.breaker, self.epoch, self._stamp, self._reason, now)

    @property
    def differ(self) -> bool:
        """Whether the peers have different settings for this model."""
        return len(set(self._stated.values())) > 1

    def trials_out(self) -> int:
        """How many trials peers have."""
        return len(self._trials)

    def _share(self, peer: str, report: Report, now: float, *, grows: bool) -> ShareGiven:
        places = self.ledger.exchange(
            peer,
            wants=report.wants,
            in_flight=report.in_flight,
            claim=report.claim,
            now=now,
            grows=grows,
        )
        given = {
            name: float(rate.grant(peer, need, now, grows=grows))
            for name, rate in self._rates.items()
            if (need := self._need(name, peer, report, now)) is not None
        }
        self._last_seen[peer] = now
        trial = self._trial_for(peer, now) if grows and report.asking and places > 0 else None
        return ShareGiven(
            self.model,
            self.view(now),
            places,
            self.share_time,
            self.limits.places,
            given.get("requests"),
            given.get("tokens"),
            trial,
            probe=grows and self._is_prober(peer),
            differ=self.differ,
        )

    def _is_prober(self, peer: str) -> bool:
        """Whether it is this peer that probes, which it does until it is gone."""
        if self._prober is None:
            self._prober = peer
        return self._prober == peer

    # Outcomes.

    def _count(self, report: Report, now: float) -> None:
        for run in report.runs:
            for _ in range(run.count):
                self._count_one(run, now)
        for end in report.ends:
            self._end_trial(end, now)

    def _count_one(self, run: Run, now: float) -> None:
        gate = self.breaker.gate
        if (run.epoch, run.generation) != (self.epoch, gate.generation):
            self.stale += 1
            return
        self.counted += 1
        settle(Permit(self.breaker, gate.stamp), run.outcome, now, slow=run.slow, wait=run.wait)

    def _end_trial(self, end: TrialEnd, now: float) -> None:
        out = self._trials.pop(end.trial, None)
        if out is None:
            self.stale += 1
        else:
            settle(out.permit, end.outcome, now, slow=end.slow, wait=end.wait)

    def _take_back_lost(self, peer: str, report: Report, now: float) -> None:
        """Trials whose grant has not arrived: the peer would have them, and tell of their end."""
        has = {*report.trials, *(end.trial for end in report.ends)}
        for trial in [i for i, out in self._trials.items() if out.peer == peer and i not in has]:
            self._trials.pop(trial).permit.ignore(now)

    def _trial_for(self, peer: str, now: float) -> str | None:
        if self.breaker.state(now) is not State.HALF_OPEN:
            return None
        permit = self.breaker.admit(now)
        if isinstance(permit, Rejection):
            return None
        current = self.breaker.gate.generation
        self._trials = {i: t for i, t in self._trials.items() if t.permit.generation == current}
        self._trials_made += 1
        trial = f"{self.epoch:x}-{self._trials_made}"
        self._trials[trial] = _Trial(permit, peer)
        return trial

    # Settings and memory.

    def _learn(self, peer: str, report: Report, now: float) -> None:
        view = report.view
        if view is None or view.epoch == self.epoch:
            return
        if view.parked > 0.0:
            self.breaker.park(now, view.parked)
        if not self._is_ruled and claim_is_stricter(view, self._claim):
            self._claim = view
            claimed(view, self.breaker, now)
        for trial in report.trials:
            self._know_trial(peer, trial, now)

    def _know_trial(self, peer: str, trial: str, now: float) -> None:
        """A trial of an earlier life is under way: it takes the place of one of ours."""
        permit = None if trial in self._trials else self.breaker.admit(now)
        if isinstance(permit, Permit):
            self._trials[trial] = _Trial(permit, peer)

    def _hear_limits(self, peer: str, limits: Limits) -> None:
        if self._stated.get(peer) == limits:
            return
        self._stated[peer] = limits
        self._use_strictest()

    def _use_strictest(self) -> None:
        if not self._stated:
            return
        limits = strictest(self._stated.values())
        if limits == self.limits:
            return
        self.limits = limits
        self.breaker.reconfigure(
            breaker_settings(limits),
            permit_timeout=limits.trial_timeout,
            max_parking=limits.max_parking,
        )
        self.ledger.limit = limits.places
        self._set_rates()

    def _set_rates(self) -> None:
        for name in ("requests", "tokens"):
            limit: float | None = getattr(self.limits, name)
            if limit is None:
                self._rates.pop(name, None)
            elif name in self._rates:
                self._rates[name].limit = limit
            else:
                self._rates[name] = FleetRate(limit, share_time=self.share_time)

    def _need(self, name: str, peer: str, report: Report, now: float) -> Need | None:
        need: Need | None = getattr(report, name)
        if need is not None and now - self._last_seen.get(peer, -inf) > MINUTE:
            self._rates[name].learn(need, now)
        return need

    def _forget(self, peer: str) -> None:
        self._stated.pop(peer, None)
        if self._prober == peer:
            self._prober = None
        for rate in self._rates.values():
            rate.forget(peer)
        self._use_strictest()


def settle(permit: Permit, outcome: str, now: float, *, slow: bool, wait: float) -> bool:
    """Settle a permit by the outcome of another process; whether it counted."""
    duration = inf if slow else 0.0
    if outcome == SUCCESS:
        return permit.success(now, duration)
    if outcome == IGNORED:
        return permit.ignore(now)
    return permit.failure(now, _FAILED, duration, Fault(outcome), wait)
