"""Which model a session goes to: by rendezvous hashing, the same in every process.

Each pair of session and model has a number; the model with the highest one gets the session. So a
model that leaves moves its own sessions alone, and a new one takes its share from all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from math import log

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_SPAN = 2.0**53


@lru_cache(maxsize=16_384)
def _hashed(name: str) -> int:
    """64 bits of a name. The hash of Python itself differs from process to process."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def place_of(session: str, model_id: str) -> float:
    """A number in (0, 1) for a pair of session and model, which looks like chance."""
    mixed = (_hashed(session) ^ (_hashed(model_id) * 0x9E37_79B9_7F4A_7C15)) & _MASK
    # The finalizer of splitmix64: each bit of the pair changes half of all bits.
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11 | 1) / _SPAN


def choose_for(
    session: str,
    models: Iterable[str],
    takes: Callable[[str], bool],
    weights: Mapping[str, float] | None = None,
) -> str | None:
    """The model of a session: of those that `takes` accepts, or where it accepts none, of all.

    With `weights` each model has that share of the sessions, and one without a weight has none
    as long as another has.

    >>> choose_for("chat 7", ["a", "b", "c"], takes=lambda model_id: True)
    'a'
    >>> choose_for("chat 7", ["a", "b", "c"], takes=lambda model_id: model_id != "a")
    'c'
    """
    ranks = {model_id: _rank(session, model_id, weights) for model_id in models}
    first = max(ranks, key=ranks.__getitem__, default=None)
    if first is None or takes(first):
        return first
    weighted = ranks[first][0]
    able = (i for i, rank in ranks.items() if rank[0] is weighted and takes(i))
    return max(able, key=ranks.__getitem__, default=first)


def _rank(session: str, model_id: str, weights: Mapping[str, float] | None) -> tuple[bool, float]:
    place = place_of(session, model_id)
    weight = 1.0 if weights is None else weights.get(model_id, 0.0)
    # -weight / ln(place) gives each model its share; with equal weights the order is the same.
    return weight > 0.0, -weight / log(place) if weight else place


def drawn_for(session: str, model_id: str) -> float:
    """Chance for a ramp that is the same for all tasks of a session: it comes back once."""
    return place_of(f"ramp {session}", model_id)
