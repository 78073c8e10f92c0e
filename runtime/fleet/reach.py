"""What chaos may do to a fleet, and see of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...actors.engine.reference import AnyRef
from .fleet import Fleet


class FleetReach:
    """A fleet as chaos reaches it; all of it on the loop."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return self._fleet.engine.now()

    def usable(self) -> frozenset[str]:
        """The models that can serve now."""
        state = self._fleet.router_state
        return frozenset(state.candidates) - frozenset(state.unavailable)

    def states(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The breaker and the status of each model, by its id."""
        now, members = self.now(), self._fleet.members
        found = {model_id: one.state for model_id, one in members.items()}
        breakers = {model_id: one.breaker.state(now).value for model_id, one in found.items()}
        return breakers, {model_id: one.status(now).value for model_id, one in found.items()}

    def actor(self, model_id: str) -> AnyRef | None:
        """The actor of a model; None: there is no such model."""
        member = self._fleet.members.get(model_id)
        return None if member is None else member.ref

    def router(self) -> AnyRef:
        """The actor of the router."""
        return self._fleet.router

    def has_workers(self, model_id: str) -> bool:
        """Whether the model runs in processes of its own."""
        return self._kill_of(model_id) is not None

    def kill_worker(self, model_id: str) -> bool:
        """Kill a worker process of the model; False: it has none just now."""
        kill = self._kill_of(model_id)
        return kill is not None and kill()

    def _kill_of(self, model_id: str) -> Callable[[], bool] | None:
        member = self._fleet.members.get(model_id)
        return getattr(member and member.backend.executor, "kill_worker", None)
