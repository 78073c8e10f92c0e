"""What the providers' records of the usage say, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.usage import Usage, cost_of, joined_usage, usage_of
from hive_resilience.config import PricesConfig

OPENAI = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}
RESPONSES = {
    "input_tokens": 10,
    "output_tokens": 5,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 3},
}
ANTHROPIC = {
    "input_tokens": 6,
    "output_tokens": 5,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 0,
    "total_tokens": 11,
}
DEEPSEEK = {"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 4}


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (OPENAI, Usage(10, 5, 4, 3, 15)),
        (RESPONSES, Usage(10, 5, 4, 3, 15)),
        (ANTHROPIC, Usage(10, 5, 4, 0, 15)),
        (DEEPSEEK, Usage(10, 5, 4, 0, 15)),
        ({"total_tokens": 7}, Usage(total_tokens=7)),
        ({"prompt_tokens": 7, "total_tokens": 7}, Usage(7, 0, 0, 0, 7)),
    ],
    ids=["openai", "responses", "anthropic", "deepseek", "total alone", "embedding"],
)
def test_a_record_of_any_provider_is_read(told: dict[str, Any], usage: Usage) -> None:
    assert usage_of(told) == usage


@pytest.mark.parametrize(
    "told",
    [None, {}, "7", 8, [], {"prompt_tokens": "7"}, {"prompt_tokens": -7}, {"total_tokens": True}],
)
def test_what_is_no_record_tells_nothing(told: object) -> None:
    assert usage_of(told) is None


@pytest.mark.parametrize("details", [None, 7, "x", {"cached_tokens": None}, {"cached_tokens": -1}])
def test_details_that_are_none_count_as_nothing(details: object) -> None:
    told = {"prompt_tokens": 7, "prompt_tokens_details": details}
    assert usage_of(told) == Usage(7, 0, 0, 0, 7)


def test_the_cached_tokens_have_a_price_of_their_own() -> None:
    usage, prices = Usage(1_000_000, 1_000_000, 500_000), PricesConfig(input=2, output=8)
    assert cost_of(usage, prices) == 10.0
    assert cost_of(usage, PricesConfig(input=2, output=8, cached=0)) == 9.0


def test_one_price_is_enough() -> None:
    assert cost_of(Usage(1_000_000, 5), PricesConfig(input=2)) == 2.0
    assert cost_of(Usage(5, 1_000_000), PricesConfig(output=2)) == 2.0


@pytest.mark.parametrize(
    ("usage", "prices"),
    [(None, PricesConfig(input=1)), (Usage(1), None), (Usage(1), PricesConfig())],
)
def test_without_usage_or_prices_there_is_no_cost(usage: Any, prices: Any) -> None:
    assert cost_of(usage, prices) is None


def test_the_counts_of_one_stream_run_on() -> None:
    assert joined_usage(Usage(7, 1, 0, 0, 8), Usage(0, 9, 0, 0, 9)) == Usage(7, 9, 0, 0, 16)
    assert joined_usage(None, Usage(1)) == joined_usage(Usage(1), None) == Usage(1)
