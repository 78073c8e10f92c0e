"""Any settings that are allowed: made from what the settings say of themselves, none left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from hive_resilience.config import (
    CircuitBreakerConfig,
    ClusterConfig,
    GlobalConfig,
    GroupConfig,
    HealthCheckConfig,
    ModelConfig,
    RuntimeConfig,
)
from hive_resilience.config.base import Settings
from hive_resilience.config.loading.environment import variable_part
from hive_resilience.config.settings.spelling import groups, names
from hive_resilience.config.values.units import ALREADY_SECONDS, YEAR, may_be_nothing

Fields = dict[str, Any]

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
NAMES = st.from_regex(r"[a-zA-Z0-9][a-z0-9.:/ -]{0,8}[a-z0-9]", fullmatch=True)
OF_A_PATTERN: Mapping[str, st.SearchStrategy[str]] = {
    "api_key_env": st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True),
    "forward_headers": st.sampled_from(["x-team", "x-other"]),
    "name": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True),
    "top": st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True),
    "proxy": st.sampled_from(["http://127.0.0.1:9", "https://host"]),
    "endpoint": st.sampled_from(["http://127.0.0.1:9/v1", "HTTPS://host:1/?a=b#c"]),
}
OF_ONES_OWN: Mapping[str, st.SearchStrategy[Fields]] = {
    "headers": st.dictionaries(
        st.sampled_from(["X-Team", "x.other", "User-Agent"]),
        st.sampled_from(["search", {"env": "ITS_HEADER"}, {"file": "/run/secrets/header"}]),
    ),
    "resources": st.dictionaries(st.sampled_from(["tpu", "shelf"]), st.floats(0, 4)),
    "expected_response": st.just({"status": ["ok", 1]}),
    "params": st.dictionaries(
        st.from_regex(r"[a-z_]{1,9}_", fullmatch=True),
        st.none() | st.booleans() | st.integers(0, 9) | st.just({"a": ["b"]}),
    ),
}
OF_THE_FLEET = {"id", "name", "fallbacks", "models", "weights", "aliases"} | {
    *("rules", "routes", "inhibitions", "channels", "escalate_to", "group_by"),
    # Of degradation: a plan that is there, and lists that rise or fall.
    *("plan", "success", "queue", "latency", "limits"),
}


@cache
def any_of(kind: type[Settings]) -> st.SearchStrategy[Fields]:
    """Values for any of the settings of a group, and of the groups in it."""
    told = kind.model_json_schema(by_alias=False)
    inner = groups(kind)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name in names(kind):
        if name in inner:
            fields[name] = any_of(inner[name])
        elif name not in OF_THE_FLEET:
            zero = may_be_nothing(kind.model_fields[name])
            fields[name] = _values(name, told["properties"][name], told.get("$defs", {}), zero)
    return st.fixed_dictionaries({}, optional=fields).map(MENDED.get(kind, dict))


def _values(name: str, told: Fields, defined: Fields, zero: bool) -> st.SearchStrategy[Any]:
    match told:
        case {"$ref": ref}:
            return st.sampled_from(defined[ref.rpartition("/")[2]]["enum"])
        case {"anyOf": several}:
            return st.one_of(*(_values(name, one, defined, zero) for one in several))
        case {"type": "null"}:
            return st.none()
        case {"enum": words}:
            return st.sampled_from(words)
        case {"const": value}:
            return st.just(value)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "array", "items": items}:
            once = told.get("uniqueItems", False)
            return st.lists(_values(name, items, defined, zero), max_size=3, unique=once)
        case {"type": "object"}:
            return OF_ONES_OWN[name]
        case {"type": "string", "pattern": _}:
            return OF_A_PATTERN[name]
        case {"type": "string"}:
            return TEXTS
        case {"type": "integer"}:
            return st.integers(told.get("minimum"), told.get("maximum"))
        case {"type": "number", "maximum": most}:
            above = told.get("exclusiveMinimum")
            least = told["minimum"] if above is None else above
            return st.floats(least, most, exclude_min=above is not None)
        case {"type": "number"}:  # a span of time
            return st.floats(0, YEAR, exclude_min=not zero)
        case _:
            raise AssertionError(f"{name}: {told}")


# Settings that have to fit each other.


def _breaker(fields: Fields) -> Fields:
    if fields.get("recovery_timeout", 0) > fields.get("max_recovery_timeout", 300):
        fields["max_recovery_timeout"] = fields["recovery_timeout"]
    if fields.get("max_recovery_timeout", 300) < fields.get("recovery_timeout", 60):
        fields["recovery_timeout"] = fields["max_recovery_timeout"]
    return fields | {"min_calls": min(fields.get("min_calls", 10), fields.get("window", 20))}


def _cluster(fields: Fields) -> Fields:
    """Its spans have to fit each other: an allowed set of them, in any case."""
    spans = {"share_time", "exchange_every", "idle_every", "exchange_timeout"}
    if not spans & set(fields):
        return fields
    most = YEAR / 4
    usual = {"exchange_every": 0.1, "idle_every": 1.0, "exchange_timeout": 0.5}
    given = {name: min(fields.get(name, usual[name]), most) for name in usual}
    every, idle = sorted((given["exchange_every"], given["idle_every"]))
    together = {"exchange_every": every, "idle_every": idle, "share_time": 2 * most + 1.0}
    return fields | given | together


def _health(fields: Fields) -> Fields:
    if fields.get("endpoint") is None:
        fields.pop("expected_response", None)
    return fields


def _model(fields: Fields) -> Fields:
    if fields.get("api_key_env") is not None:
        fields.pop("api_key_file", None)
    if fields.get("provider") != "azure":
        fields.pop("deployment", None)
        fields.pop("api_version", None)
    return fields


def _group(fields: Fields) -> Fields:
    """A quorum is for the strategy of that name alone."""
    if fields.get("strategy") == "quorum":
        return fields
    return {name: value for name, value in fields.items() if name != "quorum"}


MENDED: Mapping[type[Settings], Callable[[Fields], Fields]] = {
    CircuitBreakerConfig: _breaker,
    ClusterConfig: _cluster,
    HealthCheckConfig: _health,
    ModelConfig: _model,
    GroupConfig: _group,
}


@st.composite
def configurations(draw: st.DrawFn) -> RuntimeConfig:
    """Any configuration that can be written into a file."""
    ids = draw(st.lists(NAMES, max_size=3, unique_by=variable_part))
    models: list[Fields] = []
    for one in ids:
        others = [other for other in ids if other != one]
        fallbacks = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        models.append({**draw(any_of(ModelConfig)), "id": one, "fallbacks": fallbacks})
    space = draw(NAMES)  # a group has one at most
    for model in models:
        if model.get("embedding_space") is not None:
            model["embedding_space"] = space
    plans: list[Fields] = []
    for name in draw(st.lists(NAMES, max_size=2, unique=True)) if ids else []:
        members = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
        fields = {**draw(any_of(GroupConfig)), "name": name, "models": members}
        if fields.get("strategy") in (None, "weighted"):
            weights = st.dictionaries(st.sampled_from(members), st.floats(0, 1e9))
            fields["weights"] = draw(st.none() | weights)
        plans.append(fields)
    every = draw(any_of(GlobalConfig))
    has_aliases = draw(st.booleans())
    if ids and has_aliases:
        every["aliases"] = {"an_alias": draw(st.sampled_from(ids))}
    fields = {"global": every, "models": models, "groups": plans}
    return RuntimeConfig.model_validate(fields, context=ALREADY_SECONDS)
