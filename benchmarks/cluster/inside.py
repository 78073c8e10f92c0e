"""Owners in this process and links that call them: what a cluster costs without Ray's part."""

from __future__ import annotations

from hive_resilience import Runtime
from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.config import ClusterConfig
from hive_resilience.runtime.cluster.hosting import host_owners
from hive_resilience.runtime.fleet.clustering import Clustering

SHARE_TIME = 3.0


class DirectLink:
    """Calls owners of the same loop, without any way between: they are always reached."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners

    async def call(self, verb: str, message: bytes, timeout: float) -> bytes:
        """See `Link.call`; a call that lasts longer than `timeout` is not cut."""
        self._owners.reached()
        answer: bytes = await getattr(self._owners, verb)(message)
        return answer

    async def close(self) -> None:
        """Nothing is open."""


def owners_here() -> Owners:
    """The owners of a fleet, on the running loop, that lend from the beginning."""
    return host_owners(SHARE_TIME, learns=False)


def join(runtime: Runtime, owners: Owners, name: str) -> Runtime:
    """Make a runtime a peer of these owners, before it starts."""
    runtime._fleet.clustering = Clustering(ClusterConfig(), DirectLink(owners), name)
    return runtime
