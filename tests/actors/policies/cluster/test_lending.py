"""Owner and peers over a network that loses, delays and doubles: the limit holds all the same."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hive_resilience.actors.policies.cluster.ledger import CLOCK_ERROR, Claim, Ledger
from hive_resilience.actors.policies.cluster.share import Share, wanted

LIMIT, SHARE_TIME = 10, 3.0
PEERS = ("a", "b", "c")
EXAMPLES = int(os.environ.get("HIVE_CONFORMANCE_EXAMPLES", "10"))


@dataclass
class Peer:
    """A process with a clock of its own rate."""

    rate: float
    share: Share = field(default_factory=Share)
    in_flight: int = 0
    lapsed: int = 0
    """Of the calls in flight, those that have outlived the last share that it had."""
    waiting: int = 0
    seq: int = 0
    sent_at: float = 0.0


@dataclass(frozen=True)
class Exchange:
    peer: str
    seq: int
    wants: int
    in_flight: int
    claim: Claim


@dataclass(frozen=True)
class Answer:
    peer: str
    seq: int
    places: int


class Lending(RuleBasedStateMachine):
    """What is under way is delivered in any order, twice or never."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.peers = {
            "a": Peer(1 - CLOCK_ERROR),
            "b": Peer(1.0),
            "c": Peer(1 + CLOCK_ERROR),
        }
        self.ledger = Ledger(LIMIT, share_time=SHARE_TIME)
        self.heard: dict[str, int] = {}
        self.under_way: list[Exchange | Answer] = []

    def clock(self, peer: Peer) -> float:
        return self.now * peer.rate

    @rule(seconds=st.sampled_from([0.05, 0.4, 1.0, 2.9, 3.1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for peer in self.peers.values():
            if not peer.share.holds(self.clock(peer)):
                peer.lapsed = peer.in_flight

    def owner_now(self) -> float:
        """The owner's clock is fast."""
        return self.now * (1 + CLOCK_ERROR)

    @rule(name=st.sampled_from(PEERS), waiting=st.integers(0, 20))
    def a_peer_exchanges(self, name: str, waiting: int) -> None:
        peer = self.peers[name]
        peer.waiting = waiting
        peer.seq += 1
        peer.sent_at = self.clock(peer)
        wants = wanted(peer.in_flight, peer.waiting)
        claim = peer.share.claim(peer.sent_at)
        self.under_way.append(Exchange(name, peer.seq, wants, peer.in_flight, claim))

    @rule(data=st.data())
    def something_arrives(self, data: st.DataObject) -> None:
        if self.under_way:
            self.arrive(self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1))))

    @rule(data=st.data())
    def something_arrives_twice(self, data: st.DataObject) -> None:
        if self.under_way:
            self.arrive(self.under_way[data.draw(st.integers(0, len(self.under_way) - 1))])

    @rule()
    def the_network_loses_all(self) -> None:
        self.under_way.clear()

    def arrive(self, message: Exchange | Answer) -> None:
        if isinstance(message, Answer):
            peer = self.peers[message.peer]
            if message.seq == peer.seq:
                peer.share.take_over(
                    places=message.places, seconds=SHARE_TIME, sent_at=peer.sent_at
                )
        elif message.seq > self.heard.get(message.peer, 0):
            self.heard[message.peer] = message.seq
            places = self.ledger.exchange(
                message.peer,
                wants=message.wants,
                in_flight=message.in_flight,
                claim=message.claim,
                now=self.owner_now(),
            )
            self.under_way.append(Answer(message.peer, message.seq, places))

    @rule(name=st.sampled_from(PEERS), calls=st.integers(1, 12))
    def calls_start(self, name: str, calls: int) -> None:
        peer = self.peers[name]
        for _ in range(calls):
            if peer.in_flight < peer.share.places(self.clock(peer)):
                peer.in_flight += 1

    @rule(name=st.sampled_from(PEERS), calls=st.integers(1, 12))
    def calls_end(self, name: str, calls: int) -> None:
        peer = self.peers[name]
        peer.in_flight -= min(calls, peer.in_flight)
        peer.lapsed = min(peer.lapsed, peer.in_flight)

    @rule(name=st.sampled_from(PEERS))
    def a_peer_dies_and_comes_back(self, name: str) -> None:
        peer = self.peers[name]
        peer.share, peer.in_flight, peer.lapsed = Share(), 0, 0

    @rule()
    def the_owner_restarts(self) -> None:
        self.ledger = Ledger(LIMIT, share_time=SHARE_TIME)
        self.ledger.learn(self.owner_now())
        self.heard.clear()

    @invariant()
    def shares_stay_within_the_limit(self) -> None:
        held = {name: peer.share.places(self.clock(peer)) for name, peer in self.peers.items()}
        assert sum(held.values()) <= LIMIT, held

    @invariant()
    def calls_in_flight_stay_within_the_limit(self) -> None:
        calls = {name: peer.in_flight - peer.lapsed for name, peer in self.peers.items()}
        assert sum(calls.values()) <= LIMIT, calls

    def teardown(self) -> None:
        """Once the network is well again, what is wanted is divided evenly."""
        self.under_way.clear()
        for peer in self.peers.values():
            peer.in_flight = peer.lapsed = 0
        self.now += 2 * SHARE_TIME
        for _ in range(3):
            for name in PEERS:
                self.now += 0.03
                self.a_peer_exchanges(name, LIMIT)
                while self.under_way:
                    self.arrive(self.under_way.pop(0))
        places = [peer.share.places(self.clock(peer)) for peer in self.peers.values()]
        assert sum(places) >= LIMIT - 1  # the remainder may just go on to the next
        assert max(places) - min(places) <= 1


TestLending: Any = Lending.TestCase
TestLending.settings = settings(max_examples=EXAMPLES, stateful_step_count=60, deadline=None)
