"""Which models are cheapest."""

from __future__ import annotations

from math import inf

import pytest

from hive_resilience.actors.policies.balancing.prices import by_price, price_of
from hive_resilience.config import PricesConfig


@pytest.mark.parametrize(
    ("prices", "price"),
    [
        (PricesConfig(input=3.0, output=15.0), 6.0),
        (PricesConfig(input=4.0), 3.0),
        (PricesConfig(output=4.0), 1.0),
        (PricesConfig(input=0.0, output=0.0), 0.0),
        (PricesConfig(), inf),
        (PricesConfig(cached=1.0), inf),
    ],
)
def test_the_price_is_that_of_three_parts_input_and_one_part_output(
    prices: PricesConfig, price: float
) -> None:
    assert price_of(prices) == pytest.approx(price)


def test_what_costs_the_same_or_is_not_known_stays_in_its_order_behind_the_cheaper() -> None:
    prices = {"b": 2.0, "d": 1.0, "e": 2.0}
    assert by_price("abcde", prices) == ["d", "b", "e", "a", "c"]
