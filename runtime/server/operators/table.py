"""What answers the routes of operators: each part of the runtime has an object of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ..keys.key import Key
from ..request import Request
from ..routes import OF_ADAPTATION, OF_ALERTS, OF_CHAOS, OF_CLUSTER, Route
from ..shared import Shared
from .adaptation import AdaptationOperating
from .alerts import AlertsOperating
from .chaos import ChaosOperating
from .cluster import ClusterOperating
from .operating import Operating


class Operator(Protocol):
    """Answers routes of operators; the key of the request was checked before."""

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused`."""
        ...


class Operators:
    """All of them, in this process."""

    def __init__(self, shared: Shared) -> None:
        runtime = shared.runtime
        self._usual = Operating(shared)
        self._of: Mapping[str, Operator] = {
            **dict.fromkeys(OF_ADAPTATION, AdaptationOperating(runtime)),
            **dict.fromkeys(OF_ALERTS, AlertsOperating(runtime)),
            **dict.fromkeys(OF_CHAOS, ChaosOperating(runtime)),
            **dict.fromkeys(OF_CLUSTER, ClusterOperating(runtime)),
        }

    async def answer(self, request: Request, route: Route, key: Key | None) -> bytes:
        """The JSON of the answer. Raises `Refused`."""
        return await self._of.get(route.name, self._usual).answer(request, route, key)
