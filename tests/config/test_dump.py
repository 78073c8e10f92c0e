"""What is dumped reads back to the same settings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Literal

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hive_resilience import (
    BulkheadConfig,
    CircuitBreakerConfig,
    GlobalConfig,
    GroupConfig,
    HealthCheckConfig,
    ModelConfig,
    RateLimitConfig,
    RestartConfig,
    RetryConfig,
    RuntimeConfig,
    dump_config,
    load_config,
)
from hive_resilience.config.schema import schema

SCHEMA = Draft202012Validator(schema())
YEAR = 31_536_000.0

spans = st.floats(0.0, YEAR, exclude_min=True)
spans_or_zero = st.floats(0.0, YEAR)
shares = st.floats(0.0, 1.0)
texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
ids = st.from_regex(r"[a-zA-Z0-9][a-z0-9.:/ -]{0,8}[a-z0-9]", fullmatch=True)


def settings(kind: Any, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Any subset of these settings, the others with their defaults."""
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: kind(**given))


breakers = settings(
    CircuitBreakerConfig,
    failure_threshold=st.integers(1, 1_000_000),
    failure_rate=st.floats(0.0, 1.0, exclude_min=True),
    window_age=spans,
    slow_call=st.none() | spans,
    recovery_timeout=st.floats(0.001, 300.0),
    timeout=st.none() | spans,
)
retries = settings(
    RetryConfig,
    max_retries=st.integers(0, 100),
    base_delay=spans_or_zero,
    jitter=st.sampled_from(["none", "full", "equal", "decorrelated"]),
    retryable_errors=st.lists(texts | st.integers(400, 599)).map(tuple),
    budget_ratio=shares,
)
checks = settings(
    HealthCheckConfig,
    interval=st.none() | spans,
    endpoint=st.just("http://127.0.0.1:9/health"),
    tiny_request=st.booleans(),
)
bulkheads = settings(BulkheadConfig, max_concurrent=st.integers(1, 1_000_000))
limits = settings(
    RateLimitConfig,
    requests_per_minute=st.none() | st.floats(0.001, 1e12),
    shared_quota=st.none() | texts,
)
restarts = settings(
    RestartConfig, type=st.sampled_from(["permanent", "transient"]), max_delay=spans_or_zero
)


@st.composite
def models(draw: st.DrawFn, model_id: str, others: list[str]) -> ModelConfig:
    fields: dict[str, Any] = {
        "endpoint": st.sampled_from([None, "http://127.0.0.1:9/v1"]),
        "api_key_env": st.sampled_from([None, "KEY_OF_IT"]),
        "timeout": st.none() | spans,
        "weight": st.floats(0, 1e9),
        "enabled": st.booleans(),
        "isolation": st.sampled_from(["none", "process"]),
        "circuit_breaker": breakers,
        "retry": retries,
        "health_check": checks,
        "bulkhead": bulkheads,
        "rate_limit": limits,
        "restart": restarts,
    }
    given = draw(st.fixed_dictionaries({}, optional=fields))
    fallbacks = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
    return ModelConfig(id=model_id, fallbacks=tuple(fallbacks), **given)


@st.composite
def groups(draw: st.DrawFn, name: str, ids: list[str]) -> GroupConfig:
    members = draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))
    weights = st.dictionaries(st.sampled_from(members), st.floats(0, 1e9))
    return GroupConfig(
        name=name,
        models=tuple(members),
        weights=draw(st.none() | weights),
        timeout=draw(st.none() | spans),
    )


@st.composite
def configurations(draw: st.DrawFn) -> RuntimeConfig:
    every = settings(
        GlobalConfig,
        default_timeout=spans,
        hedge_delay=st.none() | st.just("p95") | spans,
        default_strategy=st.sampled_from(["sequential", "weighted"]),
        degraded_mode_threshold=st.floats(0, 100),
        failover=st.booleans(),
    )

    def in_the_environment(model_id: str) -> str:
        return "".join(c if c.isalnum() else "_" for c in model_id.upper())

    unlike = draw(st.lists(ids, max_size=4, unique_by=in_the_environment))
    fleet = [draw(models(one, [other for other in unlike if other != one])) for one in unlike]
    names = draw(st.lists(ids, max_size=2, unique=True)) if unlike else []
    return RuntimeConfig(
        global_=draw(every),
        models=tuple(fleet),
        groups=tuple(draw(groups(name, unlike)) for name in names),
    )


@pytest.mark.parametrize("format", ["yaml", "json"])
@hypothesis.settings(max_examples=30, deadline=None)
@given(config=configurations())
def test_a_dump_loads_to_equal_settings(
    format: Literal["yaml", "json"], config: RuntimeConfig
) -> None:
    executors = {model.id: print for model in config.models if model.endpoint is None}
    text = dump_config(config, format=format)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"dumped.{format}"
        path.write_text(text, encoding="utf-8", newline="")
        found = load_config(path, environ={}, executors=executors)

    bare = tuple(model.model_copy(update={"executor": None}) for model in found.models)
    assert found.model_copy(update={"models": bare}) == config
    SCHEMA.validate(yaml.safe_load(text) if format == "yaml" else json.loads(text))


def test_a_dump_has_units_and_no_executors() -> None:
    config = RuntimeConfig(models=(ModelConfig(id="a", timeout=0.5, executor=print),))

    text = dump_config(config)

    assert text.startswith("global:\n  default_timeout: 30s\n")
    assert "models:\n  a:\n    timeout: 0.5s\n" in text
    assert "executor" not in text
