"""The edges of choosing by weight."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from hive_resilience.actors.policies.routing import Routing
from hive_resilience.config import Strategy

ALMOST_ONE = 1 - 2**-53
TINIEST = 5e-324


def fleet(**weights: float) -> Routing:
    routing = Routing()
    for model_id, weight in weights.items():
        routing.add(model_id, weight=weight)
    return routing


def chosen(routing: Routing, draw: float, tried: Collection[str] = ()) -> str | None:
    return routing.choose(Strategy.WEIGHTED, tried, lambda: draw)


def chosen_among(routing: Routing, draw: float) -> str | None:
    return routing.choose_among("ab", Strategy.WEIGHTED, (), lambda: draw)


def no_chance() -> float:
    raise AssertionError("nothing was left to chance")


def test_a_weight_that_is_not_given_is_one() -> None:
    routing = Routing()
    routing.add("a")
    routing.add("b", weight=1.0)
    assert (chosen(routing, 0.49), chosen(routing, 0.5)) == ("a", "b")


@pytest.mark.parametrize(("draw", "model_id"), [(0.0, "a"), (0.49, "a"), (0.5, "b")])
def test_without_any_weight_all_have_the_same_chance(draw: float, model_id: str) -> None:
    routing = fleet(a=0.0, b=0.0)
    assert chosen(routing, draw) == model_id
    assert chosen_among(routing, draw) == model_id


@pytest.mark.parametrize("draw", [0.0, ALMOST_ONE])
@pytest.mark.parametrize("weight", [0.0, TINIEST, 1.0, 1e300])
def test_a_fleet_of_one_is_always_served_by_it(weight: float, draw: float) -> None:
    routing = fleet(a=weight)
    assert chosen(routing, draw) == "a"
    assert chosen_among(routing, draw) == "a"


def test_when_all_were_tried_no_chance_is_drawn() -> None:
    routing = fleet(a=1.0, b=1.0)
    for strategy in (Strategy.WEIGHTED, Strategy.RANDOM):
        assert routing.choose(strategy, {"a", "b"}, no_chance) is None


class Unread(set[str]):
    """What was tried; whoever looks at it more often than allowed fails."""

    left = 4

    def __contains__(self, model_id: object) -> bool:
        self.left -= 1
        assert self.left >= 0
        return super().__contains__(model_id)


def test_light_weights_cost_no_walk_through_the_fleet() -> None:
    routing = fleet(**{f"m{number}": 1e-6 for number in range(1_000)})
    assert chosen(routing, 0.5, Unread({"m1"})) == "m500"
