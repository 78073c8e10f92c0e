"""One peer at a time tells what all see, and keeps that while it comes back in time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.cluster.speakers import Speakers

LASTS = 2.0


def asks(
    speakers: Speakers,
    peer: str,
    now: float,
    *,
    lasts: float = LASTS,
    claims: bool = False,
    learning: bool = False,
) -> bool:
    return speakers.speaks("m", peer, lasts=lasts, claims=claims, learning=learning, now=now)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.0, 3.0))))
def test_two_peers_never_speak_at_once_and_the_first_stays_while_it_comes_back(
    steps: list[tuple[str, float]],
) -> None:
    speakers, now, turns = Speakers(), 0.0, dict[str, float]()
    for peer, pause in steps:
        now += pause
        speaks = asks(speakers, peer, now)
        others = [other for other, until in turns.items() if other != peer and until > now]
        assert speaks == (not others)
        if speaks:
            turns[peer] = now + LASTS
            assert speakers.of("m", now) == peer


def test_a_peer_that_leaves_or_tells_no_more_gives_its_topics_up() -> None:
    speakers = Speakers()
    assert asks(speakers, "a", 0.0)
    speakers.leave("a")
    assert asks(speakers, "b", 0.0)
    assert not asks(speakers, "b", 0.1, lasts=0.0)
    assert asks(speakers, "c", 0.1)


def test_new_owners_leave_a_topic_to_the_peer_that_claims_it() -> None:
    speakers = Speakers()
    assert not asks(speakers, "b", 0.0, learning=True)
    assert asks(speakers, "a", 0.1, claims=True, learning=True)
    assert asks(speakers, "a", 0.2, learning=True)
    assert not asks(speakers, "b", 0.3, claims=True, learning=True)
    assert not asks(speakers, "b", 0.4)


def test_topics_have_speakers_of_their_own() -> None:
    speakers = Speakers()
    assert asks(speakers, "a", 0.0)
    other = speakers.speaks("n", "b", lasts=LASTS, claims=False, learning=False, now=0.0)
    assert (other, speakers.of("n", 0.1), speakers.of("m", 0.1)) == (True, "b", "a")
    assert speakers.of("m", LASTS) == ""
