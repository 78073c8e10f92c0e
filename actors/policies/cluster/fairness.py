"""What is scarce, divided: max-min fair."""

from __future__ import annotations

from collections.abc import Mapping


def fair_shares(limit: int, wants: Mapping[str, int], turn: int = 0) -> dict[str, int]:
    """What each of the claimants gets of `limit` whole places; never more than it wants.

    Max-min fair: a claimant that wants less than an equal part gets all of it, and the rest is
    divided in the same way among the others. What does not divide evenly goes to one claimant after
    the other in the order of their names, beginning at `turn`, so that a turn that moves on starves
    none.

    >>> fair_shares(30, {"a": 5, "b": 20, "c": 20})
    {'a': 5, 'b': 13, 'c': 12}
    >>> fair_shares(30, {"a": 5, "b": 20, "c": 20}, turn=1)
    {'a': 5, 'b': 12, 'c': 13}
    """
    shares = {peer: max(0, want) for peer, want in sorted(wants.items())}
    left = limit
    open_: list[str] = list(shares)
    while open_:
        equal = max(0, left) // len(open_)
        content = [peer for peer in open_ if shares[peer] <= equal]
        if not content:
            return shares | _divided(left, open_, turn)
        left -= sum(shares[peer] for peer in content)
        open_ = [peer for peer in open_ if shares[peer] > equal]
    return shares


def _divided(left: int, peers: list[str], turn: int) -> dict[str, int]:
    """An equal part for each, and one more for as many as the remainder reaches."""
    equal, rest = divmod(max(0, left), len(peers))
    first = turn % len(peers)
    lucky = {peers[(first + step) % len(peers)] for step in range(rest)}
    return {peer: equal + (peer in lucky) for peer in peers}
