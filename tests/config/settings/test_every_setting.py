"""Every documented setting can be written, in both spellings, and something asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic.alias_generators import to_camel

from hive_resilience.config import GlobalConfig, GroupConfig, ModelConfig, RuntimeConfig
from hive_resilience.config.base import Settings
from hive_resilience.config.export.dump import written
from hive_resilience.config.loading.load import read
from hive_resilience.config.settings.spelling import groups, names
from hive_resilience.config.values.units import is_span
from hive_resilience.config.values.values import is_list

from ..export.test_documentation import PAGE, SECTIONS, documented

ROOT = Path(__file__).parents[3]

A_RULE = {
    "name": "slow",
    "metric": "latency_p95",
    "threshold": 8.5,
    "operator": "at_least",
    "window": "7s",
    "min_events": 3,
    "holds_for": "0s",
    "keep": "7s",
    "severity": "info",
    "models": ["m0"],
    "labels": {"team": "search"},
    "channels": [],
    "text": "{model} takes {value}",
    "runbook": "https://host/page",
}
# What a number above the default cannot say.
NOTHING: list[str] = []
OTHERS: Mapping[str, object] = {
    "groups.at_most_once": True,
    "global.top": "hive",
    "models.endpoint": "http://127.0.0.1:9/v1",
    "models.fallbacks": ["m1"],
    "models.shed": True,
    "adaptive_limit.rule": "aimd",
    "models.families": ["message"],
    "models.embedding_space": "a-space",
    "models.isolation": "process",
    "models.on_crash": "cancel",
    "models.model": "its-name",
    "models.provider": "somebody",
    "models.api_key_env": "ITS_KEY",
    "models.deployment": "its-deployment",
    "models.api_version": "2024-10-21",
    "models.region": "eu-west-1",
    "models.project": "its-project",
    "models.organization": "its-organization",
    "models.headers": {"X-Team": "search", "X-Mine": {"env": "ITS_HEADER"}},
    "models.forward_headers": ["x-team"],
    "models.params": {"temperature": 0.5},
    "models.proxy": "http://127.0.0.1:9",
    "models.ca_file": "/etc/ssl/its.pem",
    "models.api_key_file": "/run/secrets/its-key",
    "groups.strategy": "random",
    "groups.weights": {"m0": 2.0},
    "groups.route_request_errors": "all",
    "global.route_request_errors": "all",
    "ray.address": "10.0.0.5:6379",
    "ray.resources": {"tpu": 4.0},
    "failure_if.finish_reasons": ["length", "content_filter"],
    "global.aliases": {"its-alias": "m0"},
    "global.default_strategy": "weighted",
    "global.when_none_available": "wait",
    "global.hedge_delay": "p95",
    "groups.hedge_delay": "p95",
    "global.hedge_after": "auto",
    "groups.hedge_after": "never",
    "models.hedge_after": "streams",
    "alerts.channels": [
        {"name": "log", "severities": NOTHING, "send_resolved": True, "type": "log"}
    ],
    "alerts.rules": [A_RULE],
    "alerts.inhibitions": [{"source": {"alert": "a"}, "target": {"alert": "b"}, "same": ["model"]}],
    "alerts.routes": [{"match": {"severity": "*"}, "channels": NOTHING}],
    "alerts.escalate_to": ["pager"],
    "cluster.address": "10.0.0.5:6379",
    "cluster.name": "its-fleet",
    "cluster.alone": "stop",
    "cluster.link": "inside",
    "bulkhead.scope": "process",
    "rate_limit.scope": "process",
    "circuit_breaker.scope": "process",
    "telemetry.semconv": "genai-1.41",
    "alerts.group_by": ["model", "team"],
    "alerts.escalate_from": "warning",
    "retry.jitter": "equal",
    "retry.retryable_errors": [418, "overloaded"],
    "health_check.endpoint": "http://127.0.0.1:9/health",
    "health_check.expected_response": {"status": "well"},
    "rate_limit.shared_quota": "ours",
    "restart.type": "transient",
    "groups.on_interrupt": "restart",
    "stream.on_interrupt": "restart",
    "stream.max_bytes": 70_000,
    "history.folder": "/var/lib/hive",
    "history.name": "its-process",
    "history.max_bytes": 20_000_000,
    "degradation.success": [0.9, 0.8, 0.7, 0.6],
    "degradation.queue": [0.6, 0.7, 0.8, 0.9],
    "degradation.latency": [3.0, 4.0, 5.5, 6.0],
    "degradation.exercise": 0.25,
}
AZURE = {"provider": "azure", "endpoint": "http://127.0.0.1:9", "api_version": "1"}
NEEDS: Mapping[str, Mapping[str, object]] = {
    "alerts.escalate_to": {"channels": [{"type": "log", "name": "pager"}]},
    "health_check.expected_response": {"endpoint": "http://127.0.0.1:9/health"},
    "models.deployment": AZURE,
    "models.api_version": {"provider": "azure", "endpoint": "http://127.0.0.1:9"},
    "cluster.share_time": {"idle_every": "2s"},
    "cluster.idle_every": {"share_time": "1m"},
    "cluster.exchange_every": {"idle_every": "9s", "share_time": "1m"},
    "cluster.exchange_timeout": {"share_time": "1m"},
    "circuit_breaker.window": {"min_calls": 1},
    "circuit_breaker.max_recovery_timeout": {"recovery_timeout": "1s"},
    "circuit_breaker.min_calls": {"window": 100},
    "circuit_breaker.recovery_timeout": {"max_recovery_timeout": "1d"},
}


def every_setting() -> Iterator[tuple[str, str]]:
    for section in SECTIONS:
        yield from ((section, name) for name in documented(section))


def other_than_default(section: str, name: str) -> object:
    kind = SECTIONS[section]
    key = f"{section}.{name}"
    if key in OTHERS:
        return OTHERS[key]
    info = kind.model_fields[name]
    if is_span(info):
        return "7s"
    default = info.default
    if isinstance(default, bool):
        return not default
    if isinstance(default, float) and default <= 1:
        return 0.75
    return 7 if default != 7 else 8


def a_file(section: str, settings: Mapping[str, object]) -> dict[str, Any]:
    group: dict[str, Any] = {"models": ["m0", "m1"]}
    first: dict[str, Any] = {}
    every: dict[str, Any] = {}
    if section == "global":
        every |= settings
    elif section == "groups":
        group |= settings
    elif section == "models":
        first |= settings
    elif section in groups(GlobalConfig):
        every[section] = settings
    else:
        first[section] = settings
    return {"global": every, "models": {"m0": first, "m1": {}}, "groups": {"g": group}}


def where(config: RuntimeConfig, section: str) -> Settings:
    if section == "global":
        return config.global_
    if section == "groups":
        return config.groups[0]
    if section == "models":
        return config.models[0]
    owner = config.global_ if section in groups(GlobalConfig) else config.models[0]
    found: Settings = getattr(owner, section)
    return found


NAMED_BY_KEYS = {("models", "id"), ("groups", "name"), ("groups", "models")}
SETTINGS = [
    (section, name)
    for section, name in every_setting()
    if (section, name) not in NAMED_BY_KEYS and name not in groups(SECTIONS[section])
]


@pytest.mark.parametrize("spell", [str, to_camel], ids=["snake_case", "camelCase"])
@pytest.mark.parametrize(("section", "name"), SETTINGS, ids=map(".".join, SETTINGS))
def test_every_documented_setting_can_be_written(
    tmp_path: Path, section: str, name: str, spell: Any
) -> None:
    value = other_than_default(section, name)
    needed = {spell(key): other for key, other in NEEDS.get(f"{section}.{name}", {}).items()}
    path = tmp_path / "a.json"
    path.write_bytes(orjson.dumps(a_file(section, {**needed, spell(name): value})))

    settings = where(read(path, environ={}), section)

    assert written(settings)[name] == value
    info = type(settings).model_fields[name]
    assert getattr(settings, name) != info.get_default(call_default_factory=True)


@pytest.mark.parametrize(
    ("section", "name"),
    [one for one in SETTINGS if one[0] != "groups"],
    ids=lambda one: one,
)
def test_every_documented_setting_of_global_and_models_has_its_variable(
    tmp_path: Path, section: str, name: str
) -> None:
    value = other_than_default(section, name)
    path = tmp_path / "a.json"
    path.write_bytes(orjson.dumps(a_file(section, NEEDS.get(f"{section}.{name}", {}))))

    config = read(path, environ={variable(section, name): as_text(value)})

    assert written(where(config, section))[name] == value


def variable(section: str, name: str) -> str:
    model = "" if section in ("global", *groups(GlobalConfig)) else "M0_"
    group = "" if section in ("global", "models") else f"{section}_"
    return f"RESILIENCE_{model}{group}{name}".upper()


def as_text(value: object) -> str:
    if is_list(value) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(map(str, value))
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_documented_settings_are_those_there_are() -> None:
    kinds: list[type[Settings]] = [GlobalConfig, ModelConfig, GroupConfig]
    for outer in (GlobalConfig, ModelConfig):
        kinds.extend(groups(outer).values())

    there_are = {(kind, name) for kind in kinds for name in names(kind)}

    assert {(SECTIONS[section], name) for section, name in every_setting()} == there_are


def test_something_outside_of_the_settings_asks_for_each_of_them() -> None:
    # `attempt_timeout` is asked for in its place.
    asking = ROOT / "config" / "settings" / "runtime.py"
    sources = [asking, *(ROOT / "actors").rglob("*.py"), *(ROOT / "runtime").rglob("*.py")]
    code = "\n".join(source.read_text("utf-8") for source in sources)

    unused = [
        f"{section}.{name}"
        for section, name in every_setting()
        if not re.search(rf"\.{name}\b", code)
    ]

    assert unused == []
    assert "not used yet" not in PAGE.read_text("utf-8")
