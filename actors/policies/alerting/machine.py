"""The life of every alert: pending, firing, acknowledged, resolved.

    holds      -> PENDING   until it has held for `holds_for`; over before: forgotten
    PENDING    -> FIRING    told once
    FIRING     -> ACKNOWLEDGED by a person; it fires on, without repeats and escalation
    FIRING, ACKNOWLEDGED -> resolved, once it has been over for `keep`; holds again before: no news.
                 It stays while it is held: then it fires on in another process

What was read back after a restart fires at once and is no news. It stays until a report confirms
it, and ends by itself where none does within `RECALL`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from .identity import AlertFact

RECALL = 300.0
"""Seconds in which an alert of a former process has to be confirmed."""


class AlertState(StrEnum):
    """How far an alert is."""

    PENDING = "pending"
    """Its condition holds, and has not held long enough."""
    FIRING = "firing"
    """People should know."""
    ACKNOWLEDGED = "acknowledged"
    """A person has said that they know."""
    RESOLVED = "resolved"
    """Its condition holds no more."""


class NotFiringError(LookupError):
    """There is no alert of this fingerprint that fires."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One alert as it is now. Times are monotonic seconds."""

    fact: AlertFact
    state: AlertState
    since: float
    """When its condition began to hold."""
    over_since: float | None = None
    """Since when the condition holds no more, while the alert is kept."""
    recalled_until: float | None = None
    """Read back, and not confirmed yet: until when it is believed."""
    ended: float | None = None
    acknowledged_by: str | None = None
    acknowledged_reason: str | None = None

    @property
    def fires(self) -> bool:
        """Whether people should know of it now."""
        return self.state in (AlertState.FIRING, AlertState.ACKNOWLEDGED)


class AlertMachine:
    """All alerts of a runtime, by their fingerprints.

    >>> from ..health.alerts import AlertCondition, AlertSeverity
    >>> machine = AlertMachine()
    >>> machine.report(0.0, AlertFact(AlertCondition.SLOW, AlertSeverity.WARNING, "a"))
    >>> [str(standing.state) for standing in machine.drain()]
    ['firing']
    """

    def __init__(self) -> None:
        self._alerts: dict[str, Standing] = {}
        self._news: list[Standing] = []
        self._held: Collection[str] = ()

    @property
    def alerts(self) -> Mapping[str, Standing]:
        """Those that are pending or fire."""
        return self._alerts

    def next_at(self, now: float) -> float:
        """When time alone moves the next alert, or would if it were not held; infinite: none."""
        points = ((_moves_at(one), key in self._held) for key, one in self._alerts.items())
        return min((at for at, held in points if at > now or not held), default=inf)

    def is_held_back(self, key: str, now: float) -> bool:
        """Whether an alert stays for no other reason than that it is held."""
        return key in self._held and _moves_at(self._alerts[key]) <= now

    def report(self, now: float, fact: AlertFact) -> None:
        """Its condition holds."""
        key = fact.fingerprint
        known = self._alerts.get(key)
        if known is None:
            known = Standing(fact, AlertState.PENDING, now)
        self._alerts[key] = replace(known, fact=fact, over_since=None, recalled_until=None)
        self._move(key, now)

    def clear(self, now: float, key: str) -> None:
        """Its condition holds no more, if it did."""
        known = self._alerts.get(key)
        if known is None or known.recalled_until is not None:
            return
        if known.state is AlertState.PENDING:
            del self._alerts[key]
        elif known.over_since is None:
            self._alerts[key] = replace(known, over_since=now)
            self._move(key, now)

    def hold(self, keys: Collection[str]) -> None:
        """These alerts stay from now on, though they be over, and no others."""
        self._held = keys

    def advance(self, now: float) -> None:
        """Time has passed."""
        for key in [key for key, one in self._alerts.items() if _moves_at(one) <= now]:
            self._move(key, now)

    def acknowledge(self, key: str, by: str, reason: str | None) -> Standing:
        """A person knows. Raises `NotFiringError` where it does not fire."""
        known = self._alerts.get(key)
        if known is None or not known.fires:
            raise NotFiringError(key)
        found = replace(
            known,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_by=by,
            acknowledged_reason=reason,
        )
        self._alerts[key] = found
        return found

    def recall(self, now: float, standing: Standing) -> None:
        """Go on with an alert of a former process: it fires, and that is no news."""
        key = standing.fact.fingerprint
        if key not in self._alerts:
            self._alerts[key] = replace(standing, recalled_until=now + RECALL)

    def drain(self) -> tuple[Standing, ...]:
        """What began to fire, and what is resolved, in order and each once."""
        news, self._news = tuple(self._news), []
        return news

    def _move(self, key: str, now: float) -> None:
        known = self._alerts[key]
        is_held = key in self._held and known.fires
        if is_held or _moves_at(known) > now:
            return
        if known.state is AlertState.PENDING:
            moved = self._alerts[key] = replace(known, state=AlertState.FIRING)
        else:
            del self._alerts[key]
            moved = replace(known, state=AlertState.RESOLVED, ended=now)
        self._news.append(moved)


def _moves_at(standing: Standing) -> float:
    """When time alone moves it."""
    if standing.state is AlertState.PENDING:
        return standing.since + standing.fact.holds_for
    if standing.recalled_until is not None:
        return standing.recalled_until
    if standing.over_since is not None:
        return standing.over_since + standing.fact.keep
    return inf
