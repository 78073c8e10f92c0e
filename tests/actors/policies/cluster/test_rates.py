"""Rates of a fleet: what all peers use in a minute, whatever gets lost on the way."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hive_resilience.actors.policies.cluster.rates import FleetRate, LastMinute, PeerRate
from hive_resilience.actors.policies.cluster.records import Need

LIMIT, SHARE_TIME = 600.0, 3.0
EXAMPLES = int(os.environ.get("HIVE_CONFORMANCE_EXAMPLES", "10"))


def test_the_last_minute_forgets_nothing_too_early() -> None:
    used = LastMinute()
    used.add(3.0, now=0.9)
    used.add(4.0, now=30.0)

    assert used.total(60.9) == 7.0
    assert used.total(61.0) == 4.0
    assert used.since(29.0) == 4.0
    assert used.since(30.3) == 0.0
    assert used.total(100.0) == 0.0


def test_what_is_given_back_is_free_again() -> None:
    rate = FleetRate(20, share_time=3.0)
    assert rate.grant("a", Need(0, 1, 0), now=0.0) == 1
    assert rate.grant("b", Need(0, 1, 0), now=0.0) == 0

    rate.grant("a", Need(0, 0, 0, back=1), now=0.1)

    assert rate.grant("b", Need(0, 1, 0), now=0.2) == 1


def test_a_peer_that_wants_much_leaves_the_others_their_part_of_a_scarce_rest() -> None:
    rate = FleetRate(600, share_time=3.0)
    rate.learn(Need(0, 0, recent=12), now=0.0)
    rate.learn(Need(0, 0, recent=588), now=5.0)
    assert rate.grant("small", Need(0, 6, 0), now=6.0) == 0

    assert rate.grant("great", Need(0, 75, 0), now=60.5) == 6
    assert rate.grant("small", Need(0, 6, 0), now=60.6) == 6


def test_what_a_dead_peer_held_counts_as_used() -> None:
    rate = FleetRate(1, share_time=3.0)
    assert rate.grant("a", Need(0, 1, 0), now=0.0) == 1
    rate.forget("a")

    assert rate.grant("b", Need(0, 1, 0), now=30.0) == 0
    assert rate.grant("b", Need(0, 1, 0), now=61.0) == 1


def test_a_debt_of_tokens_is_paid_before_more_is_lent() -> None:
    rate = FleetRate(1000, share_time=3.0)

    assert rate.grant("a", Need(level=-400, wanted=20, recent=400), now=0.0) == 420
    assert rate.grant("a", Need(level=-900, wanted=20, recent=900), now=1.0) == 580


def test_a_new_owner_knows_what_was_used_before_it() -> None:
    rate = FleetRate(600, share_time=3.0)
    rate.learn(Need(0, 20, recent=590), now=0.0)

    assert rate.grant("a", Need(0, 20, 590), now=4.0) == 10
    assert rate.grant("a", Need(0, 20, 590), now=5.0) == 0


def test_what_was_held_for_too_long_is_not_used() -> None:
    peer = PeerRate(600, share_time=3.0)
    peer.level = 9.0

    assert peer.need(10.0, holds=False).level == 0.0
    assert peer.level == 0.0


class Minute(RuleBasedStateMachine):
    """Three peers of one rate over a network that loses grants."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.owner = FleetRate(LIMIT, share_time=SHARE_TIME)
        self.peers = {name: PeerRate(LIMIT, share_time=SHARE_TIME) for name in "abc"}
        self.heard = dict.fromkeys(self.peers, float("-inf"))
        self.starts: list[float] = []

    @rule(seconds=st.sampled_from([0.1, 0.9, 2.0, 4.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for name, at in self.heard.items():
            if self.now > at + SHARE_TIME * 1.01:
                self.owner.forget(name)

    @rule(name=st.sampled_from("abc"), arrives=st.integers(0, 5))
    def a_peer_exchanges(self, name: str, arrives: int) -> None:
        peer = self.peers[name]
        need = peer.need(self.now, holds=self.holds(name))
        given = self.owner.grant(name, need, self.now)
        if arrives:
            peer.level += given
            self.heard[name] = self.now

    @rule(name=st.sampled_from("abc"), calls=st.integers(1, 200))
    def calls_start(self, name: str, calls: int) -> None:
        peer = self.peers[name]
        for _ in range(calls):
            peer.asked(self.now)
            if self.holds(name) and peer.level >= 1:
                peer.use(1, self.now)
                self.starts.append(self.now)

    @invariant()
    def a_minute_is_5_percent_over_at_most(self) -> None:
        recent = [at for at in self.starts if at > self.now - 60]
        assert len(recent) <= LIMIT * 1.05

    def holds(self, name: str) -> bool:
        return self.now < self.heard[name] + SHARE_TIME


TestMinute: Any = Minute.TestCase
TestMinute.settings = settings(max_examples=EXAMPLES, stateful_step_count=60, deadline=None)
