"""A peer's share: places for a time, and what there is without one."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.cluster.ledger import Claim
from hive_resilience.actors.policies.cluster.share import Share, part_alone, wanted
from hive_resilience.config.settings.distribution.cluster import Alone


def test_a_share_counts_from_the_sending() -> None:
    share = Share()
    share.take_over(places=10, seconds=3.0, sent_at=1.0)

    assert share.places(3.99) == 10
    assert share.places(4.0) == 0
    assert not share.holds(4.0)
    assert share.claim(2.0) == Claim(10, 2.0)
    assert share.claim(4.0) == Claim()


@pytest.mark.parametrize(
    ("how", "peers", "part"),
    [
        (Alone.STOP, 3, 0.0),
        (Alone.LOCAL, 3, 1.0),
        (Alone.SHARE, 4, 0.25),
        (Alone.SHARE, 0, 1.0),
    ],
)
def test_without_an_owner_there_is_what_the_settings_say(
    how: Alone, peers: int, part: float
) -> None:
    assert part_alone(how, peers) == part


def test_a_peer_asks_for_a_quarter_more_than_it_uses() -> None:
    assert [wanted(*busy) for busy in ((0, 0), (1, 0), (4, 0), (8, 4))] == [1, 2, 5, 15]
