"""The schemas of bodies and answers. Objects are open: what is not named here goes on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....actors.alerting.notification import DeliveryState
from ....actors.policies.alerting.delivery_plan import NotificationKind
from ....actors.policies.alerting.machine import AlertState
from ....actors.policies.breaker.states import State
from ....actors.policies.chaos.kinds import FaultKind
from ....actors.policies.degradation.levels import DegradationLevel
from ....actors.policies.health.alerts import AlertCondition, AlertSeverity
from ....actors.policies.health.status import ModelStatus
from ....actors.task import Priority

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer"}
_SPAN: Schema = {"type": "number", "exclusiveMinimum": 0, "description": "Seconds."}
_TEXTS: Schema = {"type": "array", "items": TEXT}
_NAME: Schema = {
    "type": "string",
    "minLength": 1,
    "description": "A model, a group, an alias, or auto.",
}
_OTHERS: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "maxItems": 32,
    "description": "Names to ask behind the model; taken out of the body.",
}
_MESSAGES: Schema = {"type": "array", "items": {"type": "object"}, "minItems": 1}


_LEVEL: Schema = {"type": "string", "enum": [level.value for level in DegradationLevel]}


def named(name: str) -> Schema:
    """The schema of this name."""
    return {"$ref": f"#/components/schemas/{name}"}


def open_object(*required: str, **fields: Schema) -> Schema:
    """An object that may have more fields than are named."""
    found: Schema = {"type": "object", "properties": fields}
    return {**found, "required": list(required)} if required else found


def _asked(*required: str, streams: bool = False, others: bool = True, **fields: Schema) -> Schema:
    more: Schema = {"stream": _FLAG} if streams else {}
    if others:
        more |= {"fallbacks": _OTHERS, "models": _OTHERS}
    return open_object("model", *required, model=_NAME, **fields, **more)


def _closed(*required: str, **fields: Schema) -> Schema:
    return {**open_object(*required, **fields), "additionalProperties": False}


def _list_of(name: str, kind: str) -> Schema:
    return open_object(name, **{name: {"type": "array", "items": named(kind)}})


_REASON: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_MODEL = {
    **dict.fromkeys(("id", "object", "type", "created_at", "owned_by", "display_name"), TEXT),
    "created": _COUNT,
}
_BREAKER = open_object("state", state={"enum": [str(state) for state in State]})

_LABELS: Schema = {"type": "object", "additionalProperties": TEXT}
_ALERT = open_object(
    *("fingerprint", "name", "severity", "state", "text", "since"),
    fingerprint=TEXT,
    name=TEXT,
    condition={"enum": [str(one) for one in AlertCondition]},
    severity={"enum": [str(one) for one in AlertSeverity]},
    state={"enum": [str(one) for one in AlertState]},
    labels=_LABELS,
    text=TEXT,
    since=TEXT,
    told_on=_TEXTS,
    is_over=_FLAG,
)
_SILENCE = open_object(
    *("id", "match", "starts_at", "ends_at"),
    id=TEXT,
    match=_LABELS,
    starts_at=TEXT,
    ends_at=TEXT,
    by=TEXT,
    comment=TEXT,
)
_EXPERIMENT = open_object(
    *("id", "title", "since", "until", "faults", "hits"),
    id=TEXT,
    title=TEXT,
    since=TEXT,
    until=TEXT,
    faults=_TEXTS,
    hits=_COUNT,
)
_DELIVERY = open_object(
    *("channel", "kind", "state", "tries", "at"),
    channel=TEXT,
    kind={"enum": [str(one) for one in NotificationKind]},
    state={"enum": [str(one) for one in DeliveryState]},
    tries=_COUNT,
    at=TEXT,
    fingerprints=_TEXTS,
    reason={"type": ["string", "null"]},
)

SCHEMAS: Mapping[str, Schema] = {
    "Object": open_object(),
    "Metrics": TEXT,
    "Status": open_object("status", status=TEXT),
    "OpenAIError": open_object(
        "error",
        error=open_object(
            *("message", "type", "param", "code"),
            message=TEXT,
            type=TEXT,
            param={"type": ["string", "null"]},
            code={"type": ["string", "integer", "null"]},
            problems={"type": "array", "items": named("Problem")},
        ),
    ),
    "AnthropicError": open_object(
        *("type", "error"),
        type={"const": "error"},
        error=open_object("type", "message", type=TEXT, message=TEXT),
        request_id=TEXT,
    ),
    "Problem": open_object(
        "message",
        file={"type": ["string", "null"]},
        line={"type": ["integer", "null"]},
        key={"type": ["string", "null"]},
        message=TEXT,
    ),
    "ChatRequest": _asked("messages", streams=True, messages=_MESSAGES),
    "TextRequest": _asked("prompt", streams=True, prompt={}),
    "InputRequest": _asked("input", input={}),
    "ResponseRequest": _asked(
        streams=True, input={}, previous_response_id={"type": ["string", "null"]}
    ),
    "MessageRequest": _asked(
        *("messages", "max_tokens"),
        streams=True,
        others=False,
        messages=_MESSAGES,
        max_tokens={"type": "integer", "minimum": 1},
    ),
    "CountRequest": _asked("messages", others=False, messages=_MESSAGES),
    "RerankRequest": _asked("query", "documents", query=TEXT, documents={"type": "array"}),
    "Answer": {**open_object(), "description": "What the model's server has sent, as it is."},
    "Event": {
        **open_object("data", data=TEXT, event=TEXT),
        "description": "One event of a stream; its data is JSON, or [DONE].",
    },
    "Model": open_object(*_MODEL, **_MODEL),
    "ModelList": open_object(
        *("object", "data", "has_more"),
        object={"const": "list"},
        data={"type": "array", "items": named("Model")},
        has_more=_FLAG,
    ),
    "Task": open_object(
        "payload",
        payload={},
        id=TEXT,
        type=TEXT,
        priority={"enum": [str(priority) for priority in Priority]},
        timeout=_SPAN,
        metadata={"type": "object"},
        plan={"description": "A group by its name, or primary, fallbacks and more."},
    ),
    "TaskResult": open_object(
        *("task_id", "success", "value", "model_used", "error", "attempts"),
        task_id=TEXT,
        success=_FLAG,
        model_used={"type": ["string", "null"]},
        error={"type": ["object", "null"]},
        attempts={"type": "array", "items": {"type": "object"}},
    ),
    "ModelState": open_object(
        *("model_id", "status", "breaker"),
        model_id=TEXT,
        status={"enum": [str(status) for status in ModelStatus]},
        breaker=_BREAKER,
    ),
    "Fleet": open_object("models", models={"type": "array", "items": named("ModelState")}),
    "Snapshot": open_object(
        *("at", "models", "router", "children"),
        at=TEXT,
        models={"type": "object", "additionalProperties": named("ModelState")},
        router={"type": "object"},
        children={"type": "array", "items": {"type": "object"}},
    ),
    "Live": open_object(
        *("id", "now", "fleet", "verdict", "alerts", "models", "order", "events"),
        id={"type": "string", "description": "To be sent back as last-event-id."},
        now={"type": "integer", "description": "Milliseconds since 1970."},
        fleet={"type": "object"},
        verdict={"type": "object"},
        alerts={"type": "array", "items": {"type": "object"}},
        models={"type": "object"},
        order=_TEXTS,
        events={"type": "array", "items": {"type": "object"}},
    ),
    "Report": open_object(
        *("made_at", "since", "until", "service", "models", "incidents"),
        made_at=TEXT,
        since=TEXT,
        until=TEXT,
        service={"type": "object"},
        models={"type": "array", "items": {"type": "object"}},
        incidents={"type": "array", "items": {"type": "object"}},
    ),
    "Alert": _ALERT,
    "AlertList": _list_of("alerts", "Alert"),
    "Silence": _SILENCE,
    "SilenceList": _list_of("silences", "Silence"),
    "Delivery": _DELIVERY,
    "DeliveryList": _list_of("deliveries", "Delivery"),
    "Degradation": open_object(
        *("level", "reason", "since", "measured"),
        level=_LEVEL,
        reason=TEXT,
        since=TEXT,
        measured=_LEVEL,
        actions=_TEXTS,
        features_off=_TEXTS,
    ),
    "NewHold": _closed("level", level=_LEVEL, duration={}, reason=_REASON, by=_REASON),
    "Recovery": open_object(
        *("enabled", "dry_run", "records"),
        enabled=_FLAG,
        dry_run=_FLAG,
        remedies=_TEXTS,
        records={"type": "array", "items": {"type": "object"}},
    ),
    "Cluster": open_object(
        *("at", "name", "epoch", "error", "peers", "models"),
        at=TEXT,
        name=TEXT,
        epoch={"type": "integer"},
        error={"type": ["string", "null"]},
        peers={"type": "array", "items": {"type": "object"}},
        models={"type": "object"},
    ),
    "ClusterDeed": _closed("model", "verb", model=_NAME, verb=_REASON, reason=_REASON, by=_REASON),
    "Deed": _closed(reason=_REASON, by=_REASON),
    "NewSilence": _closed(
        "match", "duration", match=_LABELS, duration={}, begins_in={}, comment=_REASON, by=_REASON
    ),
    "ChannelTest": _closed("channel", channel=_REASON, by=_REASON),
    "Operation": _closed(reason=_REASON, by=_REASON),
    "ChaosExperiment": _EXPERIMENT,
    "Chaos": open_object(
        *("enabled", "experiments", "reports"),
        enabled=_FLAG,
        experiments={"type": "array", "items": named("ChaosExperiment")},
        reports={"type": "array", "items": {"type": "object"}},
    ),
    "NewFault": open_object("fault", fault={"enum": [str(kind) for kind in FaultKind]}),
    "ChaosRenewal": _closed(experiment=_REASON),
    "ChaosRenewed": open_object("renewed", renewed=_FLAG),
    "SteadyWindow": _closed(
        window={"type": "number", "exclusiveMinimum": 0, "maximum": 3_600},
    ),
    "Steady": open_object(
        *("window", "tasks", "usable", "breakers"), window=_SPAN, tasks=_COUNT, usable=_TEXTS
    ),
    "ChaosEnd": _closed(experiment=_REASON, reason=_REASON, by=_REASON),
    "ChaosStopped": open_object("stopped", stopped={"type": "array", "items": {"type": "object"}}),
    "Reloaded": open_object(
        *("added", "removed", "changed", "settings"),
        added=_TEXTS,
        removed=_TEXTS,
        changed={"type": "object", "additionalProperties": _TEXTS},
        settings=_TEXTS,
    ),
    "Drain": _closed(
        reason=_REASON, by=_REASON, timeout={"type": "number", "minimum": 0, "maximum": 86_400}
    ),
    "Drained": open_object("remaining", "task_ids", remaining=_COUNT, task_ids=_TEXTS),
}
