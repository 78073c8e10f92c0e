"""What several workers of a server are told: by the command line, and beside the settings."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, RuntimeConfig
from hive_resilience.config import ClusterConfig, GlobalConfig, HistoryConfig
from hive_resilience.config.values.log_fields import LogFormat
from hive_resilience.runtime.cli.serve import command
from hive_resilience.runtime.cli.serve.command import serve_fleet
from hive_resilience.runtime.cli.serve.options import ServeOptions
from hive_resilience.runtime.server.workers.defaults import JOIN, as_worker
from hive_resilience.runtime.server.workers.local_ray import LocalRay
from hive_resilience.runtime.server.workers.place import WorkerPlace

PLACE = WorkerPlace(number=2, workers=3, hub="/h", sockets=(7, 8), cluster="127.0.0.1:5")


def config(**settings: object) -> RuntimeConfig:
    model = ModelConfig(id="m", endpoint="http://127.0.0.1:9/v1")
    return RuntimeConfig(models=(model,), global_=GlobalConfig.model_validate(settings))


def test_a_command_line_brings_back_what_it_was_made_of() -> None:
    options = ServeOptions(
        Path("a.yml"), port=1, keys=Path("k.yml"), log_format=LogFormat.JSON, workers=3
    )

    assert ServeOptions.decoded(options.encoded()) == options
    assert WorkerPlace.decoded(PLACE.encoded()) == PLACE


def test_a_process_alone_has_its_settings_as_they_are() -> None:
    given = config(history=HistoryConfig(name="api"))

    assert as_worker(given, None) is given


def test_a_worker_joins_the_cluster_of_its_supervisor_and_waits_longer() -> None:
    found = as_worker(config(), PLACE).global_.cluster

    assert (found.address, found.join_timeout) == ("127.0.0.1:5", JOIN)


def test_a_cluster_of_the_settings_goes_before() -> None:
    stated = config(cluster=ClusterConfig(address="10.0.0.5:6379", join_timeout=1.0))

    found = as_worker(stated, PLACE).global_.cluster

    assert (found.address, found.join_timeout) == ("10.0.0.5:6379", 1.0)


def test_each_worker_writes_a_history_of_its_own() -> None:
    named = config(history=HistoryConfig(folder="/h", name="api"))

    assert as_worker(named, PLACE).global_.history.name == "api-2"
    assert as_worker(config(history="/h"), PLACE).global_.history.name is None


def test_several_workers_need_ray_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without(name: str) -> ModuleSpec | None:
        return None if name == "ray" else find_spec(name)

    monkeypatch.setattr(command, "find_spec", without)

    code = serve_fleet(ServeOptions(tmp_path / "none.yml", workers=2))

    assert code == 1
    assert "--workers needs Ray" in capsys.readouterr().err


def test_a_local_ray_has_a_token_that_only_its_user_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)

    variables = LocalRay(tmp_path).variables

    token = Path(variables["RAY_AUTH_TOKEN_PATH"])
    assert variables["RAY_AUTH_MODE"] == "token"
    assert token.stat().st_mode & 0o777 == 0o600
    assert len(token.read_text()) == 64
    assert token.read_text() not in repr(variables)


def test_a_token_of_the_environment_is_that_of_the_local_ray_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a" * 32)

    assert "RAY_AUTH_TOKEN_PATH" not in LocalRay(tmp_path).variables
    assert not (tmp_path / "token").exists()
