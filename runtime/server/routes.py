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
    "/openapi.json": Route("document", GET, None),
    "/metrics": Route("metrics", GET, Scope.METRICS),
    "/admin/snapshot": Route("snapshot", GET, Scope.READ),
    "/admin/models": Route("fleet", GET, Scope.READ),
    "/admin/live": Route("live", GET, Scope.READ),
    "/admin/report": Route("report", GET, Scope.READ),
    "/admin/alerts": Route("alerts", GET, Scope.READ),
    "/admin/silences": Route("silences", GET, Scope.READ),
    "/admin/deliveries": Route("deliveries", GET, Scope.READ),
    "/admin/alerts/silence": Route("silence", POST, Scope.ADMIN),
    "/admin/alerts/test": Route("test_channel", POST, Scope.ADMIN),
    "/admin/chaos": Route("chaos", GET, Scope.READ),
    "/admin/chaos/inject": Route("inject", POST, Scope.ADMIN),
    "/admin/chaos/renew": Route("renew_chaos", POST, Scope.ADMIN),
    "/admin/chaos/steady": Route("steady", POST, Scope.ADMIN),
    "/admin/chaos/stop": Route("stop_chaos", POST, Scope.ADMIN),
    "/admin/degradation": Route("degradation", GET, Scope.READ),
    "/admin/degradation/hold": Route("hold_level", POST, Scope.ADMIN),
    "/admin/degradation/release": Route("release_level", POST, Scope.ADMIN),
    "/admin/recovery": Route("recovery", GET, Scope.READ),
    "/admin/cluster": Route("cluster", GET, Scope.READ),
    "/admin/cluster/operate": Route("operate_cluster", POST, Scope.ADMIN),
    "/admin/reload": Route("reload", POST, Scope.ADMIN),
    "/admin/drain": Route("drain", POST, Scope.ADMIN),
}

MODELS = "/v1/models/"
OPERATED = "/admin/models/"
ALERTS = "/admin/alerts/"
SILENCES = "/admin/silences/"
VERBS: tuple[str, ...] = (
    "trip",
    "reset",
    "force_open",
    "disable",
    "metrics_only",
    "maintenance",
    "leave_maintenance",
    "restart",
    "check_health",
)
"""What an operator may do to a model; the last part of a path."""
BELOW: Mapping[str, Route] = {
    MODELS + "{id}": MODEL,
    OPERATED + "{id}": Route("member", GET, Scope.READ),
    OPERATED + "{id}/{verb}": Route("verb", POST, Scope.ADMIN),
    ALERTS + "{id}/acknowledge": Route("acknowledge", POST, Scope.ADMIN),
    SILENCES + "{id}/end": Route("end_silence", POST, Scope.ADMIN),
}
"""The paths with an id in them; that of a model may have slashes of its own."""
OF_ALERTS = frozenset(
    {
        *("alerts", "silences", "deliveries", "silence", "test_channel"),
        *("acknowledge", "end_silence"),
    }
)
"""The names of the routes of alerts."""
OF_CHAOS = frozenset({"chaos", "inject", "renew_chaos", "steady", "stop_chaos"})
"""The names of the routes of chaos."""
OF_ADAPTATION = frozenset({"degradation", "hold_level", "release_level", "recovery"})
"""The names of the routes of the fleet's level and of recovery."""
OF_CLUSTER = frozenset({"cluster", "operate_cluster"})
"""The names of the routes of the cluster."""


DASHBOARD = "/dashboard"


def is_dashboard(path: str) -> bool:
    """Whether the dashboard answers here, where there is one; it has paths of its own."""
    return path == "/" or path == DASHBOARD or path.startswith(DASHBOARD + "/")


def route_at(path: str) -> Route | None:
    """The route of a path, which is compared as it stands; None: there is none."""
    found = ROUTES.get(path)
    if found is not None:
        return found
    if path.startswith(MODELS) and len(path) > len(MODELS):
        return MODEL
    if path.startswith(OPERATED) and len(path) > len(OPERATED):
        model_id, verb = model_and_verb(path)
        return BELOW[OPERATED + ("{id}/{verb}" if model_id and verb in VERBS else "{id}")]
    for start, end in ((ALERTS, "/acknowledge"), (SILENCES, "/end")):
        own = path.removeprefix(start).removesuffix(end)
        if path == f"{start}{own}{end}" and own and "/" not in own:
            return BELOW[f"{start}{{id}}{end}"]
    return None


def model_and_verb(path: str) -> tuple[str, str]:
    """The model's id and the verb in the path of an operation.

    >>> model_and_verb("/admin/models/meta/llama/trip")
    ('meta/llama', 'trip')
    """
    model_id, _, verb = path.removeprefix(OPERATED).rpartition("/")
    return model_id, verb
