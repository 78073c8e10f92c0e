"""What the tests of the bulkhead share."""

from __future__ import annotations

from hive_resilience.actors.policies.limits.bulkhead import Bulkhead
from hive_resilience.actors.policies.limits.priority_queue import QueueEntry
from hive_resilience.config import BulkheadConfig


def bulkhead_of(places: int, queue: int = 0, *, taken: bool = True) -> Bulkhead[str]:
    bulkhead = Bulkhead[str](BulkheadConfig(max_concurrent=places, max_queue=queue))
    while taken and bulkhead.try_enter():
        pass
    return bulkhead


def wait(
    bulkhead: Bulkhead[str],
    owner: str,
    priority: int = 1,
    deadline: float | None = None,
    now: float = 0.0,
) -> QueueEntry[str]:
    ticket = bulkhead.enqueue(owner, priority, now, deadline)
    assert ticket is not None
    return ticket


def owners(tickets: list[QueueEntry[str]]) -> list[str]:
    return [ticket.owner for ticket in tickets]


def serve_all(bulkhead: Bulkhead[str], now: float = 0.0) -> list[str]:
    served: list[str] = []
    while (ticket := bulkhead.leave(now)) is not None:
        served.append(ticket.owner)
    return served
