"""Experiments from files: what is understood, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.chaos import load_experiment
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.chaos.experiments.document import experiment_of
from hive_resilience.runtime.chaos.experiments.reading import configured, substituted

from .experiment_kit import action, experiment, probe

PROCESS = {"type": "process", "path": "rm", "arguments": "-rf /"}
ELSEWHERE = {"type": "python", "module": "os", "func": "system", "arguments": {"command": "true"}}


def refused(**content: Any) -> str:
    with pytest.raises(ConfigurationError) as found:
        experiment_of({"title": "A test", **content}, "x.yml")
    return str(found.value)


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (PROCESS, "is not allowed: it runs any command"),
        (ELSEWHERE, "calls a `func` of the module hive_resilience.chaos alone"),
        ({"type": "http"}, "needs a url"),
    ],
)
def test_no_other_code_is_run(provider: dict[str, Any], told: str) -> None:
    method = [{"type": "action", "name": "x", "provider": provider}]

    assert told in refused(method=method)


def test_every_mistake_is_told_with_its_place() -> None:
    told = refused(
        methd=[],
        **{"steady-state-hypothesis": {"probes": [probe("p95", {"type": "probe"})]}},
    )

    assert "methd: unknown setting; did you mean method?" in told


def test_a_probe_of_the_steady_state_needs_a_tolerance() -> None:
    told = refused(**{"steady-state-hypothesis": {"probes": [probe("p95")]}})

    assert "it takes probes with a tolerance" in told


@pytest.mark.parametrize("pause", [-1, 1e9, "soon"])
def test_a_pause_is_some_seconds(pause: object) -> None:
    assert "pauses" in refused(method=[{**action("clear"), "pauses": {"after": pause}}])


def test_yaml_and_json_are_read(tmp_path: Path) -> None:
    content = {"title": "A test", "method": [action("clear")]}
    for name in ("x.json", "x.yml"):
        path = tmp_path / name
        path.write_text(json.dumps(content))  # which is YAML too
        assert load_experiment(path).method[0].provider.func == "clear"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.yml", "title: [", "is not what its name says"),
        ("x.json", "{", "is not what its name says"),
        ("x.yml", "just text", "valid dictionary"),
        ("y.yml", None, "cannot be read"),
        ("x.yml", "a: " + "x" * 1_000_001, "more than 1000000 bytes"),
    ],
)
def test_a_file_that_is_none_is_refused(
    tmp_path: Path, name: str, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)

    with pytest.raises(ConfigurationError, match=told):
        load_experiment(tmp_path / name)


def test_configuration_comes_from_the_environment_too() -> None:
    one = experiment(
        configuration={
            "a": 1,
            "b": {"type": "env", "key": "B"},
            "c": {"type": "env", "key": "C", "default": "c"},
        }
    )

    assert configured(one, {"B": "b"}) == {"a": 1, "b": "b", "c": "c"}
    with pytest.raises(ConfigurationError, match="the variable B is not set"):
        configured(one, {})


def test_a_value_alone_keeps_its_type_and_an_unknown_name_stays() -> None:
    found = substituted(["${a}", "x${a}", "${b}", {"k": ["${a}"]}, 7], {"a": 0.5})

    assert found == [0.5, "x0.5", "${b}", {"k": [0.5]}, 7]
