"""What a process says of its cluster to people: that it is alone, that its owners do not last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..alert_publisher import AlertPublisher
from ..policies.health.alerts import AlertCondition

if TYPE_CHECKING:
    from ..engine.reference import AnyRef
    from ..events import Publish
    from .state import PeerState

MOST_CHANGES, WITHIN = 3, 900.0
"""So many lives of the owners within so many seconds are too many."""


class ClusterAlerts:
    """The alerts of a peer; they look at each exchange."""

    def __init__(self, state: PeerState, ref: AnyRef, publish: Publish) -> None:
        self._state = state
        self._publisher = AlertPublisher(state, ref, publish)

    def joined(self, now: float) -> None:
        """An exchange was answered."""
        state = self._state
        state.alerts.clear(AlertCondition.CLUSTER_LOST)
        while state.changed_at and state.changed_at[0] <= now - WITHIN:
            state.changed_at.popleft()
        if len(state.changed_at) >= MOST_CHANGES:
            message = (
                f"the owners of the cluster have changed {len(state.changed_at)} times within "
                f"{WITHIN / 60:.0f} minutes"
            )
            state.alerts.report(now, AlertCondition.OWNER_CHANGES, message)
        else:
            state.alerts.clear(AlertCondition.OWNER_CHANGES)
        self._publisher.tell(now)

    def lost(self, now: float, reason: str) -> None:
        """The process is alone."""
        message = f"this process has lost its cluster and goes on alone: {reason}"
        self._state.alerts.report(now, AlertCondition.CLUSTER_LOST, message)
        self._publisher.tell(now)

    def due(self, now: float) -> None:
        """What was held back may be told."""
        self._publisher.due(now)

    def silence(self) -> None:
        """The actor stops: no more waking."""
        self._publisher.silence()
