"""The forms of the original specification beside ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.config import RuntimeConfig, Strategy
from hive_resilience.config.loading.load import read
from hive_resilience.errors import ConfigurationError

Write = Callable[[str, str], Path]

ORIGINAL = """
resilience:
  defaultTimeout: 20s
  healthCheckInterval: 15s
  degradedModeThreshold: 50
routing:
  defaultStrategy: weighted
  modelWeights: {claude: 3, gpt-5: 0.5}
  maxConcurrency: 2
  timeoutMs: 45000
  retryOnFailure: false
models:
  claude:
    maxRetries: 2
    timeout: 30s
    circuitBreakerThreshold: 7
    fallbacks: [gpt-5]
  gpt-5:
"""


def problems(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(path, environ={})
    return [str(problem) for problem in caught.value.problems]


def test_the_original_forms_mean_our_settings(write: Write) -> None:
    config = read(write("a.yml", ORIGINAL), environ={})

    claude, gpt = config.models
    every = config.global_
    assert (every.default_timeout, every.health_check_interval) == (20.0, 15.0)
    assert every.degraded_mode_threshold == 50
    assert every.default_strategy is Strategy.WEIGHTED
    assert (every.max_parallel, every.task_timeout, every.failover) == (2, 45.0, False)
    assert (claude.weight, gpt.weight) == (3.0, 0.5)
    assert (claude.retry.max_retries, claude.timeout) == (2, 30.0)
    assert claude.circuit_breaker.failure_threshold == 7
    assert claude.fallbacks == ("gpt-5",)


def test_the_short_forms_may_be_in_snake_case(write: Write) -> None:
    text = "models: {a: {max_retries: 0, circuit_breaker_threshold: 2}}\nrouting: {timeout_ms: 9s}"

    config = read(write("a.yml", text), environ={})

    assert config.models[0].retry.max_retries == 0
    assert config.models[0].circuit_breaker.failure_threshold == 2
    assert config.global_.task_timeout == 9.0


def test_a_short_form_and_other_settings_of_its_group_go_together(write: Write) -> None:
    text = "models: {a: {maxRetries: 5, retry: {baseDelay: 2s}}}"

    retry = read(write("a.yml", text), environ={}).models[0].retry

    assert (retry.max_retries, retry.base_delay) == (5, 2.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "models:\n  a:\n    maxRetries: 1\n    retry:\n      maxRetries: 2",
            "a.yml: line 5: models.a.retry.maxRetries: "
            "written twice: it is models.a.maxRetries too, on line 3",
        ),
        (
            "global:\n  defaultTimeout: 1s\nresilience:\n  default_timeout: 2s",
            "a.yml: line 4: resilience.default_timeout: "
            "written twice: it is global.defaultTimeout too, on line 2",
        ),
        (
            "routing:\n  timeoutMs: 1\nglobal:\n  taskTimeout: 2s",
            "a.yml: line 2: routing.timeoutMs: "
            "written twice: it is global.taskTimeout too, on line 4",
        ),
        (
            "models: {a: {weight: 2}}\nrouting:\n  modelWeights:\n    a: 1",
            "a.yml: line 4: routing.modelWeights.a: "
            "written twice: it is models.a.weight too, on line 1",
        ),
    ],
)
def test_a_setting_written_in_two_forms_is_an_error(write: Write, text: str, told: str) -> None:
    assert problems(write("a.yml", text)) == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("routing: {defaultStrategi: random}", "did you mean defaultStrategy?"),
        ("routing: {zzz: 1}", "allowed here: modelWeights, defaultStrategy"),
        ("routing: {modelWeights: {b: 1}}\nmodels: {a1: }", "no model has the id 'b'"),
        ("routing: {modelWeights: [1]}", "should be a mapping of keys to values"),
        ("routing: {modelWeights: {a: -1}}\nmodels: {a: }", "-1 does not fit"),
        ("routing: {timeoutMs: soon}", "'soon' does not fit: write a span of time"),
        ("resilience: {degradedModeThreshold: 101}", "101 does not fit: should be less than"),
        ("models: {a: {maxRetries: -1}}", "models.a.maxRetries: -1 does not fit"),
    ],
)
def test_a_mistake_in_an_original_form_is_named_as_it_is_written(
    write: Write, text: str, told: str
) -> None:
    (problem,) = problems(write("a.yml", text))

    assert told in problem


def test_an_environment_variable_goes_before_a_short_form(write: Write) -> None:
    path = write("a.yml", "models: {a: {maxRetries: 1, circuitBreakerThreshold: 1}}")
    environ = {
        "RESILIENCE_A_MAX_RETRIES": "9",
        "RESILIENCE_A_CIRCUIT_BREAKER_THRESHOLD": "8",
    }

    (model,) = read(path, environ=environ).models

    assert (model.retry.max_retries, model.circuit_breaker.failure_threshold) == (9, 8)


def test_the_schema_that_an_editor_reads_is_no_setting(write: Write) -> None:
    path = write("a.json", '{"$schema": "resilience.schema.json"}')

    assert read(path, environ={}) == RuntimeConfig()
