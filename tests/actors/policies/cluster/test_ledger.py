"""The owner's book: the sum of what is lent stays within the limit, and shares become fair."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.cluster.ledger import Claim, Ledger

LIMIT = 30
NOTHING = Claim()


def ledger() -> Ledger:
    return Ledger(LIMIT, share_time=3.0)


def test_a_lone_peer_gets_what_it_wants() -> None:
    assert ledger().exchange("a", wants=12, in_flight=0, claim=NOTHING, now=0.0) == 12


def test_a_peer_that_wants_nothing_has_a_place_all_the_same() -> None:
    assert ledger().exchange("a", wants=0, in_flight=0, claim=NOTHING, now=0.0) == 1


def test_a_place_is_lent_again_once_it_is_returned() -> None:
    book = ledger()
    assert book.exchange("a", wants=40, in_flight=0, claim=NOTHING, now=0.0) == 30
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.1) == 0
    assert book.exchange("a", wants=40, in_flight=15, claim=Claim(30, 2.8), now=0.2) == 15
    # Whether the answer to "a" has arrived is not known before its next exchange.
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.3) == 0
    book.exchange("a", wants=40, in_flight=15, claim=Claim(15, 2.9), now=0.4)
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.5) == 15


def test_calls_in_flight_keep_their_places_beyond_the_share() -> None:
    book = ledger()
    book.exchange("a", wants=40, in_flight=0, claim=NOTHING, now=0.0)
    book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.0)
    book.exchange("a", wants=40, in_flight=30, claim=Claim(30, 2.9), now=0.1)
    book.exchange("a", wants=40, in_flight=26, claim=Claim(15, 2.9), now=0.2)

    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.3) == 4


def test_a_silent_peer_loses_its_places_after_the_share_time_and_the_error_of_clocks() -> None:
    book = ledger()
    book.exchange("a", wants=40, in_flight=0, claim=NOTHING, now=0.0)

    # The clock of "a" may be 1 % slow, and that of the owner 1 % fast.
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=3.06) == 0
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=3.061) == 30
    assert book.lent(3.061) == {"b": 30}


def test_calls_that_begin_under_a_share_keep_their_places_after_it() -> None:
    book = ledger()
    book.exchange("a", wants=40, in_flight=0, claim=NOTHING, now=0.0)
    book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.1)
    # Before this answer comes, "a" may fill the 30 places of the share that ends in a moment.
    assert book.exchange("a", wants=40, in_flight=0, claim=Claim(30, 0.05), now=2.9) == 15

    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=3.0) == 0
    book.exchange("a", wants=40, in_flight=25, claim=Claim(15, 2.9), now=3.1)
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=3.1) == 5


def test_a_peer_that_does_not_grow_keeps_what_it_has() -> None:
    book = ledger()
    book.exchange("a", wants=8, in_flight=0, claim=NOTHING, now=0.0)

    assert book.exchange("a", wants=40, in_flight=8, claim=Claim(8, 2.9), now=0.1, grows=False) == 8
    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.2, grows=False) == 0


def test_a_peer_that_leaves_gives_its_places_back_at_once() -> None:
    book = ledger()
    book.exchange("a", wants=40, in_flight=0, claim=NOTHING, now=0.0)
    book.leave("a")

    assert book.exchange("b", wants=40, in_flight=0, claim=NOTHING, now=0.1) == 30


def test_three_greedy_peers_have_equal_shares_after_three_exchanges() -> None:
    book, claims, now = ledger(), dict.fromkeys("abc", NOTHING), 0.0
    for _ in range(3):
        for peer in "abc":
            now += 0.03
            places = book.exchange(
                peer, wants=20, in_flight=claims[peer].places, claim=claims[peer], now=now
            )
            claims[peer] = Claim(places, 3.0)

    assert [claims[peer].places for peer in "abc"] == [10, 10, 10]


def test_a_new_owner_lends_what_is_claimed_until_old_shares_are_over() -> None:
    book = ledger()
    book.learn(0.0)

    assert book.exchange("a", wants=40, in_flight=10, claim=Claim(20, 2.0), now=0.1) == 20
    assert book.exchange("new", wants=40, in_flight=0, claim=NOTHING, now=0.2) == 0
    assert book.exchange("b", wants=40, in_flight=0, claim=Claim(20, 2.0), now=0.3) == 10
    assert book.is_learning(3.06)
    assert not book.is_learning(3.061)


@pytest.mark.parametrize("limit", [5, 100])
def test_another_limit_counts_from_the_next_exchange(limit: int) -> None:
    book = ledger()
    book.exchange("a", wants=60, in_flight=0, claim=NOTHING, now=0.0)
    book.limit = limit

    assert book.exchange("a", wants=60, in_flight=0, claim=NOTHING, now=0.1) == min(60, limit)
