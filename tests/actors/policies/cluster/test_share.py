"""A peer's share: places and requests for a time, and what there is without one."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.cluster.ledger import Claim
from hive_resilience.actors.policies.cluster.share import (
    Alone,
    Grant,
    Share,
    next_exchange,
    wanted,
)


def with_grant(**of: float) -> Share:
    share = Share(limit=30)
    share.take_over(Grant(places=10, seconds=3.0, **of), sent_at=1.0)
    return share


def test_a_share_counts_from_the_sending() -> None:
    share = with_grant()

    assert share.may_start(in_flight=9, now=3.99)
    assert not share.may_start(in_flight=9, now=4.0)
    assert share.claim(2.0) == Claim(10, 2.0)
    assert share.claim(4.0) == Claim()


def test_requests_are_used_up_by_starts() -> None:
    share = with_grant(requests=2.0)
    for _ in range(2):
        assert share.may_start(in_flight=0, now=1.0)
        share.started()

    assert not share.may_start(in_flight=0, now=1.0)
    assert share.unspent() == (0.0, 0.0)


def test_tokens_may_become_a_debt_that_is_told() -> None:
    share = with_grant(tokens=100.0)
    share.used(150.0)

    assert not share.may_start(in_flight=0, now=1.0)
    assert share.unspent() == (0.0, -50.0)


def test_what_is_given_back_is_not_used_again() -> None:
    share = with_grant(requests=5.0, tokens=9.0)

    assert share.unspent() == (5.0, 9.0)
    assert share.unspent() == (0.0, 0.0)
    assert not share.may_start(in_flight=0, now=1.0)


@pytest.mark.parametrize(
    ("how", "peers", "places"),
    [
        (Alone.STOP, 3, 0),
        (Alone.LOCAL, 3, 30),
        (Alone.SHARE, 3, 10),
        (Alone.SHARE, 4, 7),
        (Alone.SHARE, 0, 30),
    ],
)
def test_without_an_owner_there_is_what_the_settings_say(
    how: Alone, peers: int, places: int
) -> None:
    assert Share(limit=30).alone(how, peers) == places


def test_a_peer_asks_for_a_quarter_more_than_it_uses() -> None:
    assert [wanted(*busy) for busy in ((0, 0), (1, 0), (4, 0), (8, 4))] == [1, 2, 5, 15]


@pytest.mark.parametrize(
    ("news", "short", "due"), [(True, False, 5.0), (False, True, 5.1), (False, False, 6.0)]
)
def test_exchanges_are_rare_where_nothing_happens(news: bool, short: bool, due: float) -> None:
    assert next_exchange(5.0, every=0.1, idle_every=1.0, news=news, short=short) == due
