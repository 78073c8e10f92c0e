"""What chaos may do to a fleet, and see of it: the fleet gives it, and chaos knows no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from ...actors.engine.reference import AnyRef

P = TypeVar("P")


class Reach(Protocol):
    """All of it on the loop of the fleet."""

    def now(self) -> float:
        """Seconds on the loop's clock."""
        ...

    def usable(self) -> frozenset[str]:
        """The models that can serve now."""
        ...

    def states(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The breaker and the status of each model, by its id."""
        ...

    def actor(self, model_id: str) -> AnyRef | None:
        """The actor of a model; None: there is no such model."""
        ...

    def router(self) -> AnyRef:
        """The actor of the router."""
        ...

    def has_workers(self, model_id: str) -> bool:
        """Whether the model runs in processes of its own."""
        ...

    def kill_worker(self, model_id: str) -> bool:
        """Kill a worker process of the model; False: it has none just now."""
        ...


class PartOf(Protocol):
    """Finds what runs beside the fleet."""

    def __call__(self, kind: type[P], /) -> P | None: ...
