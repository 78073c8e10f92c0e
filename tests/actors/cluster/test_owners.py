"""The owners of a fleet, message by message: what counts once, what is lent, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from hive_resilience.actors.cluster.messages import (
    Answer,
    Done,
    Exchange,
    Leave,
    Operate,
    Views,
    Watch,
)
from hive_resilience.actors.cluster.wire import RefusedError, decode, encode
from hive_resilience.actors.policies.breaker.states import State
from hive_resilience.actors.policies.cluster.records import Report

from ...simulation.cluster.host import SHARE_TIME, Host
from .owners_kit import FAILURES, LIMIT, LIMITS, Peer, with_owners


def test_an_exchange_that_comes_twice_counts_once() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        message = peer.message(batch=1, runs=FAILURES)
        await peer.send(message)
        with pytest.raises(RefusedError, match="a later exchange of this peer has come"):
            await peer.send(message)

        assert host.owned is not None
        assert host.owned.counted == 2

    with_owners(main)


def test_outcomes_that_are_sent_again_count_once() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        for batch in (1, 1, 2):
            await peer.exchange(batch=batch, runs=FAILURES)

        assert host.owned is not None
        assert host.owned.counted == 4

    with_owners(main)


def test_owners_that_are_not_sure_to_be_the_only_ones_let_peers_keep_what_they_have() -> None:
    async def main(host: Host) -> None:
        a, b = Peer(host, "a"), Peer(host, "b")
        assert await a.exchange() == LIMIT
        await a.exchange(wants=4)
        host.is_reaching = False
        await asyncio.sleep(SHARE_TIME * 0.6)

        assert await a.exchange() == 4
        assert await b.exchange() == 0
        assert b.share is not None
        assert not b.share.probe
        host.is_reaching = True
        await asyncio.sleep(SHARE_TIME / 4)
        assert await b.exchange() == 5

    with_owners(main)


def test_owners_that_may_have_been_replaced_lend_nothing() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        await peer.exchange()
        host.is_reaching = False
        await asyncio.sleep(SHARE_TIME + 0.01)
        answer = await peer.send(peer.message())

        assert answer.fenced
        assert answer.shares == ()

    with_owners(main)


def test_no_share_outlasts_the_fence() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        await peer.exchange()
        await asyncio.sleep(0.01)
        host.is_reaching = False
        await asyncio.sleep(2.0)
        await peer.exchange()

        assert peer.share is not None
        assert peer.share.seconds <= SHARE_TIME - 2.0

    with_owners(main)


def test_a_peer_that_leaves_frees_its_places_and_late_messages_take_none() -> None:
    async def main(host: Host) -> None:
        a, b = Peer(host, "a"), Peer(host, "b")
        late = a.message()
        await a.exchange()
        a.seq += 1
        decode(await host.owners.leave(encode(Leave("a", a.seq))), Done)
        with pytest.raises(RefusedError):
            await a.send(late)

        assert await b.exchange() == LIMIT

    with_owners(main)


def test_the_crash_of_an_owner_forgets_nothing_that_is_lent() -> None:
    async def main(host: Host) -> None:
        a, b = Peer(host, "a"), Peer(host, "b")
        await a.exchange(wants=7)
        host.crash()
        await asyncio.sleep(0.5)

        assert await b.exchange() == 3
        assert await a.exchange(wants=7) == 5

    with_owners(main)


def test_the_crash_of_an_owner_grants_no_trial_beside_the_one_that_is_out() -> None:
    async def main(host: Host) -> None:
        a, b = Peer(host, "a"), Peer(host, "b")
        await a.exchange()
        await host.owners.operate(encode(Operate("a", "m", "trip")))
        await asyncio.sleep(LIMITS.recovery_timeout * 1.2)
        await a.exchange(asking=True)
        assert a.share is not None
        trial = a.share.trial
        assert trial is not None
        host.crash()
        await asyncio.sleep(1.0)
        await a.exchange(trials=(trial,))
        await b.exchange(asking=True)

        assert b.share is not None
        assert b.share.trial is None

    with_owners(main)


def test_a_watch_is_answered_when_a_breaker_moves() -> None:
    async def main(host: Host) -> None:
        peer, loop = Peer(host, "a"), asyncio.get_running_loop()
        await peer.exchange()
        assert peer.share is not None
        watch = encode(Watch("a", 1, {"m": peer.share.view.stamp}))
        waiting = asyncio.ensure_future(host.owners.watch(watch))
        await asyncio.sleep(3.0)
        assert not waiting.done()
        await host.owners.operate(encode(Operate("b", "m", "trip", "for a reason")))
        found = decode(await waiting, Views)

        assert loop.time() == 3.0
        assert found.views["m"].state is State.OPEN
        assert found.views["m"].reason == "for a reason"

    with_owners(main)


def test_a_watch_without_news_ends_after_a_while() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        await peer.exchange()
        assert peer.share is not None
        watch = encode(Watch("a", 1, {"m": peer.share.view.stamp}))

        assert decode(await host.owners.watch(watch), Views).views == {}
        assert asyncio.get_running_loop().time() == 10.0

    with_owners(main)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Operate("a", "other", "trip"), "no peer has reported of the model 'other'"),
        (Operate("a", "m", "explode"), "'explode' is no verb for the breaker of a fleet"),
    ],
)
def test_a_verb_that_owners_cannot_obey_is_refused_in_words(asked: Operate, told: str) -> None:
    async def main(host: Host) -> None:
        await Peer(host, "a").exchange()
        with pytest.raises(RefusedError, match=told):
            decode(await host.owners.operate(encode(asked)), Done)

    with_owners(main)


def test_what_is_no_message_is_refused_in_words() -> None:
    async def main(host: Host) -> None:
        verbs: list[Coroutine[Any, Any, bytes]] = [
            host.owners.exchange(b"{"),
            host.owners.watch(b'{"version": 9}'),
            host.owners.operate(b"[]"),
            host.owners.leave(encode(Done())),
        ]
        for verb in verbs:
            with pytest.raises(RefusedError):
                decode(await verb, Done)

    with_owners(main)


def test_a_model_whose_owner_is_down_keeps_no_other_model_waiting() -> None:
    async def main(host: Host) -> None:
        peer = Peer(host, "a")
        await peer.exchange()
        host.crash()
        host.crash()  # the first restart costs no time
        both = (Report("m", LIMITS, 20, 0), Report("n", LIMITS, 20, 0))
        answer = decode(await host.owners.exchange(encode(Exchange("a", 9, 0, both))), Answer)

        assert asyncio.get_running_loop().time() == 0.0
        assert [given.model for given in answer.shares] == ["n"]

    with_owners(main)
