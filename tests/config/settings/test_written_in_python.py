"""Settings as a Python program writes them: seconds that are meant, and paths that stay."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime
from hive_resilience.config import (
    CircuitBreakerConfig,
    GlobalConfig,
    HealthCheckConfig,
    RetryConfig,
    RuntimeConfig,
    load_config,
)
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.executors.http.api_key import ApiKey


@pytest.mark.parametrize("make", [
    lambda: ModelConfig(id="m", timeout=30_000),
    lambda: GlobalConfig(default_timeout=3600.5),
    lambda: CircuitBreakerConfig(recovery_timeout=60_000.0),
    lambda: HealthCheckConfig(interval=30_000),
    lambda: RetryConfig(max_delay=10**400),
], ids=["model", "global", "breaker", "health", "huge"])  # fmt: skip
def test_milliseconds_in_python_are_refused_with_the_units_to_write(make: Any) -> None:
    with pytest.raises(ValueError, match=r"seconds in Python, and one above 3600 .* \"\S+ms\""):
        make()


@pytest.mark.parametrize("meant", [timedelta(hours=2), "2h", "7200s", "7200000ms"])
def test_a_span_that_says_its_unit_may_be_long(meant: Any) -> None:
    assert ModelConfig(id="m", timeout=meant).timeout == 7200.0
    assert ModelConfig(id="m", timeout=3600).timeout == 3600.0


def test_milliseconds_in_overrides_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"models": {"m": {"timeout": 7200000}}}')
    executors = {"m": print}
    overrides = {"models": {"m": {"timeout": 30_000}}}

    with pytest.raises(ConfigurationError, match=r"argument: models\.m\.timeout: .*30000ms"):
        load_config(path, environ={}, executors=executors, overrides=overrides)

    assert load_config(path, environ={}, executors=executors).models[0].timeout == 7200.0


def test_long_spans_that_were_read_stay_what_they_are() -> None:
    model = ModelConfig(id="m", executor=print, timeout="2h", retry=RetryConfig(max_delay="3h"))

    with Runtime(RuntimeConfig(models=(model,))) as runtime:
        runtime.update("m", retry=RetryConfig(max_delay="4h")).get(timeout=10)
        with pytest.raises(ConfigurationError, match="30000ms"):
            runtime.update("m", timeout=30_000).get(timeout=10)
        (found,) = runtime.config.models

    assert (found.timeout, found.retry.max_delay) == (7200.0, 14_400.0)


def test_relative_paths_are_whole_from_when_they_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("the-key")
    (tmp_path / "a.json").write_text('{"models": {"m": {"api_key_file": "key", "weight": 2}}}')

    model = ModelConfig(
        id="m", api_key_file="key", ca_file="ca.pem", headers={"X-Mine": {"file": "key"}}
    )
    key = ApiKey(None, "key")
    runtime = Runtime.from_file("a.json", executors={"m": print}, environ={})
    monkeypatch.chdir("/")

    assert (model.api_key_file, model.ca_file) == (f"{tmp_path}/key", f"{tmp_path}/ca.pem")
    assert model.headers == {"X-Mine": {"file": f"{tmp_path}/key"}}
    assert key.read("m") == "the-key"
    (tmp_path / "a.json").write_text('{"models": {"m": {"weight": 3}}}')
    with runtime:
        runtime.reload().get(timeout=10)
        assert runtime.config.models[0].weight == 3.0


def test_a_working_directory_that_is_gone_is_a_mistake_and_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(ValueError, match="working directory that is gone"):
        ModelConfig(id="m", api_key_file="key")
    monkeypatch.chdir(tmp_path)
