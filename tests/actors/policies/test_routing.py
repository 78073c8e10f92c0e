from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from hive_resilience.actors.policies.routing import Routing
from hive_resilience.config import Strategy

SEQUENTIAL, RANDOM, WEIGHTED = Strategy.SEQUENTIAL, Strategy.RANDOM, Strategy.WEIGHTED
LARGE = 10_000


def fleet(*ids: str, **weights: float) -> Routing:
    routing = Routing()
    for model_id in ids:
        routing.add(model_id)
    for model_id, weight in weights.items():
        routing.add(model_id, weight=weight)
    return routing


def large_fleet() -> Routing:
    return fleet(*(f"m{number}" for number in range(LARGE)))


def zero() -> float:
    return 0.0


def order(
    routing: Routing, strategy: Strategy, draw: Callable[[], float], tried: set[str] | None = None
) -> list[str]:
    tried, found = set(tried or ()), list[str]()
    while (model_id := routing.choose(strategy, tried, draw)) is not None:
        tried.add(model_id)
        found.append(model_id)
    return found


@pytest.mark.parametrize("strategy", [SEQUENTIAL, Strategy.PARALLEL])
def test_sequential_and_parallel_go_by_the_order_of_the_fleet(strategy: Strategy) -> None:
    assert order(fleet("b", "a", "c"), strategy, zero) == ["b", "a", "c"]


def test_a_model_keeps_its_place_while_it_is_not_usable() -> None:
    routing = fleet("a", "b", "c")
    routing.set_usable("a", False)
    routing.set_usable("b", False)
    routing.set_usable("b", False)
    assert order(routing, SEQUENTIAL, zero) == ["c"]
    routing.set_usable("b", True)
    routing.set_usable("a", True)
    assert order(routing, SEQUENTIAL, zero) == ["a", "b", "c"]


def test_a_removed_model_is_gone_and_comes_back_at_the_end() -> None:
    routing = fleet("a", "b")
    routing.remove("a")
    routing.set_usable("a", True)
    assert (len(routing), routing.usable_count) == (1, 1)
    assert "a" not in routing
    routing.add("a")
    assert order(routing, SEQUENTIAL, zero) == ["b", "a"]


def test_removing_a_model_that_cannot_serve_leaves_the_others_alone() -> None:
    routing = fleet("a", "b", "c")
    routing.set_usable("a", False)
    routing.remove("a")
    assert order(routing, SEQUENTIAL, zero) == ["b", "c"]


def test_what_is_not_there_cannot_be_removed_and_what_is_there_not_added() -> None:
    routing = fleet("a")
    with pytest.raises(KeyError):
        routing.remove("b")
    with pytest.raises(KeyError):
        routing.set_weight("b", 1.0)
    with pytest.raises(ValueError, match="part of the fleet already"):
        routing.add("a")


def test_a_model_may_be_added_before_it_can_serve() -> None:
    routing = Routing()
    routing.add("a", usable=False)
    assert not routing.is_usable("a")
    assert routing.choose(SEQUENTIAL, (), zero) is None


@pytest.mark.parametrize("strategy", list(Strategy))
def test_an_empty_fleet_has_nobody_to_choose(strategy: Strategy) -> None:
    assert Routing().choose(strategy, (), zero) is None
    assert Routing().choose_among(("a",), strategy, (), zero) is None


def test_random_gives_every_order_the_same_chance() -> None:
    # 60,000 orders, 6 kinds: a share is off by 0.01 (6.6 sigma) with a chance below 1e-9.
    routing, draw = fleet("a", "b", "c"), Random(1).random
    seen = Counter("".join(order(routing, RANDOM, draw)) for _ in range(60_000))
    assert len(seen) == 6
    assert list(seen.values()) == pytest.approx([10_000] * 6, abs=600)


def test_random_is_uniform_among_those_that_are_left() -> None:
    # 20,000 choices among 3: off by 0.02 (6 sigma) with a chance below 1e-8.
    routing, draw = fleet(*"abcdef"), Random(2).random
    routing.set_usable("b", False)
    seen = Counter(routing.choose(RANDOM, {"a", "f"}, draw) for _ in range(20_000))
    assert {k: v / 20_000 for k, v in seen.items()} == pytest.approx(
        dict.fromkeys("cde", 1 / 3), abs=0.02
    )


def weighted_shares(choose: Callable[[], str | None]) -> dict[str | None, float]:
    seen = Counter(choose() for _ in range(20_000))
    return {model_id: count / 20_000 for model_id, count in seen.items()}


def test_weighted_follows_the_weights_first_and_among_the_rest() -> None:
    # 20,000 choices: off by 0.02 (5.6 sigma) with a chance below 1e-7 each.
    routing, draw = fleet(a=1.0, b=3.0, c=6.0), Random(3).random
    first = weighted_shares(lambda: routing.choose(WEIGHTED, (), draw))
    second = weighted_shares(lambda: routing.choose(WEIGHTED, {"c"}, draw))
    assert first == pytest.approx({"a": 0.1, "b": 0.3, "c": 0.6}, abs=0.02)
    assert second == pytest.approx({"a": 0.25, "b": 0.75}, abs=0.02)


def test_a_new_weight_counts_from_the_next_choice_on() -> None:
    routing = fleet(a=0.0, b=1.0)
    assert routing.choose(WEIGHTED, (), zero) == "b"
    routing.set_weight("a", 1.0)
    routing.set_weight("b", 0.0)
    assert routing.choose(WEIGHTED, (), zero) == "a"


@pytest.mark.parametrize("draw", [0.0, 0.5, 1 - 2**-53])
def test_weight_zero_is_the_last_resort(draw: float) -> None:
    routing = fleet(a=0.0, b=1.0, c=0.0)
    found = order(routing, WEIGHTED, lambda: draw)
    assert found[0] == "b"
    assert set(found) == {"a", "b", "c"}


def test_weighted_finds_the_light_ones_when_the_heavy_one_is_out() -> None:
    routing = fleet(a=1e9, b=1e-9)
    routing.set_usable("a", False)
    assert order(routing, WEIGHTED, Random(4).random) == ["b"]


def test_a_plan_goes_by_its_own_order_and_leaves_out_the_unusable() -> None:
    routing = fleet("a", "b", "c")
    routing.set_usable("b", False)
    ids = ("c", "b", "unknown", "a")
    assert routing.choose_among(ids, SEQUENTIAL, (), zero) == "c"
    assert routing.choose_among(ids, SEQUENTIAL, {"c"}, zero) == "a"
    assert routing.choose_among(ids, RANDOM, {"c"}, zero) == "a"
    assert routing.choose_among(ids, SEQUENTIAL, {"a", "c"}, zero) is None


def test_a_plan_uses_its_own_weights_or_those_of_the_fleet() -> None:
    routing = fleet(a=1.0, b=0.0)
    assert routing.choose_among("ab", WEIGHTED, (), zero) == "a"
    assert routing.choose_among("ab", WEIGHTED, (), zero, weights={"b": 1.0}) == "b"
    assert routing.choose_among("ab", WEIGHTED, {"b"}, zero, weights={"b": 1.0}) == "a"


def test_a_plan_is_chosen_from_at_random_with_equal_chances() -> None:
    routing = fleet("a", "b", "c")
    draws = (0.0, 0.3, 0.4, 0.6, 0.7, 1 - 2**-53)
    found = [routing.choose_among("abc", RANDOM, (), iter([draw]).__next__) for draw in draws]
    assert found == ["a", "a", "b", "b", "c", "c"]


def test_all_of_a_small_fleet_are_candidates() -> None:
    routing = fleet("a", "b", "c")
    assert routing.candidates({"b"}, zero, ["b"]) == ["a", "c"]
    ids = [f"m{number}" for number in range(17)]
    assert fleet(*ids[:16]).candidates((), zero) == ids[:16]
    assert fleet(*ids).candidates((), zero) == ["m0"]


def test_a_large_fleet_offers_its_leaders_and_a_few_challengers() -> None:
    routing = large_fleet()
    routing.set_usable("m2", False)
    found = routing.candidates({"m1"}, Random(5).random, ["m1", "m2", "m3", "m3000"])
    assert found[:2] == ["m3", "m3000"]
    assert len(found) == 4
    assert routing.candidates((), zero, ["m0"]) == ["m0"]


def test_a_large_fleet_offers_nobody_when_all_were_tried() -> None:
    routing = large_fleet()
    everybody = {f"m{number}" for number in range(LARGE)}
    assert routing.candidates(everybody, zero) == []


class CountedReads(set[str]):
    """What was tried, and how often somebody looked."""

    reads = 0

    def __contains__(self, model_id: object) -> bool:
        self.reads += 1
        return super().__contains__(model_id)


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_choice_from_ten_thousand_looks_at_a_handful(strategy: Strategy) -> None:
    routing, draw = large_fleet(), Random(6).random
    for number in range(0, LARGE, 10):
        routing.set_usable(f"m{number}", False)
    tried = CountedReads(f"m{number}" for number in range(1, 4))
    chosen = {routing.choose(strategy, tried, draw) for _ in range(50)}
    assert None not in chosen
    assert tried.reads <= 50 * 4
