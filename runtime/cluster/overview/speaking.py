"""Which alerts another process of the cluster tells, as it sees the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ....actors.cluster.state import PeerState
from ....actors.policies.cluster.shared_model import SharedModel
from ....actors.policies.cluster.speakers import Speakers
from ....actors.policies.health.alerts import AlertCondition

_OF_A_BREAKER = frozenset({AlertCondition.CIRCUIT_OPEN, AlertCondition.MISCONFIGURED})
_OF_THE_FLEET = frozenset({AlertCondition.NO_USABLE_MODEL, AlertCondition.DEGRADED_MODE})


class Speaking:
    """Answers for one peer. `out` are the models that it cannot use now, those excused excluded."""

    def __init__(
        self,
        state: PeerState,
        shared: Mapping[str, SharedModel],
        out: Callable[[], Collection[str]],
        now: Callable[[], float],
    ) -> None:
        self._state, self._shared, self._out, self._now = state, shared, out, now

    def elsewhere(self, condition: AlertCondition, model_id: str | None) -> bool:
        """Only what the owner's breaker says is seen by all; a process tells the rest itself."""
        state = self._state
        has_owner = self._now() - state.answered_at < state.pace.share_time
        if not (state.joined and state.names_speakers and has_owner):
            return False
        if condition in _OF_A_BREAKER and model_id is not None:
            return model_id not in state.speaks and self._is_shut_for_all(model_id)
        if Speakers.FLEET in state.speaks:
            return False
        if condition is AlertCondition.OWNER_CHANGES:
            return True
        return condition in _OF_THE_FLEET and all(map(self._is_shut_for_all, self._out()))

    def _is_shut_for_all(self, model_id: str) -> bool:
        shared = self._shared.get(model_id)
        return shared is not None and shared.scope.breaker and shared.sight.is_shut()
