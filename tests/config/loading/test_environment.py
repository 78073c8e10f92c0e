"""Settings from RESILIENCE_... variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience.config import RuntimeConfig
from hive_resilience.config.loading.load import read
from hive_resilience.config.settings.retry import Jitter
from hive_resilience.errors import ConfigurationError

FILE = """
global: {defaultTimeout: 1000}
models:
  gpt-5: {circuitBreaker: {failureThreshold: 9, successThreshold: 9}}
  claude-4-sonnet: {timeout: 1000}
  third:
"""


def read_with(tmp_path: Path, environ: dict[str, str], text: str = FILE) -> RuntimeConfig:
    path = tmp_path / "resilience.yml"
    path.write_text(text, encoding="utf-8")
    return read(path, environ=environ)


def problem_with(tmp_path: Path, environ: dict[str, str], text: str = FILE) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_with(tmp_path, environ, text)
    (problem,) = caught.value.problems
    return str(problem)


def test_the_documented_variables_override_the_file(tmp_path: Path) -> None:
    config = read_with(
        tmp_path,
        {
            "RESILIENCE_DEFAULT_TIMEOUT": "20000",
            "RESILIENCE_MAX_CONCURRENT_REQUESTS": "7",
            "RESILIENCE_HEALTH_CHECK_INTERVAL": "15s",
            "RESILIENCE_CLAUDE_4_SONNET_TIMEOUT": "45000",
            "RESILIENCE_GPT_5_FAILURE_THRESHOLD": "2",
            "PATH": "/bin",
        },
    )

    gpt, claude, _ = config.models
    assert config.global_.default_timeout == 20.0
    assert config.global_.max_concurrent_requests == 7
    assert config.global_.health_check_interval == 15.0
    assert claude.timeout == 45.0
    assert gpt.circuit_breaker.failure_threshold == 2
    assert gpt.circuit_breaker.success_threshold == 9


@pytest.mark.parametrize(
    ("variable", "text", "path", "expected"),
    [
        ("TIMEOUT", "3", "timeout", 0.003),
        ("ENABLED", "false", "enabled", False),
        ("ENABLED", "Off", "enabled", False),
        ("HEALTH_CHECK_TINY_REQUEST", "1", "health_check.tiny_request", True),
        ("WEIGHT", "2", "weight", 2.0),
        ("WEIGHT", "0.5", "weight", 0.5),
        ("FALLBACKS", "claude-4-sonnet, third", "fallbacks", ("claude-4-sonnet", "third")),
        ("MAX_RETRIES", "0", "retry.max_retries", 0),
        ("RETRYABLE_ERRORS", "418,overloaded", "retry.retryable_errors", (418, "overloaded")),
        ("RETRYABLE_ERRORS", "1301", "retry.retryable_errors", ("1301",)),
        ("RETRY_JITTER", "true", "retry.jitter", Jitter.FULL),
        ("RETRY_JITTER", "equal", "retry.jitter", Jitter.EQUAL),
        ("HEALTH_CHECK_JITTER", "0.3", "health_check.jitter", 0.3),
        ("CIRCUIT_BREAKER_TIMEOUT", "2m", "circuit_breaker.timeout", 120.0),
        ("MAX_CONCURRENT", "4", "bulkhead.max_concurrent", 4),
        ("TOKENS_PER_MINUTE", "900", "rate_limit.tokens_per_minute", 900.0),
        ("RESTART_BASE_DELAY", "10ms", "restart.base_delay", 0.01),
    ],
)
def test_a_field_of_a_model_or_of_its_groups_can_be_named(
    tmp_path: Path, variable: str, text: str, path: str, expected: object
) -> None:
    config = read_with(tmp_path, {f"RESILIENCE_GPT_5_{variable}": text})

    value: object = config.models[0]
    for name in path.split("."):
        value = getattr(value, name)
    assert value == expected


def test_a_setting_of_a_group_for_all_can_be_named(tmp_path: Path) -> None:
    found = read_with(tmp_path, {"RESILIENCE_ALERTS_ERROR_RATE": "0.5"})

    assert found.global_.alerts.error_rate == 0.5


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("DEFALT_TIMEOUT", "unknown variable; did you mean RESILIENCE_DEFAULT_TIMEOUT?"),
        ("GPT_5_TIMOUT", "unknown variable; did you mean RESILIENCE_GPT_5_TIMEOUT?"),
        ("GTP_5_WEIGHT", "unknown variable; did you mean RESILIENCE_GPT_5_WEIGHT?"),
        ("CLAUDE_SONNET_TIMEOUT", "did you mean RESILIENCE_CLAUDE_4_SONNET_TIMEOUT?"),
        ("GPT_5_JITTER", "RESILIENCE_GPT_5_RETRY_JITTER or RESILIENCE_GPT_5_HEALTH_CHECK_JITTER"),
        ("GPT_5_ID", "unknown variable"),
        ("GPT_5_EXECUTOR", "unknown variable"),
        ("gpt_5_timeout", "did you mean RESILIENCE_GPT_5_TIMEOUT?"),
        ("", "unknown variable"),
    ],
)
def test_a_variable_that_fits_nothing_is_an_error_with_the_nearest_name(
    tmp_path: Path, variable: str, said: str
) -> None:
    problem = problem_with(tmp_path, {f"RESILIENCE_{variable}": "3"})

    assert problem.startswith(f"environment: RESILIENCE_{variable}: ")
    assert said in problem


def test_a_wrong_value_names_the_variable_and_not_the_file(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, {"RESILIENCE_GPT_5_FAILURE_THRESHOLD": "many"})

    assert problem.startswith(
        "environment: RESILIENCE_GPT_5_FAILURE_THRESHOLD: 'many' does not fit"
    )


def test_a_right_variable_mends_a_wrong_file(tmp_path: Path) -> None:
    environ = {"RESILIENCE_A_TIMEOUT": "3s"}

    assert read_with(tmp_path, environ, "models: {a: {timeout: -1}}").models[0].timeout == 3.0


def test_the_longer_of_two_ids_with_the_same_start_is_found(tmp_path: Path) -> None:
    config = read_with(tmp_path, {"RESILIENCE_GPT_5_WEIGHT": "3"}, "models: {gpt: , gpt-5: }")

    assert [model.weight for model in config.models] == [1.0, 3.0]


def test_a_variable_with_two_meanings_is_an_error(tmp_path: Path) -> None:
    problem = problem_with(tmp_path, {"RESILIENCE_DEFAULT_TIMEOUT": "3"}, "models: {default: }")

    assert "can mean global.default_timeout or models.default.timeout" in problem


def test_the_variables_of_the_process_count_when_none_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("RESILIENCE_TASK_TIMEOUT", "5s")

    assert read(path).global_.task_timeout == 5.0


def test_a_wrong_variable_in_a_large_fleet_is_told_quickly(tmp_path: Path) -> None:
    models = "\n".join(f"  model-{number}:" for number in range(300))

    problem = problem_with(tmp_path, {"RESILIENCE_MODEL_250_TIMOUT": "1"}, f"models:\n{models}")

    assert problem.endswith("did you mean RESILIENCE_MODEL_250_TIMEOUT?")
