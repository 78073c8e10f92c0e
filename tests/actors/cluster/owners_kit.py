"""Peers that speak to owners as far as a test wants, on virtual time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hive_resilience.actors.cluster.messages import (
    Answer,
    Exchange,
)
from hive_resilience.actors.cluster.wire import decode, encode
from hive_resilience.actors.policies.cluster.ledger import Claim
from hive_resilience.actors.policies.cluster.limits import limits_of
from hive_resilience.actors.policies.cluster.records import Report, Run, ShareGiven
from hive_resilience.config import BulkheadConfig, ModelConfig
from hive_resilience.testing import run_virtual

from ...simulation.chance import Chance
from ...simulation.cluster.host import SHARE_TIME, Host

LIMIT = 10
LIMITS = limits_of(
    ModelConfig(id="m", bulkhead=BulkheadConfig(max_concurrent=LIMIT)),
    trial_timeout=90.0,
    max_parking=600.0,
)


class Peer:
    """Speaks to owners, as far as this test wants."""

    def __init__(self, host: Host, name: str) -> None:
        self.host, self.name, self.seq = host, name, 0
        self.share: ShareGiven | None = None

    def message(self, *, batch: int = 0, **report: Any) -> bytes:
        self.seq += 1
        held = Claim() if self.share is None else Claim(self.share.places, SHARE_TIME)
        told = replace(Report("m", LIMITS, wants=20, in_flight=0, claim=held), **report)
        return encode(Exchange(self.name, self.seq, batch, (told,)))

    async def send(self, message: bytes) -> Answer:
        answer = decode(await self.host.owners.exchange(message), Answer)
        self.share = answer.shares[0] if answer.shares else None
        return answer

    async def exchange(self, **report: Any) -> int:
        """Its places from now on."""
        await self.send(self.message(**report))
        return 0 if self.share is None else self.share.places


def with_owners(work: Any, *, learns: bool = False) -> None:
    async def main() -> None:
        host = Host(1, Chance(1, "host"), learns=learns)
        try:
            await work(host)
        finally:
            host.kill()

    run_virtual(main())


FAILURES = (Run(1, 1, "transient", count=2),)
