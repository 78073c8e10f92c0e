"""Which models are cheapest, by their prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from ....config.settings.prices import PricesConfig

INPUT_SHARE = 0.75
"""Of the tokens of a task, what is taken to be input: three of four."""


def price_of(prices: PricesConfig) -> float:
    """What a million tokens cost, three parts of input to one of output; infinite: not known.

    >>> price_of(PricesConfig(input=2.0, output=10.0))
    4.0
    """
    if not prices.are_known:
        return inf
    return INPUT_SHARE * (prices.input or 0.0) + (1.0 - INPUT_SHARE) * (prices.output or 0.0)


def by_price(model_ids: Iterable[str], prices: Mapping[str, float]) -> list[str]:
    """The models, the cheapest first; those of one price, or of none, stay in their order."""
    return sorted(model_ids, key=lambda model_id: prices.get(model_id, inf))
