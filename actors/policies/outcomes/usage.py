"""What an answer has used of its model: tokens, and what they cost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ....config.settings.prices import PricesConfig
from .foreign import as_mapping

_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")
_CACHE = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Anthropic's: tokens of the input beside `input_tokens`; elsewhere the cached are among them."""
_CACHE_HIT = "prompt_cache_hit_tokens"
_MILLION = 1_000_000


class Usage(NamedTuple):
    """Tokens of one answer, whatever its provider calls them.

    `cached_tokens` are part of `input_tokens`, `reasoning_tokens` of `output_tokens`.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    total_tokens: int = 0


def usage_of(told: object) -> Usage | None:
    """What a provider's own record of the usage says; None: nothing.

    >>> usage_of({"prompt_tokens": 7, "completion_tokens": 3})
    Usage(input_tokens=7, output_tokens=3, cached_tokens=0, reasoning_tokens=0, total_tokens=10)
    """
    counts = as_mapping(told)
    if not counts:
        return None
    outside = _count(counts, _CACHE[0]) + _count(counts, _CACHE[1])
    given, output = _first(counts, _INPUT), _first(counts, _OUTPUT)
    cached = (
        _count(counts, _CACHE[0])
        or _detail(counts, _INPUT_DETAILS, "cached_tokens")
        or _count(counts, _CACHE_HIT)
    )
    total = 0 if outside else _count(counts, "total_tokens")
    usage = Usage(
        given + outside,
        output,
        cached,
        _detail(counts, _OUTPUT_DETAILS, "reasoning_tokens")
        or _detail(counts, _OUTPUT_DETAILS, "thinking_tokens"),
        total or given + outside + output,
    )
    return usage if any(usage) else None


def cost_of(usage: Usage | None, prices: PricesConfig | None) -> float | None:
    """What an answer costs, in the currency of the prices; None: one of both is not known.

    >>> cost_of(Usage(1_000, 100), PricesConfig(input=2.0, output=10.0))
    0.003
    """
    if usage is None or prices is None or not prices.are_known:
        return None
    price, output = prices.input or 0.0, prices.output or 0.0
    cached = price if prices.cached is None else prices.cached
    fresh = max(usage.input_tokens - usage.cached_tokens, 0)
    return (fresh * price + usage.cached_tokens * cached + usage.output_tokens * output) / _MILLION


def joined_usage(known: Usage | None, more: Usage | None) -> Usage | None:
    """What two events of one stream tell: each is a running count, so the larger numbers hold."""
    if known is None or more is None:
        return more or known
    usage = Usage(*map(max, known, more))
    total = max(usage.total_tokens, usage.input_tokens + usage.output_tokens)
    return usage._replace(total_tokens=total)


def _first(counts: Mapping[object, object], names: tuple[str, ...]) -> int:
    for name in names:  # not by generators: this is on the way of each answer over HTTP
        if count := _count(counts, name):
            return count
    return 0


def _detail(counts: Mapping[object, object], places: tuple[str, ...], name: str) -> int:
    for place in places:
        found = counts.get(place)
        if found is not None and (details := as_mapping(found)) is not None:
            return _count(details, name)
    return 0


def _count(counts: Mapping[object, object], name: str) -> int:
    count = counts.get(name)
    if type(count) is int:
        return count if count > 0 else 0
    return max(count, 0) if isinstance(count, int) and not isinstance(count, bool) else 0
