"""Variables of a machine that has more of them than one program's settings need."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import load_config
from hive_resilience.config.loading.load import read
from hive_resilience.errors import ConfigurationError

FILE = '{"models": {"claude": {"weight": 2}, "gpt": {}}}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "resilience.json"
    path.write_text(FILE)
    return path


def test_another_prefix_reads_its_own_variables_alone(path: Path) -> None:
    environ = {"RESILIENCE_PORT": "tcp://10.0.0.1:80", "MINE_CLAUDE_TIMEOUT": "7s"}

    config = read(path, environ=environ, env_prefix="MINE_")

    assert config.models[0].timeout == 7.0


def test_another_prefix_holds_for_the_env_file_too(path: Path) -> None:
    (path.parent / ".env").write_text("MINE_CLAUDE_TIMEOUT=7s\nRESILIENCE_PORT=1\n")

    assert read(path, environ={}, env_prefix="MINE_").models[0].timeout == 7.0


def test_messages_have_the_prefix_that_holds(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="did you mean MINE_DEFAULT_TIMEOUT"):
        read(path, environ={"MINE_DEFAULT_TIMEOT": "7s"}, env_prefix="MINE_")


@pytest.mark.parametrize("prefix", ["", "MINE", "A-B_", "Ä_", None])
def test_a_prefix_that_is_none_is_refused(path: Path, prefix: Any) -> None:
    with pytest.raises(ConfigurationError, match="env_prefix should be letters"):
        read(path, environ={}, env_prefix=prefix)


def test_unknown_variables_are_an_error_unless_they_are_to_be_ignored(path: Path) -> None:
    environ = {"RESILIENCE_PORT": "tcp://10.0.0.1:80", "RESILIENCE_GPT_WEIGHT": "3"}

    with pytest.raises(ConfigurationError, match="RESILIENCE_PORT: unknown variable"):
        read(path, environ=environ)

    assert read(path, environ=environ, unknown_variables="ignore").models[1].weight == 3.0


def test_another_word_for_unknown_variables_is_refused(path: Path) -> None:
    wrong: Any = "warn"
    with pytest.raises(ConfigurationError, match="should be error or ignore"):
        read(path, environ={}, unknown_variables=wrong)


@pytest.mark.parametrize(
    "variable",
    ["GPT_5_FAILURE_THRESHOLD", "GPT_5_HEALTH_CHECK_TIMEOUT", "MISTRAL_WEIGHT", "CLAUDE_4_TIMEOUT"],
)
def test_a_variable_of_another_model_is_a_warning_in_the_log(
    path: Path, caplog: pytest.LogCaptureFixture, variable: str
) -> None:
    executors = {"claude": print, "gpt": print}

    load_config(path, environ={f"RESILIENCE_{variable}": "3"}, executors=executors)

    (told,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert f"RESILIENCE_{variable}: there is no model" in told.getMessage()


@pytest.mark.parametrize(
    "variable",
    ["CLAUD_TIMEOUT", "TSK_TIMEOUT", "GPT_HEALT_CHECK_TIMEOUT", "PORT", "_TIMEOUT", "SERVICE_HOST"],
)
def test_a_slip_in_a_name_stays_an_error(path: Path, variable: str) -> None:
    with pytest.raises(ConfigurationError, match="unknown variable"):
        read(path, environ={f"RESILIENCE_{variable}": "3"})


@pytest.mark.parametrize("name", ["a.yml", "a.json", "a.toml"])
def test_a_key_on_top_that_begins_with_x_is_the_users_own(tmp_path: Path, name: str) -> None:
    texts = {
        "a.yml": "x-usual: &usual {timeout: 7s}\nmodels: {m: {<<: *usual}}",
        "a.json": '{"x-note": [1], "models": {"m": {"timeout": "7s"}}}',
        "a.toml": "x-note = 1\n[models.m]\ntimeout = '7s'",
    }
    path = tmp_path / name
    path.write_text(texts[name])

    assert read(path, environ={}).models[0].timeout == 7.0


def test_two_merge_keys_in_one_mapping_are_both_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text(
        "x-a: &a {timeout: 7s, weight: 3}\nx-b: &b {model: its-name}\n"
        "models:\n  m:\n    <<: *a\n    <<: *b\n    weight: 2\n"
    )

    (model,) = read(path, environ={}).models

    assert (model.timeout, model.model, model.weight) == (7.0, "its-name", 2.0)
