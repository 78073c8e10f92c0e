"""What an answer tells of the limits of its provider."""

from __future__ import annotations

from ..messages import ProviderFeedback
from ..policies.outcomes.foreign import as_mapping

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
    limits, usage = getattr(value, "rate_limits", None), getattr(value, "usage", None)
    stated: dict[str, str] | None = None
    headers = as_mapping(limits)
    if headers is not None:
        stated = {str(name): str(limit) for name, limit in headers.items()}
    counts = as_mapping(usage)
    tokens = None if counts is None else counts.get("total_tokens")
    used = max(int(tokens), 0) if isinstance(tokens, int) else 0
    return ProviderFeedback(stated or {}, used) if stated is not None or used else None


def joined_feedback(known: ProviderFeedback | None, chunk: object) -> ProviderFeedback | None:
    """What the chunks so far tell of the provider's limits: headers in one, tokens in another."""
    more = feedback_of(chunk)
    if more is None or not (more.rate_limits or more.tokens):
        return known
    if known is None:
        return more
    return ProviderFeedback(more.rate_limits or known.rate_limits, more.tokens or known.tokens)
