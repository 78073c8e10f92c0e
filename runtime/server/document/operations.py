"""What each path is for: in words, with the schemas of its body and its answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_TEXTS = (200, 400, 401, 403, 404, 408, 413, 415, 422, 429, 500, 502, 503, 504, 508)
_STATE = (409,)
_MESSAGES = (529,)
_LISTS = (200, 401, 403)
_OF_ALERTS = (200, 401, 403, 409, 500, 503)
_OPERATIONS = (200, 400, 401, 403, 408, 409, 413, 415, 500, 503)


class Told(NamedTuple):
    """`body` and `answer` name schemas; `body` None: there is none. `streams`: also as events."""

    id: str
    summary: str
    statuses: tuple[int, ...]
    answer: str
    body: str | None = None
    streams: bool = False
    needs_body: bool = True


TOLD: Mapping[str, Told] = {
    "/v1/chat/completions": Told(
        "chat", "A chat completion.", _TEXTS, "Answer", "ChatRequest", streams=True
    ),
    "/v1/completions": Told(
        "completion", "A completion of a prompt.", _TEXTS, "Answer", "TextRequest", streams=True
    ),
    "/v1/embeddings": Told(
        "embeddings",
        "Embeddings; fallbacks have the same embedding space.",
        _TEXTS,
        "Answer",
        "InputRequest",
    ),
    "/v1/responses": Told(
        "response",
        "A response; state that a model keeps is asked of that model alone.",
        _TEXTS + _STATE,
        "Answer",
        "ResponseRequest",
        streams=True,
    ),
    "/v1/responses/compact": Told(
        "compactResponse", "A shorter input.", _TEXTS + _STATE, "Answer", "ResponseRequest"
    ),
    "/v1/responses/input_tokens": Told(
        "countInput", "The tokens of an input.", _TEXTS, "Answer", "ResponseRequest"
    ),
    "/v1/messages": Told(
        "message", "A message.", _TEXTS + _MESSAGES, "Answer", "MessageRequest", streams=True
    ),
    "/v1/messages/count_tokens": Told(
        "countTokens",
        "The tokens of a message.",
        _TEXTS + _MESSAGES,
        "Answer",
        "CountRequest",
    ),
    "/v1/rerank": Told(
        "rerank", "Documents by how they fit a query.", _TEXTS, "Answer", "RerankRequest"
    ),
    "/v1/moderations": Told("moderation", "A judgement.", _TEXTS, "Answer", "InputRequest"),
    "/v1/models": Told(
        "models", "What the key may name: auto, groups, models, aliases.", _LISTS, "ModelList"
    ),
    "/v1/models/{id}": Told("model", "One of the list.", (*_LISTS, 404), "Model"),
    "/v1/tasks": Told(
        "task", "Any task; its result, whatever has become of it.", _TEXTS, "TaskResult", "Task"
    ),
    "/healthz": Told("health", "Whether the process answers.", (200,), "Status"),
    "/readyz": Told("ready", "Whether it takes requests.", (200, 503), "Status"),
    "/openapi.json": Told("document", "This document.", (200,), "Object"),
    "/metrics": Told(
        "metrics",
        "The metrics for Prometheus, or as OpenMetrics where Accept asks for that.",
        (*_LISTS, 500),
        "Metrics",
    ),
    "/admin/snapshot": Told(
        "snapshot",
        "Models, router and supervised actors now.",
        (*_LISTS, 500, 503),
        "Snapshot",
    ),
    "/admin/models": Told("fleet", "The state of each model.", (*_LISTS, 500, 503), "Fleet"),
    "/admin/live": Told(
        "live",
        "What viewers see of the fleet now: banner, models, alerts, the last events.",
        (*_LISTS, 500, 503),
        "Live",
    ),
    "/admin/models/{id}": Told(
        "member", "The state of one model.", (*_LISTS, 404, 500, 503), "ModelState"
    ),
    "/admin/models/{id}/{verb}": Told(
        "operate",
        "Change the state of a model; its state afterwards.",
        (*_OPERATIONS, 404),
        "ModelState",
        "Operation",
        needs_body=False,
    ),
    "/admin/report": Told(
        "report",
        "What was answered, incidents, models, costs, advice; by `since`, `until`, `compare` and "
        "`format` (json, text, html) in the query.",
        (200, 400, 401, 403, 500, 503),
        "Report",
    ),
    "/admin/alerts": Told(
        "alerts", "Every alert that is pending or fires.", _OF_ALERTS, "AlertList"
    ),
    "/admin/silences": Told("silences", "Every silence.", _OF_ALERTS, "SilenceList"),
    "/admin/deliveries": Told(
        "deliveries", "What became of the last notifications.", _OF_ALERTS, "DeliveryList"
    ),
    "/admin/alerts/silence": Told(
        "silence",
        "Do not tell alerts with these labels for a while.",
        _OPERATIONS,
        "Silence",
        "NewSilence",
    ),
    "/admin/alerts/test": Told(
        "testChannel",
        "Send a notification that says nothing; what became of the first try.",
        _OPERATIONS,
        "Delivery",
        "ChannelTest",
    ),
    "/admin/alerts/{id}/acknowledge": Told(
        "acknowledge",
        "Say that a person knows: no repeats, no escalation.",
        (*_OPERATIONS, 404),
        "Alert",
        "Deed",
        needs_body=False,
    ),
    "/admin/silences/{id}/end": Told(
        "endSilence",
        "End a silence: what still fires is told.",
        (*_OPERATIONS, 404),
        "Silence",
        "Deed",
        needs_body=False,
    ),
    "/admin/chaos": Told(
        "chaos",
        "The chaos experiments: those that run, and what came of the others.",
        _OF_ALERTS,
        "Chaos",
    ),
    "/admin/chaos/inject": Told(
        "inject",
        "Inject a fault, in an experiment that runs or a new one. Refused unless it is enabled.",
        _OPERATIONS,
        "ChaosExperiment",
        "NewFault",
    ),
    "/admin/chaos/renew": Told(
        "renewChaos",
        "Let the lease of an experiment begin again: its runner lives.",
        _OPERATIONS,
        "ChaosRenewed",
        "ChaosRenewal",
        needs_body=False,
    ),
    "/admin/chaos/steady": Told(
        "steady",
        "How the fleet is: of its tasks of the last seconds, and of its models now.",
        _OPERATIONS,
        "Steady",
        "SteadyWindow",
        needs_body=False,
    ),
    "/admin/chaos/stop": Told(
        "stopChaos",
        "End one experiment, or all: every fault is cleared then.",
        _OPERATIONS,
        "ChaosStopped",
        "ChaosEnd",
        needs_body=False,
    ),
    "/admin/degradation": Told(
        "degradation", "How bad the fleet is, and why.", _OF_ALERTS, "Degradation"
    ),
    "/admin/degradation/hold": Told(
        "holdLevel",
        "Set the level of the fleet by hand, for a while or until it is released.",
        _OPERATIONS,
        "Degradation",
        "NewHold",
    ),
    "/admin/degradation/release": Told(
        "releaseLevel",
        "Let the figures say what the level is.",
        _OPERATIONS,
        "Degradation",
        "Deed",
        needs_body=False,
    ),
    "/admin/recovery": Told("recovery", "What recovery does and has done.", _OF_ALERTS, "Recovery"),
    "/admin/cluster": Told("cluster", "All processes of the cluster.", _OF_ALERTS, "Cluster"),
    "/admin/cluster/operate": Told(
        "operateCluster",
        "Change the breaker of a model in all processes; the cluster afterwards.",
        _OPERATIONS,
        "Cluster",
        "ClusterDeed",
    ),
    "/admin/reload": Told(
        "reload",
        "Read the settings of the server again. A mistake in them changes nothing.",
        _OPERATIONS,
        "Reloaded",
        "Operation",
        needs_body=False,
    ),
    "/admin/drain": Told(
        "drain",
        "Take no more requests, and wait for those under way. There is no way back.",
        _OPERATIONS,
        "Drained",
        "Drain",
        needs_body=False,
    ),
}
"""By the path as the document writes it."""

STATUSES: Mapping[int, str] = {
    200: "The answer.",
    400: "The request is wrong; a provider's own words are passed on.",
    401: "No key, or one that is unknown or expired.",
    403: "The key may not do this, or not with this model.",
    404: "There is no such model, or none for this kind of request.",
    408: "The request did not come in time.",
    409: "The state is elsewhere, or the move is not possible.",
    413: "The body is too large.",
    415: "The body is not plain JSON.",
    422: "The provider cannot process the request; its own words.",
    429: "The rate of the key, or of all models, is used up.",
    500: "A mistake of the server; its log says more.",
    502: "The models answer with what cannot be passed on.",
    503: "No model answers now, or the server is full or stopping.",
    504: "The time is up.",
    508: "The request has come through too many servers like this one.",
    529: "Too much at once.",
}
