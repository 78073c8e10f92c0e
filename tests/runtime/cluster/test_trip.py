"""An operator opens a breaker in one process, and it is open in all at once."""

from __future__ import annotations

import asyncio

from hive_resilience import ModelConfig, Runtime
from hive_resilience.config import ClusterConfig
from hive_resilience.testing import Network

from ...simulation.chance import Chance
from ...simulation.cluster.host import Host
from .cluster_kit import answer
from .trips import MODEL, judge, took


def test_a_trip_reaches_another_process_through_owners_beside_it() -> None:
    async def main() -> None:
        network = Network(Chance(1, "network").random, delay=0.0)
        host = Host(1, Chance(1, "host"), learns=False)
        network.host(host.owners)
        fleet = [Runtime(models=[ModelConfig(id=MODEL, executor=answer)]) for _ in range(2)]
        for name, runtime in zip("ab", fleet, strict=True):
            network.join(runtime, ClusterConfig(), name)
        async with fleet[0] as one, fleet[1] as other:
            judge("owners on the same loop", await took(one, other, 30))
        host.kill()
        await network.close()

    asyncio.run(main())
