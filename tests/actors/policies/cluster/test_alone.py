"""A peer whose share is over, while new owners learn what the others hold."""

from __future__ import annotations

from hive_resilience.config import Alone

from .test_owned import Peer, an_owner


def test_a_peer_that_is_alone_stays_so_until_new_owners_have_learned() -> None:
    owner, successor = an_owner(), an_owner(2, learns_at=9.0)
    peers = {how: Peer(how, alone=how) for how in Alone}
    for peer in peers.values():
        peer.exchange(owner, 0.0)
        peer.exchange(successor, 9.0, peers=1)

    assert {how: peer.shared.places(9.0) for how, peer in peers.items()} == {
        Alone.STOP: 0,
        Alone.SHARE: 5,
        Alone.LOCAL: 10,
    }
    peers[Alone.SHARE].exchange(successor, 12.1)
    assert 0 < peers[Alone.SHARE].shared.places(12.1) < 5


def test_a_peer_that_never_had_a_share_waits_until_new_owners_have_learned() -> None:
    peer = Peer("a", alone=Alone.LOCAL)
    peer.exchange(an_owner(2, learns_at=9.0), 9.0)

    assert peer.shared.places(9.0) == 0
