"""Tasks that wait at the router, for a turn or a place, and the routes that are ready for all."""

from __future__ import annotations

from ...config.settings.bulkhead import BulkheadConfig
from ...config.settings.runtime import GlobalConfig
from ..engine.future import Promise
from ..messages import Dispatch, JoinLine, Placed, Route
from ..policies.families import Unfit
from ..policies.limits.priority_queue import QueueEntry
from ..policies.unavailability import Unavailable


class Turn:
    """A task that waits for its turn, and where its route goes."""

    __slots__ = ("answer", "dispatch", "ticket")

    def __init__(self, dispatch: Dispatch) -> None:
        self.dispatch = dispatch
        self.answer: Promise[Route] = Promise()
        self.ticket: QueueEntry[Turn] | None = None


class ReadyRoute:
    """A route, and the models that it passes over, with the reasons; how many tasks went by it."""

    __slots__ = ("passes_over", "route", "used")

    def __init__(
        self, route: Route, passes_over: tuple[tuple[str, Unavailable | Unfit], ...]
    ) -> None:
        self.route = route
        self.passes_over = passes_over
        self.used = 0


class Place:
    """A task that waits for a place at a model, for `limit` seconds at most.

    `patience`: the seconds that its models' settings allow.
    """

    __slots__ = ("answer", "entry", "join", "limit", "patience")

    def __init__(self, join: JoinLine, limit: float, patience: float) -> None:
        self.join = join
        self.limit = limit
        self.patience = patience
        self.answer: Promise[Placed] = Promise()
        self.entry: QueueEntry[Place] | None = None


def turns_of(settings: GlobalConfig) -> BulkheadConfig:
    """The turns that a whole runtime has, and how many tasks wait for one."""
    # Not validated: it may have more tasks under way than one model calls.
    return BulkheadConfig.model_construct(
        max_concurrent=settings.max_concurrent_requests, max_queue=settings.max_queued_requests
    )
