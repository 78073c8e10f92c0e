"""The tables of docs/configuration.md say what the settings say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import (
    AdaptiveLimitConfig,
    AlertInhibitionConfig,
    AlertRouteConfig,
    AlertRuleConfig,
    AlertsConfig,
    BulkheadConfig,
    CircuitBreakerConfig,
    ClusterConfig,
    DegradationConfig,
    FailureIfConfig,
    GlobalConfig,
    GroupConfig,
    HealthCheckConfig,
    HistoryConfig,
    LevelActionsConfig,
    ModelConfig,
    PricesConfig,
    RateLimitConfig,
    RayConfig,
    RecoveryConfig,
    RestartConfig,
    RetryConfig,
    RuntimeConfig,
    StaleCacheConfig,
    StreamConfig,
    TelemetryConfig,
    ThrottleConfig,
)
from hive_resilience.config.base import Settings
from hive_resilience.config.settings.chaos import ChaosConfig
from hive_resilience.config.settings.observability.channels import AnyChannelConfig
from hive_resilience.config.settings.retry_budget import RetryBudgetConfig
from hive_resilience.config.settings.spelling import groups, lists, names
from hive_resilience.config.values.units import DAY, is_span, may_be_nothing
from hive_resilience.config.values.values import is_list

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"
LISTS: dict[str, type[Settings]] = {
    "alerts.rules": AlertRuleConfig,
    "alerts.routes": AlertRouteConfig,
    "alerts.inhibitions": AlertInhibitionConfig,
}
INSIDE: dict[str, type[Settings]] = {
    "degradation.when": LevelActionsConfig,
    "degradation.cache": StaleCacheConfig,
}
SECTIONS: dict[str, type[Settings]] = {
    "global": GlobalConfig,
    "alerts": AlertsConfig,
    "chaos": ChaosConfig,
    "telemetry": TelemetryConfig,
    "cluster": ClusterConfig,
    "models": ModelConfig,
    "groups": GroupConfig,
    "circuit_breaker": CircuitBreakerConfig,
    "retry": RetryConfig,
    "health_check": HealthCheckConfig,
    "bulkhead": BulkheadConfig,
    "adaptive_limit": AdaptiveLimitConfig,
    "throttle": ThrottleConfig,
    "rate_limit": RateLimitConfig,
    "restart": RestartConfig,
    "stream": StreamConfig,
    "prices": PricesConfig,
    "ray": RayConfig,
    "retry_budget": RetryBudgetConfig,
    "history": HistoryConfig,
    "failure_if": FailureIfConfig,
    "degradation": DegradationConfig,
    "recovery": RecoveryConfig,
}
Row = tuple[str, str]


def documented(section: str) -> dict[str, Row]:
    """Default and allowed values of each setting in the table below a heading."""
    text = PAGE.read_text(encoding="utf-8").split(f"## `{section}`\n")[1]
    text = re.split(r"\n##", text)[0]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| .+ \|$", text, re.MULTILINE)
    return {name: (default, allowed) for name, default, allowed in rows}


def actual(kind: type[Settings]) -> dict[str, Row]:
    """The same from the settings themselves."""
    schema = kind.model_json_schema(by_alias=False)
    inner = groups(kind)
    return {
        name: ("its own", "a group") if name in inner else row(schema, name, kind)
        for name in names(kind)
    }


def row(schema: dict[str, Any], name: str, kind: type[Settings]) -> Row:
    field = schema["properties"][name]
    told = allowed(field, schema.get("$defs", {}))
    # pydantic's schema does not tell a span of time from a number, nor its least value.
    info = kind.model_fields[name]
    span = is_span(info)
    if span:
        told = told.replace("number", "span, 0 too" if may_be_nothing(info) else "span above 0")
    return default_of(field, span=span), told


def default_of(field: dict[str, Any], *, span: bool) -> str:
    value: Any = field.get("default", "required")
    if value is None or value in ([], {}):
        return "none"
    if is_list(value):
        return f"({', '.join(map(repr, value))},)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        if span:
            return f"{value / DAY:,g} d" if value > DAY else f"{value:,g} s"
        return f"{value:,.10g}"
    return str(value)


def allowed(field: dict[str, Any], defined: dict[str, Any]) -> str:
    match field:
        case {"discriminator": _}:
            return "channels"
        case {"$ref": ref}:
            name = ref.rpartition("/")[2]
            return ", ".join(defined[name].get("enum", [name]))
        case {"anyOf": several}:
            return " or ".join(allowed(one, defined) for one in several)
        case {"type": "null"}:
            return "none"
        case {"const": text}:
            return str(text)
        case {"enum": words}:
            return ", ".join(words)
        case {"type": "boolean"}:
            return "true, false"
        case {"type": "array", "items": items}:
            return f"list of {allowed(items, defined)}"
        case {"type": "object", "required": [name]}:
            return f"{{{name}: text}}"
        case {"type": "object", "additionalProperties": True}:
            return "name: anything"
        case {"type": "object", "propertyNames": _, "additionalProperties": values}:
            return f"name: {allowed(values, defined)}"
        case {"type": "object", "additionalProperties": values}:
            return f"model: {allowed(values, defined)}"
        case {"type": "string"}:
            return "text"
        case _:
            return number(field)


def number(field: dict[str, Any]) -> str:
    if "exclusiveMinimum" in field:
        low = f"above {field['exclusiveMinimum']:g}"
    elif "minimum" in field:
        low = f"{field['minimum']:,.15g}"
    else:
        return "number"
    return f"{low} to {field['maximum']:,.15g}" if "maximum" in field else low


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_documented_with_its_default_and_its_range(section: str) -> None:
    assert documented(section) == actual(SECTIONS[section])


@pytest.mark.parametrize("section", LISTS | INSIDE)
def test_every_setting_in_a_list_is_documented_too(section: str) -> None:
    assert documented(section) == actual((LISTS | INSIDE)[section])


def test_every_group_of_settings_has_a_section() -> None:
    outer = (RuntimeConfig, GlobalConfig, ModelConfig)
    inner = {kind for group in outer for kind in groups(group).values()}
    kinds = inner | {ModelConfig, GroupConfig}

    assert kinds == set(SECTIONS.values())


def test_every_list_of_settings_has_a_section() -> None:
    kinds = [kind for group in SECTIONS.values() for each in lists(group).values() for kind in each]

    # Those of channels are on a page of their own.
    ours = {kind for kind in kinds if not issubclass(kind, AnyChannelConfig)}
    assert ours == set(LISTS.values())
