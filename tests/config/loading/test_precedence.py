"""Arguments before the environment, before `.env`, before the file, before the defaults."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import GlobalConfig, RetryConfig
from hive_resilience.config.loading.load import load_config, read
from hive_resilience.errors import ConfigurationError

Write = Callable[[str, str], Path]


def problems(path: Path, **how: Any) -> list[str]:
    how.setdefault("environ", {})
    with pytest.raises(ConfigurationError) as caught:
        read(path, **how)
    return [str(problem) for problem in caught.value.problems]


def test_each_source_goes_before_the_next(write: Write) -> None:
    path = write(
        "a.yml",
        "global: {defaultTimeout: 1s, taskTimeout: 1s, drainTimeout: 1s, stopGrace: 1s}",
    )
    write(
        ".env",
        "RESILIENCE_DEFAULT_TIMEOUT=2s\nRESILIENCE_TASK_TIMEOUT=2s\nRESILIENCE_DRAIN_TIMEOUT=2s\n",
    )
    environ = {"RESILIENCE_DEFAULT_TIMEOUT": "3s", "RESILIENCE_TASK_TIMEOUT": "3s"}
    overrides = {"global": {"default_timeout": 4}}

    found = read(path, environ=environ, overrides=overrides).global_

    assert (found.default_timeout, found.task_timeout, found.drain_timeout) == (4.0, 3.0, 2.0)
    assert (found.stop_grace, found.hedge_delay) == (1.0, GlobalConfig().hedge_delay)


def test_arguments_are_written_like_a_file_and_count_in_seconds(write: Write) -> None:
    path = write("a.yml", "models: {a: {timeout: 9s, retry: {maxRetries: 1, baseDelay: 9s}}}")
    overrides: dict[str, Any] = {
        "models": {
            "a": {"timeout": 0.25, "maxRetries": 7, "retry": {"maxDelay": timedelta(minutes=1)}},
            "b": {"endpoint": "http://127.0.0.1:9/v1", "weight": 2},
        },
        "groups": {"g": {"models": ["a", "b"], "timeout": 5}},
    }

    config = read(path, environ={"RESILIENCE_B_WEIGHT": "3"}, overrides=overrides)

    a, b = config.models
    assert (a.timeout, a.retry) == (0.25, RetryConfig(max_retries=7, base_delay=9.0, max_delay=60))
    assert (b.endpoint, b.weight) == ("http://127.0.0.1:9/v1", 2.0)
    assert config.groups[0].timeout == 5.0


def test_mistakes_in_arguments_are_told_like_those_of_a_file(write: Write) -> None:
    path = write("a.yml", "models:\n  a:\n    weight: heavy\n")
    overrides = {"models": {"a": {"timeout": -1, "fallbacks": ["b"], "retries": 3}}}

    assert problems(path, overrides=overrides) == [
        "a.yml: line 3: models.a.weight: 'heavy' does not fit: should be a number",
        "argument: models.a.retries: unknown key; did you mean healthCheck.retries?",
        "argument: models.a.fallbacks: no model has the id 'b'; models are: a",
        "argument: models.a.timeout: -1 does not fit: should be greater than 0",
    ]


def test_executors_join_in_last(write: Write) -> None:
    path = write("a.yml", "models: {a: }")

    (model,) = load_config(path, environ={}, executors={"a": print}, overrides={}).models

    assert model.executor is print


def test_the_lines_of_a_dotenv_file_are_read_as_shells_write_them(write: Write) -> None:
    path = write("a.yml", "models: {a: }")
    write(
        ".env", "# ours\n\nexport RESILIENCE_A_TIMEOUT='3s' # fast\nRESILIENCE_A_WEIGHT = 2\nX=1\n"
    )

    (model,) = read(path, environ={}).models

    assert (model.timeout, model.weight) == (3.0, 2.0)


def test_mistakes_in_a_dotenv_file_have_its_name_and_line(write: Write) -> None:
    path = write("a.yml", "models: {a: {weight: -1}}")
    write(
        ".env",
        "\nRESILIENCE_A_TIMOUT=3\nRESILIENCE_A_TIMEOUT=soon\nRESILIENCE_TASK_TIMEOUT\n"
        "hunter2 hunter2\nRESILIENCE_STOP_GRACE=1\n\nRESILIENCE_STOP_GRACE=2\n",
    )

    assert problems(path) == [
        "a.yml: line 1: models.a.weight: -1 does not fit: should be greater than or equal to 0",
        ".env: line 2: RESILIENCE_A_TIMOUT: unknown variable; did you mean RESILIENCE_A_TIMEOUT?",
        ".env: line 3: RESILIENCE_A_TIMEOUT: 'soon' does not fit: "
        'write a span of time as "500ms", "30s", "2m" or "1h"',
        ".env: line 4: RESILIENCE_TASK_TIMEOUT: has no value: NAME=value",
        ".env: line 5: should be NAME=value",
        ".env: line 8: RESILIENCE_STOP_GRACE: written twice, first on line 6",
    ]


def test_a_dotenv_file_needs_its_extra_only_if_it_speaks_of_us(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dotenv.parser", None)
    path = write("a.yml", "models: {a: }")

    for others in (b"OTHER=1\nnot even a variable\n", "NAME=caf\xe9\n".encode("latin-1")):
        (path.parent / ".env").write_bytes(others)
        assert len(read(path, environ={}).models) == 1

    write(".env", "RESILIENCE_A_WEIGHT=2\n")
    assert problems(path) == [".env: needs python-dotenv: pip install 'hive-resilience[env]'"]


def test_a_dotenv_file_changes_no_environment(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESILIENCE_TASK_TIMEOUT", raising=False)
    path = write("a.yml", "")
    write(".env", "RESILIENCE_TASK_TIMEOUT=3s\n")

    import os

    assert read(path).global_.task_timeout == 3.0
    assert "RESILIENCE_TASK_TIMEOUT" not in os.environ
