"""Headers of a caller that go on to a model's server: by a list of those that may. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field

from .accepts import Accepts
from .families import Family
from .redaction import is_secret

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HOPS = "x-hive-hops"
"""How many servers of this library a request has come through: one whose model is itself ends."""
_EVERYWHERE = frozenset({"accept", "traceparent", "tracestate", HOPS})
_ANTHROPIC, _OPENAI = "anthropic-", "openai-beta"
_LISTS = frozenset({"anthropic-beta", "openai-beta"})
"""Those of which the settings' values and the caller's count together."""
_MESSAGES = frozenset({Family.MESSAGE, Family.MESSAGE_TOKENS})
_NEVER = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type"),
        *("cookie", "expect", "forwarded", "host", "keep-alive", "proxy-connection", "set-cookie"),
        *("te", "trailer", "transfer-encoding", "upgrade", "via"),
    }
)
_NEVER_BEGIN = ("x-forwarded-", "x-stainless-", "proxy-", "x-hive-")


def checked_caller_headers(given: Mapping[Any, Any]) -> dict[str, str]:
    """The headers, names in lower case; raises `ValueError`, which quotes no value.

    >>> checked_caller_headers({"Anthropic-Beta": "a,b"})
    {'anthropic-beta': 'a,b'}
    """
    found: dict[str, str] = {}
    for name, value in given.items():
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise ValueError("a header has what is no name of one")
        if not isinstance(value, str) or not (value.isascii() and value.isprintable()):
            raise ValueError(f"the value of {name[:40]} has characters that no header can carry")
        if name.lower() in found:
            raise ValueError(
                f"{name[:40]} is there twice; several values stand in one, with commas"
            )
        found[name.lower()] = value.strip()
    return found


def may_go_on(name: str) -> bool:
    """Whether a header may ever go from a caller to a provider; `name` is in lower case.

    >>> may_go_on("x-team"), may_go_on("authorization"), may_go_on("x-stainless-lang")
    (True, False, False)
    """
    never = name in _NEVER or name.startswith(_NEVER_BEGIN) or is_secret(name)
    return name == HOPS or not never


def forwarded(
    given: Mapping[str, str], family: Family, others: Collection[str] = ()
) -> dict[str, str]:
    """What of a caller's headers goes to a server that is asked for this family.

    Names are in lower case. `others` are those that the settings name besides.

    >>> forwarded({"anthropic-beta": "a", "cookie": "b", "accept": "c"}, Family.MESSAGE)
    {'anthropic-beta': 'a', 'accept': 'c'}
    """
    return {
        name: value
        for name, value in given.items()
        if may_go_on(name) and (name in others or _is_of(name, family))
    }


def joined(own: Mapping[str, str], callers: Mapping[str, str]) -> dict[str, str]:
    """Those of the settings and those of the caller; the settings win, lists have both.

    >>> joined({"Anthropic-Beta": "a", "Accept": "b"}, {"anthropic-beta": "c", "accept": "d"})
    {'Anthropic-Beta': 'a,c', 'Accept': 'b'}
    """
    there = {name.lower() for name in own}
    found = {
        name: f"{value},{callers[name.lower()]}"
        if name.lower() in _LISTS & callers.keys()
        else value
        for name, value in own.items()
    }
    return {**found, **{name: value for name, value in callers.items() if name not in there}}


def _is_of(name: str, family: Family) -> bool:
    if name.startswith(_ANTHROPIC):
        return family in _MESSAGES
    if name == _OPENAI:
        return family not in _MESSAGES
    return name in _EVERYWHERE


def checked_names(given: Collection[str]) -> tuple[str, ...]:
    """The names in lower case; raises `ValueError` for none, and for those that never go on."""
    found = tuple(dict.fromkeys(name.lower() for name in given))
    for name in found:
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"{name[:40]!r} is no name of a header")
        if not may_go_on(name):
            raise ValueError(f"{name} never goes on to a provider")
    return found


HeaderNames: TypeAlias = Accepts[
    Annotated[
        tuple[Annotated[str, Field(pattern=f"^{_NAME.pattern}$")], ...],
        AfterValidator(checked_names),
    ],
    list[str] | tuple[str, ...],
]
"""Names of headers; capitals make no difference."""
