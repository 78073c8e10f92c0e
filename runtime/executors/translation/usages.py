"""The usage of an answer in either form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....actors.policies.outcomes.usage import usage_of


def chat_usage(told: object) -> dict[str, Any]:
    """As chat completions tell it; empty where nothing is told.

    >>> chat_usage({"input_tokens": 7, "output_tokens": 3})["total_tokens"]
    10
    """
    usage = usage_of(told)
    if usage is None:
        return {}
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def message_usage(told: object) -> Mapping[str, Any]:
    """As messages tell it: what was cached stands beside the input.

    >>> message_usage({"prompt_tokens": 7, "completion_tokens": 3})
    {'input_tokens': 7, 'output_tokens': 3, 'cache_read_input_tokens': 0}
    """
    usage = usage_of(told)
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    return {
        "input_tokens": max(usage.input_tokens - usage.cached_tokens, 0),
        "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
    }
