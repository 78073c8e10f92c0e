"""What owners lend while shares of owners before them may still be out."""

from __future__ import annotations

import asyncio

from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.ledger import Claim
from hive_resilience.actors.policies.cluster.records import View

from ...simulation.cluster.host import SHARE_TIME, Host
from .owners_kit import LIMIT, Peer, with_owners


def test_new_owners_lend_what_is_claimed_until_the_old_shares_are_over() -> None:
    async def main(host: Host) -> None:
        a, b = Peer(host, "a"), Peer(host, "b")
        answer = await a.send(a.message(claim=Claim(6, 2.0)))
        assert answer.learning
        assert (a.share.places if a.share else 0, await b.exchange()) == (6, 0)
        await asyncio.sleep(2.0)
        assert (await a.exchange(), await b.exchange()) == (6, 0)
        await asyncio.sleep(1.1)
        await a.exchange()
        await a.exchange(wants=1)

        assert await b.exchange() == 5

    with_owners(main, learns=True)


def test_a_first_owner_learns_where_a_peer_has_known_others() -> None:
    """A head without memory says that there were none, while other peers still are alone."""

    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        known = View(epoch=99, generation=1, stamp=1, state=State.CLOSED)
        assert await peer.exchange(view=known) == 0
        await asyncio.sleep(SHARE_TIME * 1.1)
        assert await peer.exchange(view=known) == LIMIT

    with_owners(main)


def test_a_first_owner_lends_at_once_to_a_peer_that_has_known_none() -> None:
    async def main(host: Host) -> None:
        assert await Peer(host, "a").exchange() == LIMIT

    with_owners(main)
