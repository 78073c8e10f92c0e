"""An owner and its peers, message by message: trials, memory, outcomes and settings."""

from __future__ import annotations

from dataclasses import replace

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.limits import breaker_settings, limits_of, strictest
from hive_resilience.actors.policies.cluster.owned import OwnedModel
from hive_resilience.actors.policies.cluster.records import SUCCESS, Run
from hive_resilience.actors.policies.cluster.shared_model import Barred, Scope, SharedModel
from hive_resilience.config import Alone, BulkheadConfig, CircuitBreakerConfig, ModelConfig

CONFIG = ModelConfig(
    id="m",
    bulkhead=BulkheadConfig(max_concurrent=10),
    circuit_breaker=CircuitBreakerConfig(
        failure_threshold=3, recovery_timeout=5.0, success_threshold=1, recovery_jitter=0.0
    ),
)
LIMITS = limits_of(CONFIG, trial_timeout=90.0, max_parking=600.0)


def an_owner(epoch: int = 1, *, learns_at: float | None = None) -> OwnedModel:
    owner = OwnedModel("m", LIMITS, epoch=epoch, share_time=3.0, draw=lambda: 0.0)
    if learns_at is not None:
        owner.ledger.learn(learns_at)
    return owner


class Peer:
    """A peer whose exchanges arrive at once."""

    def __init__(self, name: str, *, alone: Alone = Alone.STOP) -> None:
        self.name = name
        self.breaker = CircuitBreaker(breaker_settings(LIMITS))
        self.shared = SharedModel("m", LIMITS, alone=alone, share_time=3.0, scope=Scope())
        self.in_flight = 0

    def exchange(
        self,
        owner: OwnedModel,
        now: float,
        *,
        arrives: bool = True,
        sure: bool = True,
        peers: int = 2,
    ) -> None:
        report = self.shared.report(
            now, in_flight=self.in_flight, waiting=False, breaker=self.breaker, fresh=True
        )
        given = owner.exchange(self.name, report, now, counts=True, sure=sure)
        if arrives:
            self.shared.take_over(
                given,
                sent_at=now,
                now=now,
                peers=peers,
                breaker=self.breaker,
                learning=owner.ledger.is_learning(now),
            )

    def fail(self, now: float, times: int = 1) -> None:
        for _ in range(times):
            stamp = self.shared.started(now)
            self.shared.ended(stamp, "transient", slow=False, wait=0.0)

    def state(self, now: float) -> State:
        return self.breaker.state(now)


def an_open_pair() -> tuple[OwnedModel, Peer, Peer]:
    owner, a, b = an_owner(), Peer("a"), Peer("b")
    for peer in (a, b):
        peer.exchange(owner, 0.0)
    a.fail(0.0, times=2)
    b.fail(0.0)
    for peer in (a, b, a):
        peer.exchange(owner, 0.1)
    return owner, a, b


def test_failures_of_all_peers_open_one_breaker() -> None:
    _, a, b = an_open_pair()

    assert a.state(0.2) is b.state(0.2) is State.OPEN
    assert a.shared.bars(0.2) is b.shared.bars(0.2) is Barred.VIEW


def test_one_peer_at_a_time_has_the_trial() -> None:
    owner, a, b = an_open_pair()
    for peer in (a, b):
        peer.exchange(owner, 5.0)
        assert peer.shared.bars(5.2) is Barred.VIEW
        peer.exchange(owner, 5.2)

    assert a.shared.bars(5.3) is None
    assert b.shared.bars(5.3) is Barred.VIEW


def test_a_trial_that_answers_closes_the_breaker_for_all() -> None:
    owner, a, b = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2)
    stamp = a.shared.started(5.3)
    a.shared.ended(stamp, SUCCESS, slow=False, wait=0.0)
    for peer in (a, b):
        peer.exchange(owner, 5.4)

    assert stamp.trial is not None
    assert a.state(5.4) is b.state(5.4) is State.CLOSED


def test_a_trial_whose_grant_got_lost_goes_to_another_peer() -> None:
    owner, a, b = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2, arrives=False)
    a.exchange(owner, 5.3)
    b.exchange(owner, 5.3)
    b.shared.bars(5.4)
    b.exchange(owner, 5.4)

    assert b.shared.bars(5.4) is None


def test_a_trial_that_no_call_uses_is_returned() -> None:
    owner, a, b = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2)
    for now in (6.0, 7.0, 8.0, 9.0):
        a.exchange(owner, now)
        b.exchange(owner, now)
    b.shared.bars(9.0)
    b.exchange(owner, 9.1)

    assert b.shared.bars(9.1) is None


def test_a_trial_of_a_dead_peer_is_given_up_after_the_time_of_the_policy() -> None:
    owner, a, b = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2)
    a.shared.started(5.3)
    for now in (8.0, 10.0, 95.1, 95.3):
        b.shared.bars(now)
        b.exchange(owner, now)
        assert (b.shared.bars(now) is None) is (now > 5.2 + LIMITS.trial_timeout)


def test_owners_that_are_not_sure_grant_no_trial_and_no_probe() -> None:
    owner, a, _ = an_open_pair()
    a.exchange(owner, 5.0)
    a.shared.bars(5.2)
    a.exchange(owner, 5.2, sure=False)
    assert a.shared.bars(5.3) is Barred.VIEW
    assert not a.shared.may_probe

    a.exchange(owner, 5.3)
    assert a.shared.bars(5.3) is None
    assert a.shared.may_probe


def test_one_peer_probes_until_it_is_gone() -> None:
    owner, a, b, c = an_owner(), Peer("a"), Peer("b"), Peer("c")
    for now in (0.0, 1.0):
        for peer in (c, b, a):
            peer.exchange(owner, now)
    assert [peer.shared.may_probe for peer in (a, b, c)] == [False, False, True]

    owner.leave("c", 1.1)
    for now in (1.2, 4.2):
        b.exchange(owner, now)
    a.exchange(owner, 4.3)
    assert [peer.shared.may_probe for peer in (a, b)] == [False, True]
    a.exchange(owner, 8.0)
    assert a.shared.may_probe


def test_a_share_the_owner_and_the_own_breaker_have_to_agree() -> None:
    owner, peer = an_owner(), Peer("a")
    peer.exchange(owner, 0.0)
    assert peer.shared.bars(0.1) is None
    peer.breaker.trip(0.1, "its own failures")
    peer.exchange(owner, 0.2)

    assert owner.view(0.2).state is State.CLOSED
    assert peer.state(0.2) is State.OPEN


def test_a_call_past_an_open_breaker_has_a_share_all_the_same() -> None:
    owner, a, _ = an_open_pair()
    assert a.shared.bars(0.2, forced=True) is None
    assert a.shared.bars(4.0, forced=True) is Barred.PLACES
    owner.leave("a", 0.3)


def test_an_operator_ends_what_a_new_owner_learns_of_the_breaker() -> None:
    _, a, b = an_open_pair()
    successor = an_owner(2, learns_at=0.2)
    a.exchange(successor, 0.3)
    successor.operate("reset", "", 0.4)
    b.exchange(successor, 0.5)

    assert successor.view(0.5).state is State.CLOSED
    assert b.state(0.5) is State.CLOSED


def test_outcomes_of_another_generation_change_nothing() -> None:
    owner, peer = an_owner(), Peer("a")
    peer.exchange(owner, 0.0)
    peer.shared.news.add(Run(1, 99, "transient", count=9))
    peer.shared.news.add(Run(2, 1, "transient", count=9))
    peer.exchange(owner, 0.1)

    assert owner.view(0.1).state is State.CLOSED
    assert (owner.counted, owner.stale) == (0, 18)


def test_a_new_owner_learns_that_the_breaker_is_open_and_for_how_long() -> None:
    owner, a, b = an_open_pair()
    left = owner.view(0.2).seconds
    successor = an_owner(2, learns_at=0.2)
    b.exchange(successor, 0.2)

    view = successor.view(0.2)
    assert view.state is State.OPEN
    assert abs(view.seconds - left) < 0.2
    a.exchange(successor, 0.3)
    assert a.state(0.3) is State.OPEN


def test_a_new_owner_lends_what_is_claimed_alone() -> None:
    owner, a, b = an_owner(), Peer("a"), Peer("b")
    a.in_flight = 8
    a.exchange(owner, 0.0)
    held = a.shared.places(0.0)
    successor = an_owner(2, learns_at=1.0)
    for peer in (b, a):
        peer.exchange(successor, 1.0)

    assert a.shared.places(1.0) == held > 0
    assert b.shared.places(1.0) == 0


def test_parking_reaches_the_other_peers() -> None:
    owner, a, b = an_owner(), Peer("a"), Peer("b")
    a.breaker.park(0.0, 20.0)
    for peer in (a, b):
        peer.exchange(owner, 0.0)

    assert b.breaker.gate.parked_for(0.0) == 20.0
    b.exchange(owner, 1.0)
    assert owner.breaker.gate.parked_for(1.0) == 19.0


def test_without_a_share_a_peer_does_as_its_settings_say() -> None:
    peers = {how: Peer(how, alone=how) for how in Alone}
    for peer in peers.values():
        peer.shared.peers = 4

    assert {how: peer.shared.places(0.0) for how, peer in peers.items()} == {
        Alone.STOP: 0,
        Alone.SHARE: 2,
        Alone.LOCAL: 10,
    }
    assert peers[Alone.STOP].shared.bars(0.0) is Barred.PLACES
    assert peers[Alone.SHARE].shared.bars(0.0) is None


def test_the_strictest_of_different_settings_hold() -> None:
    lower = replace(LIMITS, places=4, requests=60.0, slow_call=1.0, recovery_timeout=9.0)

    found = strictest((LIMITS, lower))

    assert (found.places, found.requests, found.slow_call) == (4, 60.0, 1.0)
    assert found.recovery_timeout == 9.0


def test_settings_that_differ_are_told_until_they_agree() -> None:
    owner, a, b = an_owner(), Peer("a"), Peer("b")
    b.shared.limits = replace(LIMITS, places=4)
    for peer in (a, b, a):
        peer.exchange(owner, 0.0)
    assert a.shared.differ
    assert owner.ledger.limit == 4

    b.shared.limits = LIMITS
    for peer in (b, a):
        peer.exchange(owner, 0.1)
    assert not a.shared.differ
    assert owner.ledger.limit == 10
