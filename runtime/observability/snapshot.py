"""A runtime at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from ...actors.policies.degradation.levels import DegradationStatus
from ...actors.snapshots import ChildSnapshot, ModelSnapshot, RouterSnapshot


@dataclass(frozen=True, slots=True)
class ShareSnapshot:
    """A model's share: `places` of the whole fleet's `limit`, for `seconds` from now.

    `state` is the breaker of the whole fleet as this process has seen it last; None: not yet.
    """

    places: int
    limit: int
    seconds: float
    state: str | None


@dataclass(frozen=True, slots=True)
class ClusterSnapshot:
    """This process in its cluster, by its `name` there. `epoch`: one life of the owners.

    `joined`: it has had an answer within the time of a share; else it is alone. `learning`: the
    owners are new, and lend what is claimed alone. `age`: seconds since the last exchange that was
    answered was sent, infinite before the first; `error`: what the last one came to otherwise.
    """

    name: str
    joined: bool
    epoch: int
    peers: int
    learning: bool
    fenced: bool
    exchanges: int
    failed: int
    age: float
    error: str | None
    shares: dict[str, ShareSnapshot]


@dataclass(frozen=True, slots=True)
class RuntimeSnapshot:
    """All models, the router and all supervised actors. `at` is wall-clock time.

    `dead_letters` counts the messages that reached no actor, by reason. `cluster`: this process in
    its cluster; None: it is in none.
    """

    at: datetime
    models: dict[str, ModelSnapshot]
    router: RouterSnapshot
    children: tuple[ChildSnapshot, ...]
    dead_letters: dict[str, int]
    degradation: DegradationStatus
    cluster: ClusterSnapshot | None = None

    def to_json(self) -> bytes:
        """The snapshot as JSON; infinite waits become null."""
        return orjson.dumps(self)


@dataclass(frozen=True, slots=True)
class DrainReport:
    """The tasks that were in flight when the time was up.

    `remaining` counts them all. `task_ids` has the ids of those that waited for a model, for their
    turn or for their next attempt, each id once.
    """

    remaining: int
    task_ids: tuple[str, ...]
