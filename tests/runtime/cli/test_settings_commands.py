"""`check`, `schema` and `init`: what they print, and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from hive_resilience.runtime.cli.commands import app

from .command_kit import COMMAND

SETTINGS = """
global: {defaultTimeout: 20s}
models:
  large: {endpoint: 'http://127.0.0.1:9/v1', api_key_env: NOT_SET_HERE}
  small:
groups: {fast: {models: [small, large]}}
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def file(folder: Path, text: str, name: str = "a.yml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def sources(result: Result) -> dict[str, tuple[str, str]]:
    """Value and source of each setting in a table."""
    rows = [line.split("  ") for line in result.stdout.splitlines()]
    parts = [[part.strip() for part in row if part.strip()] for row in rows]
    return {key: (value, source) for key, value, source in parts}


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("RESILIENCE_") or name == "NOT_SET_HERE":
            monkeypatch.delenv(name)


def test_check_shows_every_setting_and_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESILIENCE_SMALL_TIMEOUT", "5s")
    file(tmp_path, "\nRESILIENCE_SMALL_WEIGHT=2\n", ".env")

    result = run("check", file(tmp_path, SETTINGS))

    assert result.exit_code == 0
    told = sources(result)
    assert told["global.default_timeout"] == ("20s", "a.yml:2")
    assert told["global.task_timeout"] == ("120s", "default")
    assert told["global.alerts.error_rate"] == ("0.2", "default")
    assert told["models.large.endpoint"] == ("http://127.0.0.1:9/v1", "a.yml:4")
    assert told["models.small.timeout"] == ("5s", "environment RESILIENCE_SMALL_TIMEOUT")
    assert told["models.small.weight"] == ("2", ".env:2 RESILIENCE_SMALL_WEIGHT")
    assert told["models.small.retry.max_retries"] == ("3", "default")
    assert told["groups.fast.models"] == ("small, large", "a.yml:6")


def test_check_notes_what_has_to_come_from_elsewhere(tmp_path: Path) -> None:
    result = run("check", file(tmp_path, SETTINGS))

    assert result.stderr.splitlines() == [
        "note: nothing to ask, so that Python has to give the executors: small",
        "note: models.large.api_key_env: NOT_SET_HERE is not set here",
    ]


def test_check_tells_all_mistakes_and_ends_with_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESILIENCE_TASK_TIMOUT", "5s")

    result = run("check", file(tmp_path, "models:\n  a: {weigth: 1}\n  b: {timeout: soon}"))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "a.yml: line 2: models.a.weigth: unknown key; did you mean weight?",
        "a.yml: line 3: models.b.timeout: 'soon' does not fit: "
        'write a span of time as "500ms", "30s", "2m" or "1h"',
        "environment: RESILIENCE_TASK_TIMOUT: unknown variable; "
        "did you mean RESILIENCE_TASK_TIMEOUT?",
        "hive-resilience: 3 mistakes; it cannot be used",
        "what to do: docs/errors.md#configurationerror",
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [("none.yml", "none.yml: cannot be read: No such file"), ("a.ini", "ends in .yml")],
)
def test_check_of_what_is_no_settings_file_ends_with_two(
    tmp_path: Path, name: str, told: str
) -> None:
    result = run("check", tmp_path / name)

    assert result.exit_code == 2
    assert told in result.stderr


def test_check_shows_values_that_no_terminal_obeys_and_every_encoding_has(tmp_path: Path) -> None:
    path = file(tmp_path, 'models: {"modèle": {model: "x\\e[2J\\ny"}}')
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}

    ended = subprocess.run([*COMMAND, "check", path], capture_output=True, env=environ)

    assert ended.returncode == 0
    (line,) = (one for one in ended.stdout.split(b"\n") if b".model " in one)
    assert line.split()[:2] == [rb"models.mod\xe8le.model", rb"x\x1b[2J\ny"]


def test_check_notes_an_endpoint_that_is_still_to_be_filled_in(tmp_path: Path) -> None:
    text = "models: {a: {endpoint: 'http://127.0.0.1:9/v1', healthCheck: {endpoint: '...'}}}"

    result = run("check", file(tmp_path, text))

    assert result.exit_code == 0
    assert result.stderr == "note: models.a.health_check.endpoint: ... stands for a URL\n"


def test_schema_goes_to_a_file_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"

    result = run("schema", "--output", path)

    assert (result.exit_code, result.stdout) == (0, "")
    Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))
    assert run("schema", "--output", tmp_path).exit_code == 2


def test_check_takes_another_prefix_and_passes_over_unknown_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, SETTINGS)
    monkeypatch.setenv("RESILIENCE_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("MINE_SMALL_TIMEOUT", "5s")

    assert run("check", path).exit_code == 2
    assert run("check", path, "--ignore-unknown-variables").exit_code == 0
    assert run("check", path, "--env-prefix", "no prefix").exit_code == 2
    told = sources(run("check", path, "--env-prefix", "MINE_"))
    assert told["models.small.timeout"] == ("5s", "environment MINE_SMALL_TIMEOUT")


def test_check_notes_a_variable_of_a_model_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESILIENCE_GPT_5_FAILURE_THRESHOLD", "3")

    result = run("check", file(tmp_path, SETTINGS))

    assert result.exit_code == 0
    assert result.stderr.startswith(
        "note: environment: RESILIENCE_GPT_5_FAILURE_THRESHOLD: there is no model GPT_5 here"
    )


def test_schema_prints_a_json_schema() -> None:
    result = run("schema")

    assert result.exit_code == 0
    Draft202012Validator.check_schema(json.loads(result.stdout))


def test_init_writes_a_file_that_passes_check(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"

    written, checked = run("init", path), run("check", path)

    assert (written.exit_code, checked.exit_code, checked.stderr) == (0, 0, "")
    assert "hive-resilience check fleet.yml" in path.read_text("utf-8")


def test_init_writes_over_a_file_only_if_it_is_told_to(tmp_path: Path) -> None:
    path = file(tmp_path, "mine")

    refused = run("init", path)
    assert refused.exit_code == 2
    assert "is there already; --force writes over it" in refused.stderr
    assert path.read_text() == "mine"

    assert run("init", path, "--force").exit_code == 0
    assert path.read_text().startswith("# Settings of hive-resilience.")


@pytest.mark.parametrize("name", ["none/a.yml", "a.toml", "."])
def test_init_says_why_it_cannot_write(tmp_path: Path, name: str) -> None:
    result = run("init", tmp_path / name)

    assert result.exit_code == 2
    assert result.stderr.startswith("hive-resilience: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that takes nothing")
def test_output_that_cannot_be_written_is_said_without_a_traceback() -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run([*COMMAND, "schema"], stdout=full, stderr=subprocess.PIPE, text=True)

    assert ended.returncode == 1
    told = "hive-resilience: the output could not be written: No space left on device\n"
    assert ended.stderr == told


def interrupted(process: subprocess.Popen[str]) -> str:
    """What it says when it ends by Ctrl-C.

    A signal that comes just before a process begins to wait is not noticed until the next one.
    """
    while True:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=5)[1]


def test_ctrl_c_ends_a_check_without_a_traceback(tmp_path: Path) -> None:
    waits = tmp_path / "a.yml"
    os.mkfifo(waits)
    # Without "-W error": the signal may come before the opened file has its name in Python.
    command = [sys.executable, "-m", "hive_resilience", "check", str(waits)]
    check = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with waits.open("w"):  # opens once the command reads, which then waits for more
        told = interrupted(check)

    assert check.returncode == 130
    assert "Traceback" not in told
