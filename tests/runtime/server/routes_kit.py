"""Every path of the server, from its own table, and a request to each."""

from __future__ import annotations

from hive_resilience.runtime.server.keys.entry import Scope
from hive_resilience.runtime.server.routes import BELOW, ROUTES, Route

from .site_kit import ADMIN, METRICS, READ, SMALL, USE, Reply, Site

ALL = {**ROUTES, **BELOW}
OPEN = {"/healthz", "/readyz", "/openapi.json"}
"""Paths that everybody may ask; a new one has to be named here."""
GUARDED = sorted(set(ALL) - OPEN)
OPERATED = [path for path in ALL if path.startswith("/admin/")]
CHAT = {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}
HOLDERS = {
    Scope.USE: {USE},
    Scope.READ: {READ, ADMIN},
    Scope.ADMIN: {ADMIN},
    Scope.METRICS: {METRICS},
}
"""The keys that suffice for a scope."""


def filled(path: str) -> str:
    return path.replace("{id}", SMALL).replace("{verb}", "trip")


def route(path: str) -> Route:
    return ALL[path]


async def ask(served: Site, path: str, spelled: str, key: str | None, **headers: str) -> Reply:
    """A request to `spelled` as `path` takes it; with a chat that every model can answer."""
    told: object = CHAT if "POST" in route(path).methods else b""
    return await served.ask(route(path).methods[0], spelled, key, told, headers=headers)


async def state_of(served: Site) -> str:
    found = await served.get(f"/admin/models/{SMALL}", READ)
    return str(found.json()["breaker"]["state"])
