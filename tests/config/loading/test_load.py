"""Settings read from YAML, TOML and JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience.config import ModelConfig
from hive_resilience.config.loading.load import load_config, read
from hive_resilience.config.settings.retry import Jitter
from hive_resilience.errors import ConfigurationError

# The example of the documentation: it has to load as it stands there.
DOCUMENTED = """
global: {defaultTimeout: 30000, maxConcurrentRequests: 10, healthCheckInterval: 30000}
models:
  claude-4-sonnet:
    circuitBreaker: {failureThreshold: 5, recoveryTimeout: 60000, successThreshold: 3, timeout: 30000}
    retry: {maxRetries: 3, baseDelay: 1000, maxDelay: 30000, backoffMultiplier: 2, jitter: true, retryableErrors: []}
    healthCheck: {interval: 30000, timeout: 5000, retries: 3, endpoint: "...", expectedResponse: "..."}
"""  # noqa: E501

Write = Callable[[str, str], Path]


async def claude(task: object) -> str:
    return "an answer"


def test_the_documented_example_loads(write: Write) -> None:
    path = write("resilience.yml", DOCUMENTED)

    config = load_config(path, environ={}, executors={"claude-4-sonnet": claude})

    (model,) = config.models
    assert config.global_.default_timeout == 30.0
    assert config.global_.max_concurrent_requests == 10
    assert model.executor is claude
    assert model.circuit_breaker.recovery_timeout == 60.0
    assert model.circuit_breaker.timeout == 30.0
    assert model.retry.jitter is Jitter.FULL
    assert model.retry.base_delay == 1.0
    assert model.retry.retryable_errors == ()
    assert model.health_check.timeout == 5.0
    assert model.health_check.expected_response == "..."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "models: {gpt-5: {timeout: 20s, retry: {max_retries: 1}}}"),
        ("a.yml", "models:\n- id: gpt-5\n  timeout: 20000\n  retry: {maxRetries: 1}"),
        ("a.toml", '[models.gpt-5]\ntimeout = "20s"\nretry.max_retries = 1'),
        ("a.toml", '[[models]]\nid = "gpt-5"\ntimeout = 20000\nretry.maxRetries = 1'),
        ("a.json", '{"models": {"gpt-5": {"timeout": 20000, "retry": {"maxRetries": 1}}}}'),
        ("a.json", '{"models": [{"id": "gpt-5", "timeout": "20s", "retry": {"max_retries": 1}}]}'),
    ],
)
def test_every_format_and_spelling_says_the_same(write: Write, name: str, text: str) -> None:
    (model,) = read(write(name, text), environ={}).models

    assert model == ModelConfig(id="gpt-5", timeout=20, retry={"max_retries": 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "# nothing yet", "global:\nmodels:", "models: {}"])
def test_a_file_may_leave_out_everything(write: Write, text: str) -> None:
    assert read(write("a.yml", text), environ={}).models == ()


def test_models_keep_the_order_of_the_file(write: Write) -> None:
    path = write("a.yml", "models: {b: , a: , c: {retry: }}")

    assert [model.id for model in read(path, environ={}).models] == ["b", "a", "c"]


def test_a_model_that_nobody_answers_for_is_an_error(write: Write) -> None:
    path = write("a.yml", "models: {gpt-5: , claude: , local: {endpoint: 'https://example.com'}}")

    with pytest.raises(ConfigurationError) as caught:
        load_config(path, environ={}, executors={"gpt5": claude, "claude": 3})

    assert [str(problem) for problem in caught.value.problems] == [
        "executors['gpt5']: no model has this id; did you mean 'gpt-5'?",
        "executors['claude']: should be callable or have `execute`, is a int",
        "a.yml: line 1: models.gpt-5: has neither an endpoint nor an executor; "
        "give it one: executors={'gpt-5': function}",
    ]


def test_a_provider_that_needs_an_endpoint_is_named(write: Write) -> None:
    with pytest.raises(ConfigurationError, match="not the provider 'opanai'") as caught:
        load_config(write("a.yml", "models:\n  a: {provider: opanai}"), environ={})

    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("a.yml", 2)


def test_an_executor_goes_before_the_endpoint_of_a_file(write: Write) -> None:
    path = write("a.yml", "models: {gpt-5: {endpoint: 'https://example.com/v1'}}")

    (model,) = load_config(path, environ={}, executors={"gpt-5": claude}).models

    assert model.executor is claude
