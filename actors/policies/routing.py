"""In which order a task tries the models of the fleet.

The view is kept up to date by small changes, so that a choice costs the same for ten models and
for ten thousand: nothing here walks the fleet unless guessing has failed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate

from ...config.settings.runtime import Strategy
from .chance import Draw

_GUESSES = 4
_SMALL_FLEET = 16
_CHALLENGERS = 2
_RANDOM = Strategy.RANDOM
_WEIGHTED = Strategy.WEIGHTED


class _Member:
    __slots__ = ("position", "usable", "weight")

    def __init__(self, position: int, weight: float) -> None:
        self.position = position
        self.weight = weight
        self.usable = False


class Routing:
    """The fleet in its order, with each model's weight and whether it can serve.

    >>> routing = Routing()
    >>> routing.add("a")
    >>> routing.add("b")
    >>> routing.set_usable("a", False)
    >>> routing.choose(Strategy.SEQUENTIAL, tried=(), draw=lambda: 0.0)
    'b'
    """

    __slots__ = ("_members", "_next_position", "_positions", "_summed", "_sums", "_usable")

    def __init__(self) -> None:
        self._members: dict[str, _Member] = {}
        self._next_position = 0
        # The usable ones in order, and beside them their positions to search by.
        self._usable: list[str] = []
        self._positions: list[int] = []
        # Running sums of all weights, made when first needed; empty: out of date.
        self._summed: list[str] = []
        self._sums: list[float] = []

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, model_id: str) -> bool:
        return model_id in self._members

    @property
    def usable_count(self) -> int:
        """How many models can serve."""
        return len(self._usable)

    def is_usable(self, model_id: str) -> bool:
        """Whether the model is part of the fleet and can serve."""
        member = self._members.get(model_id)
        return member is not None and member.usable

    def add(self, model_id: str, *, weight: float = 1.0, usable: bool = True) -> None:
        """Puts a model at the end of the order; raises `ValueError` where it is there already."""
        if model_id in self._members:
            raise ValueError(f"model {model_id!r} is part of the fleet already")
        self._members[model_id] = _Member(self._next_position, weight)
        self._next_position += 1
        self._sums = []
        self.set_usable(model_id, usable)

    def remove(self, model_id: str) -> None:
        """Takes a model out; raises `KeyError` where it is not there."""
        self.set_usable(model_id, False)
        del self._members[model_id]
        self._sums = []

    def reorder(self, model_ids: Iterable[str]) -> None:
        """Puts the models in this order, those that it does not name behind it as they were."""
        named = [model_id for model_id in model_ids if model_id in self._members]
        members = self._members
        self._members = {model_id: members[model_id] for model_id in (*named, *members)}
        for position, member in enumerate(self._members.values()):
            member.position = position
        self._next_position = len(self._members)
        self._usable = [i for i, member in self._members.items() if member.usable]
        self._positions = [self._members[i].position for i in self._usable]
        self._sums = []

    @property
    def is_weighted(self) -> bool:
        """Whether any model has another weight than 1."""
        return any(member.weight != 1.0 for member in self._members.values())

    def weight_of(self, model_id: str) -> float:
        """The weight of a model that is part of the fleet."""
        return self._members[model_id].weight

    def set_weight(self, model_id: str, weight: float) -> None:
        """Changes a weight; a model with weight 0 is the last resort of the weighted strategy."""
        self._members[model_id].weight = weight
        self._sums = []

    def set_usable(self, model_id: str, usable: bool) -> None:
        """Says whether a model can serve; word of a model that was removed is ignored."""
        member = self._members.get(model_id)
        if member is None or member.usable is usable:
            return
        member.usable = usable
        index = bisect_left(self._positions, member.position)
        if usable:
            self._positions.insert(index, member.position)
            self._usable.insert(index, model_id)
            return
        del self._positions[index]
        del self._usable[index]

    def choose(self, strategy: Strategy, tried: Collection[str], draw: Draw) -> str | None:
        """The next usable model that is not in `tried`; None when there is none left.

        Sequential and parallel go by the order, random is uniform, weighted goes by weight.
        """
        if strategy == _RANDOM:
            return self._at_random(tried, draw)
        if strategy == _WEIGHTED:
            return self._by_weight(tried, draw)
        for model_id in self._usable:
            if model_id not in tried:
                return model_id
        return None

    def choose_among(
        self,
        ids: Iterable[str],
        strategy: Strategy,
        tried: Collection[str],
        draw: Draw,
        weights: Mapping[str, float] | None = None,
    ) -> str | None:
        """As `choose`, from these models in this order; a weight that is not given is 0."""
        left = [i for i in ids if i not in tried and self.is_usable(i)]
        if strategy == _RANDOM:
            return _uniform(left, draw)
        if strategy != _WEIGHTED:
            return left[0] if left else None
        if weights is None:
            return _weighted(left, [self._members[i].weight for i in left], draw)
        return _weighted(left, [weights.get(i, 0.0) for i in left], draw)

    def candidates(
        self,
        tried: Collection[str],
        draw: Draw,
        leaders: Iterable[str] = (),
        *,
        small: int = _SMALL_FLEET,
        challengers: int = _CHALLENGERS,
    ) -> list[str]:
        """A few usable models for a choice that has to look at each of them.

        All in a fleet of `small` models at most; in a larger one the leaders and some challengers.
        """
        if len(self._usable) <= small:
            return self._untried(tried)
        some = [i for i in leaders if i not in tried and self.is_usable(i)]
        for _ in range(challengers):
            challenger = self._at_random(tried, draw)
            if challenger is not None and challenger not in some:
                some.append(challenger)
        return some

    def _untried(self, tried: Collection[str]) -> list[str]:
        return [i for i in self._usable if i not in tried]

    def _at_random(self, tried: Collection[str], draw: Draw) -> str | None:
        usable = self._usable
        if len(tried) < len(usable):
            for _ in range(_GUESSES):
                model_id = usable[int(draw() * len(usable))]
                if model_id not in tried:
                    return model_id
        return _uniform(self._untried(tried), draw)

    def _by_weight(self, tried: Collection[str], draw: Draw) -> str | None:
        sums = self._sums or self._sum_weights()
        if sums and sums[-1] > 0 and len(tried) < len(self._usable):
            last = len(sums) - 1
            for _ in range(_GUESSES):
                model_id = self._summed[bisect_right(sums, draw() * sums[-1], 0, last)]
                if model_id not in tried and self._members[model_id].usable:
                    return model_id
        left = self._untried(tried)
        return _weighted(left, [self._members[i].weight for i in left], draw)

    def _sum_weights(self) -> list[float]:
        self._summed = list(self._members)
        self._sums = list(accumulate(member.weight for member in self._members.values()))
        return self._sums


def _uniform(ids: Sequence[str], draw: Draw) -> str | None:
    return ids[int(draw() * len(ids))] if ids else None


def _weighted(ids: Sequence[str], weights: Iterable[float], draw: Draw) -> str | None:
    sums = list(accumulate(weights))
    if not sums or sums[-1] <= 0:
        return _uniform(ids, draw)
    return ids[bisect_right(sums, draw() * sums[-1], 0, len(sums) - 1)]
