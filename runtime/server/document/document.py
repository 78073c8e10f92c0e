"""The OpenAPI document: one operation for each method of each route. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

import orjson

from ....actors.task import Priority
from ....config.values.families import Family
from ...observability.metrics.text import OPENMETRICS_TYPE, PROMETHEUS_TYPE
from ..keys.entry import Scope
from ..routes import BELOW, MODELS, OPERATED, ROUTES, VERBS, Route
from .operations import STATUSES, TOLD, Told
from .schemas import SCHEMAS, TEXT, Schema, named

JSON = "application/json"
EVENTS = "text/event-stream"
_METRICS = (PROMETHEUS_TYPE, OPENMETRICS_TYPE)
_MESSAGES = frozenset({Family.MESSAGE, Family.MESSAGE_TOKENS})
_BEARER: Schema = {"bearer": []}
_PLAIN: Schema = {"apiKey": []}
_SWITCH = {"type": "string", "enum": ["true", "false"]}

_ASKED: dict[str, tuple[Schema, str]] = {
    "x-hive-fallbacks": (TEXT, "Names to ask behind the model, with commas between them."),
    "x-hive-timeout": (
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e9},
        "Seconds for the whole request.",
    ),
    "x-hive-fallback": (_SWITCH, "false: the first model alone."),
    "x-hive-priority": (
        {"type": "string", "enum": [str(one) for one in Priority]},
        "Its place in a line.",
    ),
    "x-hive-metadata": (TEXT, "A JSON object of 4 KiB at most, for events."),
    "x-hive-session": (TEXT, "What requests of one conversation have in common."),
}
_ANSWERED: dict[str, tuple[Schema, str]] = {
    "x-request-id": (TEXT, "The id of the request: the client's own, or a new one."),
    "request-id": (TEXT, "The same, for clients of Anthropic."),
    "x-hive-model": (TEXT, "The model that has answered."),
    "x-hive-attempts": ({"type": "integer"}, "Calls of models until then."),
    "x-hive-fallback": (_SWITCH, "Whether another model than the first has answered."),
    "x-hive-overhead-ms": (TEXT, "Milliseconds that were not spent in models."),
    "x-hive-usage": (TEXT, "Tokens of input and output."),
    "retry-after": ({"type": "integer"}, "Seconds until another try makes sense, 60 at most."),
    "x-should-retry": (_SWITCH, "Whether another try makes sense at all."),
}
_ALWAYS = ("x-request-id", "request-id")
_OF_CALLS = tuple(name for name in _ANSWERED if name.startswith("x-hive-"))
_OF_ERRORS = ("retry-after", "x-should-retry")


@cache
def document_bytes() -> bytes:
    """The document as JSON."""
    return orjson.dumps(document())


def document() -> Schema:
    """The document. Raises `KeyError` for a route that `operations` says nothing of."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hive-resilience",
            "version": version("hive-resilience"),
            "description": "An OpenAI- and Anthropic-compatible server over a fleet of models.",
        },
        "servers": [{"url": "/"}],
        "paths": {path: _path(path, route) for path, route in {**ROUTES, **BELOW}.items()},
        "components": {
            "schemas": dict(SCHEMAS),
            "headers": {name: _header(*one) for name, one in _ANSWERED.items()},
            "parameters": {name: _parameter(name, *one) for name, one in _ASKED.items()},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
        },
    }


def _path(path: str, route: Route) -> Schema:
    methods = [method.lower() for method in route.methods if method != "HEAD"]
    found: Schema = {method: _operation(route, TOLD[path]) for method in methods}
    if path in BELOW:
        found["parameters"] = list(_in_the_path(path))
    return found


def _in_the_path(path: str) -> Iterator[Schema]:
    told = "The model's id; slashes in it stand as they are, or as %2F."
    if not path.startswith((MODELS, OPERATED)):
        told = "The fingerprint of an alert, or the id of a silence."
    yield {"name": "id", "in": "path", "required": True, "schema": TEXT, "description": told}
    if "{verb}" in path:
        verbs = {"type": "string", "enum": list(VERBS)}
        yield {"name": "verb", "in": "path", "required": True, "schema": verbs}


def _operation(route: Route, told: Told) -> Schema:
    found: Schema = {
        "operationId": told.id,
        "summary": told.summary,
        "security": _security(route.scope),
        "responses": {str(status): _response(status, route, told) for status in told.statuses},
    }
    if route.scope is not None:
        found["x-hive-scope"] = str(route.scope)
    if told.body is not None:
        content = {JSON: {"schema": named(told.body)}}
        found["requestBody"] = {"required": told.needs_body, "content": content}
    if route.name == "call":
        names = [_ref("parameters", name) for name in _ASKED]
        found["parameters"] = names
    if route.name == "live":
        found["parameters"] = [_parameter("last-event-id", TEXT, "The events since this id alone.")]
    return found


def _security(scope: Scope | None) -> list[Schema]:
    if scope is None:
        return []
    return [_BEARER] if scope is Scope.ADMIN else [_BEARER, _PLAIN]


def _response(status: int, route: Route, told: Told) -> Schema:
    is_good = status == 200
    names = _ALWAYS + (_OF_CALLS if route.name == "call" else ())
    content: dict[str, Any] = {JSON: {"schema": named(told.answer if is_good else _error(route))}}
    if is_good and route.name == "metrics":
        content = {kind: {"schema": named(told.answer)} for kind in _METRICS}
    if route.name == "ready":
        content = {JSON: {"schema": named(told.answer)}}
    if is_good and told.streams:
        content[EVENTS] = {"schema": named("Event")}
    return {
        "description": STATUSES[status],
        "headers": {n: _ref("headers", n) for n in (names if is_good else names + _OF_ERRORS)},
        "content": content,
    }


def _error(route: Route) -> str:
    return "AnthropicError" if route.dialect.family in _MESSAGES else "OpenAIError"


def _header(schema: Schema, told: str) -> Schema:
    return {"schema": schema, "description": told}


def _parameter(name: str, schema: Schema, told: str) -> Schema:
    return {"name": name, "in": "header", "schema": schema, "description": told}


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}
