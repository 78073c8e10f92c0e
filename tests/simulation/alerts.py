"""Alerts of one run: a channel that writes down what it hears, and what must be true of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hive_resilience.actors.alerting.notification import Notification
from hive_resilience.actors.alerting.state import AlertingState
from hive_resilience.actors.policies.alerting.identity import fingerprint
from hive_resilience.config import AlertsConfig, CallbackChannelConfig
from hive_resilience.runtime.observability.alerting import Alerting

from .chance import Chance

SHARE = 0.3
"""Of the runs have alerts: the others show that a fleet needs none."""
MESSAGES = (
    *("AlertRaised", "AlertResolved", "AlertsDue", "Heard", "FiguresTaken", "ModelAdded"),
    *("ModelRemoved", "Start", "Poison"),
)


class Alerts:
    """One run's."""

    def __init__(self, seed: int) -> None:
        self.on = Chance(seed, "alerts").happens(SHARE)
        self.violations: list[str] = []
        self._told: set[str] = set()

    @property
    def config(self) -> AlertsConfig:
        """The settings for the fleet."""
        if not self.on:
            return AlertsConfig()
        channel = CallbackChannelConfig(name="page", function=self._take)
        return AlertsConfig(
            channels=[channel], group_wait=1.0, group_interval=2.0, keep=5.0, cooldown=1.0
        )

    async def _take(self, told: Notification) -> None:
        for alert in told.alerts:
            name = f"{alert.name} of {alert.model_id}"
            key = alert.fingerprint
            fires = alert.ended_at is None
            # A digest has the last word on each alert: it may have ended and come back since.
            if told.notifications == 1 and fires is (key in self._told):
                self.violations.append(
                    f"{name} is told twice"
                    if fires
                    else f"the end of {name} is told, and it was not"
                )
            if fires:
                self._told.add(key)
            else:
                self._told.discard(key)

    def misheard(self, runtime: Any) -> Iterator[str]:
        """The actor of alerts knows what models and router have raised, and nothing else."""
        part = runtime._watching.part(Alerting)
        if part is None or not part.ref.is_running():
            return
        fleet = runtime._fleet
        state: AlertingState = part.ref.address.actor._state
        here = {None, *fleet.members}
        holds = {
            key
            for key, one in state.machine.alerts.items()
            if one.over_since is None and one.fact.rule is None and one.fact.model_id in here
        }
        states = [*(member.state for member in fleet.members.values()), fleet.router_state]
        active = {
            fingerprint(alert.condition, alert.model_id, None): alert
            for one in states
            for alert in one.alerts.active
        }
        for key in holds - set(active):
            fact = state.machine.alerts[key].fact
            yield f"{fact.name} of {fact.model_id} is over, and still fires"
        for key in set(active) - holds:
            yield f"{active[key].condition} of {active[key].model_id} holds, and is not known"
