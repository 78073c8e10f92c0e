"""What an operator holds in the hand of a cluster: all of its processes, seen from one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...actors.policies.outcomes.errors import InvalidRequestError
from ..observability.actions import OPERATOR, PROGRAM, Actions, Author

if TYPE_CHECKING:
    from pykka import Future

    from ..cluster.overview.fleet_snapshot import FleetSnapshot
    from ..fleet.clustering import Clustering
    from ..portal.portal import Portal


class ClusterHandle:
    """The cluster of a running runtime, from any thread; see `docs/cluster.md`.

    Await what a verb answers, or call `.get(timeout=...)` in a blocking program.
    """

    __slots__ = ("_actions", "_clustering", "_portal")

    def __init__(self, clustering: Clustering | None, portal: Portal, actions: Actions) -> None:
        if clustering is None:
            raise InvalidRequestError(
                "this runtime is in no cluster: set `cluster.address` before the start"
            )
        self._clustering, self._portal, self._actions = clustering, portal, actions

    def snapshot(self) -> Future[FleetSnapshot]:
        """All processes at this moment; this one alone, with `error`, where no owner answers."""
        return self._portal.begin(self._clustering.look, "look at the cluster")

    def operate(
        self, model_id: str, verb: str, *, reason: str = OPERATOR, by: str = PROGRAM
    ) -> Future[None]:
        """Open, close or switch off a model's breaker in all processes at once.

        `verb` is trip, reset, force_open, disable or metrics_only. The answer says that the owner
        has done it, and raises `ClusterUnreachableError` where none has answered, or
        `InvalidRequestError` for a verb or a model that there is not.
        """
        work = partial(self._operate, model_id, verb, Author.of(by, reason))
        return self._portal.begin(work, f"{verb} {model_id} in the cluster")

    async def _operate(self, model_id: str, verb: str, author: Author) -> None:
        await self._clustering.operate(model_id, verb, author.reason)
        self._actions.tell(f"cluster_{verb}", model_id, author, after="told to all processes")
        await self._actions.kept()
