"""Which headers of an answer may go on to the caller. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from .private import Private

_NOTHING = Private()
_NAMES = frozenset(
    {"content-type", "openai-processing-ms", "request-id", "retry-after", "retry-after-ms"}
    | {"x-request-id", "x-should-retry"}
)
_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")


def passed_on(headers: Mapping[str, str], private: Private = _NOTHING) -> dict[str, str]:
    """Those about the answer and about limits; no cookie, no key, nothing of the connection.

    >>> passed_on({"request-id": "r1", "set-cookie": "a=b"})
    {'request-id': 'r1'}
    """
    return {
        name: value
        for name, value in headers.items()
        if (name in _NAMES or name.startswith(_PREFIXES)) and not private.stands_in(value)
    }
