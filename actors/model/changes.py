"""What follows where the state of a model has changed: in which order its parts look at it."""

from __future__ import annotations

from ..policies.outcomes.waits import StatedWait
from .alerts import ModelAlerts
from .health_loop import HealthLoop
from .readiness import Readiness
from .state import ModelState
from .wait_news import WaitNews


class Changes:
    """Passes a change on: to the router, subscribers and alerts, and to the clock of the probes."""

    __slots__ = ("_alerts", "_health", "_readiness", "_silent", "_state", "_wait_news")

    def __init__(
        self,
        state: ModelState,
        readiness: Readiness,
        alerts: ModelAlerts,
        health: HealthLoop,
        wait_news: WaitNews,
    ) -> None:
        self._state = state
        self._wait_news = wait_news
        self._readiness = readiness
        self._alerts = alerts
        self._health = health
        self._silent = False

    def after_change(self, now: float) -> None:
        """Anything may be different: an actor has started, or an operator or new settings rule."""
        self._readiness.notice(now)
        self._readiness.announce(now)
        self._health.schedule(now)

    def after_call(self, now: float, *, looks_ill: bool) -> bool:
        """A call has ended, and may be a sign that the model is ill; whether its breaker opened."""
        if self._silent:
            return False
        if looks_ill and not self._state.signs.failing:  # else its clock looks, at its own pace
            self._alerts.look(now)
        moved, opened = self._readiness.notice(now)
        if moved:
            self._health.schedule(now)
        return opened

    def wait_stated(self, stated: StatedWait, now: float) -> None:
        """The provider has said how long to wait."""
        if not self._silent:
            self._wait_news.tell(stated, now)

    def unknown(self, now: float) -> None:
        """The provider does not have the model, or not for this account."""
        if not self._silent:
            self._alerts.unknown(now)

    def known(self, now: float) -> None:
        """A call has succeeded, or the model is given another chance."""
        if not self._silent:
            self._alerts.known(now)

    def silence(self) -> None:
        """The actor stops: no more timers, and calls that end later change nothing for others."""
        self._readiness.silence()
        self._alerts.silence()
        self._health.stop()
        self._silent = True
