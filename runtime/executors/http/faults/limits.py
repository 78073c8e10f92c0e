"""What the headers of an answer say about limits, whatever their provider calls them. Pure.

The names, as the providers document them:

OpenAI, Groq   x-ratelimit-{limit,remaining,reset}-{requests,tokens}; resets as 6m0s
Azure          the same without resets, and retry-after-ms
Anthropic      anthropic-ratelimit-{requests,tokens,...}-{limit,remaining,reset}; resets in ISO 8601
Mistral        x-ratelimit-{limit,remaining}-{req,tokens}-minute
Cerebras       x-ratelimit-{limit,remaining,reset}-{requests,tokens}-{minute,hour,day}; in seconds
OpenRouter     x-ratelimit-{limit,remaining,reset}; the reset is a point in time in milliseconds
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .....actors.policies.outcomes.retry_after import find_header, parse_retry_after
from .....actors.policies.outcomes.waits import parse_number, stated_text, timestamp_of

_NAME = re.compile(
    r"x-ratelimit-(limit|remaining|reset)"
    r"(?:-(requests?|req|tokens?))?(?:-(?:per-)?(minute|hour|day|month))?"
)
_ANTHROPIC = re.compile(r"anthropic-ratelimit-(requests|tokens)-(limit|remaining|reset)")
_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-", "retry-after")
_KIND = {"t": "tokens", "r": "requests", "": "requests"}
_PASSED_ON = re.compile(
    r"retry-after(?:-ms)?|x-ratelimit-(?:limit|remaining|reset)"
    r"(?:-(?:requests?|req|tokens?|input|output|project|per|minute|hour|day|month))*"
)


class Stated(NamedTuple):
    """One limit: how much fits, how much of it is left, and the seconds until all is again."""

    kind: str
    limit: float | None
    remaining: float | None
    reset: float | None

    @property
    def left(self) -> float:
        """The share that is left; 1.0 where that is not said."""
        if self.remaining is None:
            return 1.0
        return self.remaining / self.limit if self.limit else min(self.remaining, 1.0)


def stated_limits(headers: Mapping[str, str], wall_now: float) -> dict[str, str]:
    """The headers that tell of limits, and what they mean under the names that OpenAI uses.

    Only what can be read is passed on. Resets are seconds then. Of several limits of one kind the
    one with the least left counts.

    >>> stated_limits({"anthropic-ratelimit-requests-remaining": "7"}, wall_now=0.0)
    {'x-ratelimit-remaining-requests': '7'}
    """
    headers = _relevant(headers)
    if not headers:
        return {}
    found = {
        name.lower(): value
        for name, value in headers.items()
        if _PASSED_ON.fullmatch(name.lower()) and _is_readable(value, wall_now)
    }
    for stated in _tightest(headers, wall_now):
        for what in ("limit", "remaining", "reset"):
            value = getattr(stated, what)
            if value is not None:
                found[f"x-ratelimit-{what}-{stated.kind}"] = f"{value:.10g}"
    return found


def asked_wait(headers: Mapping[str, str], wall_now: float) -> float | None:
    """Seconds to wait after a refusal; None where nothing says.

    `Retry-After` goes first. Otherwise it is the reset of what is used up, the latest of them, or
    of what has the least left.
    """
    headers = _relevant(headers)
    wait = parse_retry_after(headers, wall_now)
    if wait is not None:
        return wait
    resets = [stated for stated in _tightest(headers, wall_now) if stated.reset is not None]
    if not resets:
        return None
    least = min(stated.left for stated in resets)
    return max(stated.reset or 0.0 for stated in resets if stated.left == least)


def _relevant(headers: Mapping[str, str]) -> dict[str, str]:
    """Most headers are about something else, and of most answers all."""
    return {
        name: value
        for name, value in headers.items()
        if name.lower().startswith(_PREFIXES) or name.lower() == "date"
    }


def _is_readable(value: str, wall_now: float) -> bool:
    """Anything else may be something that a server quotes."""
    return stated_text(value, wall_now).seconds is not None


def _tightest(headers: Mapping[str, str], wall_now: float) -> Iterator[Stated]:
    of_kind: dict[str, Stated] = {}
    for stated in _all(headers, wall_now):
        known = of_kind.get(stated.kind)
        if known is None or (stated.left, -(stated.reset or 0)) < (known.left, -(known.reset or 0)):
            of_kind[stated.kind] = stated
    yield from of_kind.values()


def _all(headers: Mapping[str, str], wall_now: float) -> Iterator[Stated]:
    """Every limit that the headers state, of each kind and span."""
    written: dict[tuple[str, str], dict[str, str]] = {}
    for name, value in headers.items():
        if found := _NAME.fullmatch(name.lower()):
            what, kind, span = found.groups("")
            written.setdefault((_KIND[kind[:1]], span), {})[what] = value
        elif found := _ANTHROPIC.fullmatch(name.lower()):
            written.setdefault((found[1], ""), {})[found[2]] = value
    date = timestamp_of(find_header(headers, "date"))
    for (kind, _), parts in written.items():
        reset = parts.get("reset")
        yield Stated(
            kind,
            parse_number(parts.get("limit")) or None,
            parse_number(parts.get("remaining")),
            None if reset is None else stated_text(reset, wall_now, date=date).seconds,
        )
