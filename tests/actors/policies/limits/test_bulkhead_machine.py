"""A bulkhead against a model of it, whatever happens in whatever order."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hive_resilience.actors.policies.limits.bulkhead import Bulkhead
from hive_resilience.actors.policies.limits.priority_queue import QueueEntry
from hive_resilience.config import BulkheadConfig


def bulkhead_of(places: int, queue: int = 0, *, taken: bool = True) -> Bulkhead[str]:
    bulkhead = Bulkhead[str](BulkheadConfig(max_concurrent=places, max_queue=queue))
    while taken and bulkhead.try_enter():
        pass
    return bulkhead


class Places(RuleBasedStateMachine):
    """Against a model that keeps a sorted list: every caller ends up in exactly one place."""

    @initialize(places=st.integers(1, 3), queue=st.integers(0, 4))
    def build(self, places: int, queue: int) -> None:
        self.bulkhead = bulkhead_of(places, queue, taken=False)
        self.now = 0.0
        self.in_flight = 0
        self.line: list[QueueEntry[str]] = []
        self.asked = self.settled = 0

    def order(self) -> list[QueueEntry[str]]:
        return sorted(self.line, key=lambda ticket: (-ticket.priority, ticket.number))

    def account_for_dropped(self) -> None:
        for ticket in self.bulkhead.drain_dropped():
            self.line.remove(ticket)
            self.settled += 1
            is_late = ticket.deadline is not None and ticket.deadline <= self.now
            assert is_late or all(other.priority >= ticket.priority for other in self.line)

    def serve(self, ticket: QueueEntry[str] | None) -> None:
        self.account_for_dropped()
        if ticket is None:
            assert not self.line or self.in_flight >= self.bulkhead.limit
            return
        assert ticket is self.order()[0]
        assert ticket.deadline is None or ticket.deadline > self.now
        self.line.remove(ticket)
        self.in_flight += 1

    @rule(priority=st.integers(0, 3), span=st.none() | st.integers(0, 5))
    def arrive(self, priority: int, span: int | None) -> None:
        self.asked += 1
        if self.bulkhead.try_enter():
            self.in_flight += 1
            return
        deadline = None if span is None else self.now + span
        ticket = self.bulkhead.enqueue("caller", priority, self.now, deadline)
        if ticket is None:
            self.settled += 1
            assert span == 0 or all(
                other.priority >= priority and (other.deadline is None or other.deadline > self.now)
                for other in self.line
            )
        else:
            self.line.append(ticket)
        self.account_for_dropped()

    @precondition(lambda self: self.in_flight > 0)
    @rule()
    def leave(self) -> None:
        self.in_flight -= 1
        self.settled += 1
        self.serve(self.bulkhead.leave(self.now))

    @precondition(lambda self: self.line)
    @rule(chance=st.randoms(use_true_random=False))
    def withdraw(self, chance: Random) -> None:
        ticket = chance.choice(self.line)
        assert self.bulkhead.withdraw(ticket)
        self.line.remove(ticket)
        self.settled += 1

    @rule(seconds=st.integers(1, 4))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def expire(self) -> None:
        self.bulkhead.expire(self.now)
        self.account_for_dropped()
        assert all(t.deadline is None or t.deadline > self.now for t in self.line)

    @rule(places=st.integers(1, 3), queue=st.integers(0, 4))
    def resize(self, places: int, queue: int) -> None:
        config = BulkheadConfig(max_concurrent=places, max_queue=queue)
        served = self.bulkhead.resize(config, self.now)
        self.line = [ticket for ticket in self.line if ticket not in served]
        self.in_flight += len(served)
        self.account_for_dropped()

    @invariant()
    def nobody_is_lost(self) -> None:
        seen = self.bulkhead.snapshot()
        assert seen.in_flight == self.in_flight >= 0
        assert seen.waiting == len(self.line) <= seen.max_queue
        assert self.asked == self.settled + self.in_flight + len(self.line)
        assert not self.line or seen.in_flight >= seen.limit

    def teardown(self) -> None:
        if not hasattr(self, "bulkhead"):
            return
        while self.in_flight:
            self.leave()
        assert self.bulkhead.snapshot().in_flight == 0
        assert self.bulkhead.snapshot().waiting == 0
        assert self.asked == self.settled


TestPlaces = Places.TestCase
