"""What is scarce is divided so that none can get more without another that has less losing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.cluster.fairness import fair_shares

WANTS = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), min_size=1)


def test_what_is_enough_is_given() -> None:
    assert fair_shares(30, {"a": 5, "b": 20}) == {"a": 5, "b": 20}


def test_what_is_not_is_divided_evenly_among_the_greedy() -> None:
    assert fair_shares(30, {"a": 20, "b": 20, "c": 20}) == {"a": 10, "b": 10, "c": 10}
    assert fair_shares(30, {"a": 2, "b": 20, "c": 20}) == {"a": 2, "b": 14, "c": 14}


def test_the_remainder_goes_round() -> None:
    had = [fair_shares(2, {"a": 9, "b": 9, "c": 9}, turn) for turn in range(3)]

    assert [sorted(share.values()) for share in had] == [[0, 1, 1]] * 3
    assert {peer: sum(share[peer] for share in had) for peer in "abc"} == dict.fromkeys("abc", 2)


@given(st.integers(0, 100), WANTS, st.integers(0, 20))
def test_shares_are_max_min_fair(limit: int, wants: dict[str, int], turn: int) -> None:
    shares = fair_shares(limit, wants, turn)

    assert set(shares) == set(wants)
    assert all(0 <= shares[peer] <= wants[peer] for peer in wants)
    assert sum(shares.values()) == min(limit, sum(wants.values()))
    greedy = [shares[peer] for peer in wants if shares[peer] < wants[peer]]
    if greedy:
        # A claimant that did not get all it wants has as much as any other, but for a remainder.
        assert max(shares.values()) - min(greedy) <= 1
