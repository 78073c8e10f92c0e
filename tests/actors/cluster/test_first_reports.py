"""The owners of all models, asked by several peers at once."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.cluster.messages import Answer, Exchange
from hive_resilience.actors.cluster.owners import Owners
from hive_resilience.actors.cluster.wire import decode, encode
from hive_resilience.actors.policies.cluster.limits import limits_of
from hive_resilience.actors.policies.cluster.records import Report
from hive_resilience.config import BulkheadConfig, ModelConfig
from hive_resilience.runtime.cluster.hosting import host_owners
from hive_resilience.testing import run_virtual

LIMIT = 30
LIMITS = limits_of(
    ModelConfig(id="m", bulkhead=BulkheadConfig(max_concurrent=LIMIT)),
    trial_timeout=90.0,
    max_parking=600.0,
)


async def ask(owners: Owners, peer: str, seq: int = 1) -> Answer:
    report = Report("m", LIMITS, wants=20, in_flight=0)
    return decode(await owners.exchange(encode(Exchange(peer, seq, 0, (report,)))), Answer)


def test_peers_that_report_of_a_new_model_at_once_share_one_owner() -> None:
    async def main() -> tuple[list[int], int]:
        owners = host_owners(3.0, learns=False)
        await asyncio.gather(*(ask(owners, peer) for peer in "abc"))
        answers = [await ask(owners, peer, 2) for peer in "abc"]
        return [share.places for each in answers for share in each.shares], answers[-1].peers

    places, peers = run_virtual(main())

    assert sum(places) == LIMIT
    assert len(places) == peers == 3


def test_owners_lend_for_as_long_as_they_may_be_sure_of_themselves() -> None:
    async def main() -> tuple[bool, float, bool]:
        owners = host_owners(3.0, learns=False)
        await asyncio.sleep(10.0)
        owners.reached(4.0)
        late = (await ask(owners, "a")).fenced
        owners.reached(1.0)
        (share,) = (await ask(owners, "a", 2)).shares
        owners.reached(2.0)  # an older answer, which came later
        return late, share.seconds, (await ask(owners, "a", 3)).shares[0].seconds == 2.0

    assert run_virtual(main()) == (True, 2.0, True)
