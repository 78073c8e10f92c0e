"""The paths of the server, each with what it takes; anything else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...config.values.families import Family
from .dialects.dialect import Dialect
from .dialects.table import CHAT, DIALECTS
from .keys.entry import Scope

GET: tuple[str, ...] = ("GET", "HEAD")
POST: tuple[str, ...] = ("POST",)


class Route(NamedTuple):
    """One path: `name` says what answers, `scope` None that everybody may ask."""

    name: str
    methods: tuple[str, ...]
    scope: Scope | None
    dialect: Dialect = CHAT


_FAMILIES: Mapping[str, Family] = {
    "/v1/chat/completions": Family.CHAT,
    "/v1/completions": Family.TEXT_COMPLETION,
    "/v1/embeddings": Family.EMBEDDING,
    "/v1/responses": Family.RESPONSE,
    "/v1/responses/compact": Family.RESPONSE_COMPACT,
    "/v1/responses/input_tokens": Family.RESPONSE_INPUT_TOKENS,
    "/v1/messages": Family.MESSAGE,
    "/v1/messages/count_tokens": Family.MESSAGE_TOKENS,
    "/v1/rerank": Family.RERANK,
    "/v1/moderations": Family.MODERATION,
}
MODEL = Route("model", GET, Scope.USE)
ROUTES: Mapping[str, Route] = {
    **{
        path: Route("call", POST, Scope.USE, DIALECTS[family]) for path, family in _FAMILIES.items()
    },
    "/v1/models": Route("models", GET, Scope.USE),
    "/v1/tasks": Route("task", POST, Scope.USE),
    "/healthz": Route("health", GET, None),
    "/readyz": Route("ready", GET, None),
}
_BELOW: Mapping[str, Route] = {"/v1/models/": MODEL}


def route_at(path: str) -> Route | None:
    """The route of a path, which is compared as it stands; None: there is none."""
    found = ROUTES.get(path)
    if found is not None:
        return found
    for prefix, route in _BELOW.items():
        if path.startswith(prefix) and len(path) > len(prefix):
            return route
    return None
