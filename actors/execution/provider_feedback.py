"""What an answer tells of the limits of its provider."""

from __future__ import annotations

from ..messages import ProviderFeedback
from ..policies.outcomes.foreign import as_mapping
from ..policies.outcomes.usage import Usage, joined_usage, usage_of

_TELLS_NOTHING = frozenset({str, dict, list, type(None)})


def feedback_of(value: object) -> ProviderFeedback | None:
    """What an answer tells of its provider's limits, where the adapter passes that on."""
    if type(value) in _TELLS_NOTHING:
        return None
    try:
        return _read(value)
    except Exception:  # an answer is of the user's own class, and may fail at being looked at
        return None


def _read(value: object) -> ProviderFeedback | None:
    """As plain data: the model's actor, which hears of it, must not meet a class of the user."""
    limits, told = getattr(value, "rate_limits", None), getattr(value, "usage", None)
    stated: dict[str, str] | None = None
    headers = as_mapping(limits)
    if headers is not None:
        stated = {str(name): str(limit) for name, limit in headers.items()}
    usage = usage_of(told)
    if stated is None and usage is None:
        return None
    return ProviderFeedback(stated or {}, _counted(told, usage), usage=usage)


def _counted(told: object, usage: Usage | None) -> int:
    """The tokens that count against limits: the total by the adapter's word, or what adds up."""
    if usage is None:
        return 0
    counts = as_mapping(told)
    total = None if counts is None else counts.get("total_tokens")
    return max(total, 0) if isinstance(total, int) else usage.total_tokens


def joined_feedback(known: ProviderFeedback | None, chunk: object) -> ProviderFeedback | None:
    """What the chunks so far tell of the provider's limits: headers in one, tokens in another."""
    more = feedback_of(chunk)
    if more is None or not (more.rate_limits or more.tokens):
        return known
    if known is None:
        return more
    return ProviderFeedback(
        more.rate_limits or known.rate_limits,
        more.tokens or known.tokens,
        usage=joined_usage(known.usage, more.usage),
    )
