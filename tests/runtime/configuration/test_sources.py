"""Where settings come from is the same at each reload, and so is what goes before what."""

from __future__ import annotations

import logging
import queue
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import Runtime, RuntimeConfig, Task
from hive_resilience.config.settings.model import GivenExecutor
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import Event, Reloaded
from hive_resilience.runtime.configuration.reload import Source

LIMIT = 10.0


def answer(task: Task) -> str:
    return "answer"


def watched(path: Path, **how: Any) -> Runtime:
    return Runtime.from_file(path, executors={"a": answer}, **how)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "resilience.yml"
    found.write_text("models: {a: {weight: 2}}")
    return found


def test_arguments_go_before_the_environment_and_both_before_the_file(path: Path) -> None:
    pytest.importorskip("dotenv")
    environ: dict[str, str] = {}
    overrides = {"models": {"a": {"timeout": 5}}}
    with watched(path, environ=environ, overrides=overrides) as runtime:

        def reloaded() -> tuple[float, float | None]:
            runtime.reload().get(timeout=LIMIT)
            [model] = runtime.config.models
            return model.weight, model.timeout

        path.write_text("models: {a: {weight: 3, timeout: 9s}}")
        assert reloaded() == (3.0, 5.0)
        path.with_name(".env").write_text("RESILIENCE_A_WEIGHT=4\nRESILIENCE_A_TIMEOUT=8s\n")
        assert reloaded() == (4.0, 5.0)
        environ["RESILIENCE_A_WEIGHT"] = "6"
        assert reloaded() == (6.0, 5.0)
        environ.clear()
        path.with_name(".env").unlink()
        path.write_text("models: {a: {}}")
        assert reloaded() == (1.0, 5.0)


def test_the_variables_of_the_process_are_looked_up_at_each_reload(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with watched(path) as runtime:
        monkeypatch.setenv("RESILIENCE_DEFAULT_TIMEOUT", "7s")
        assert runtime.reload().get(timeout=LIMIT).settings == ("default_timeout",)
        assert runtime.config.global_.default_timeout == 7.0


def test_what_is_written_while_the_file_is_read_is_not_missed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Source.load

    def then_written(self: Source, executors: Mapping[str, GivenExecutor] | None) -> RuntimeConfig:
        found = load(self, executors)
        path.write_text("models: {a: {weight: 9}}")
        return found

    monkeypatch.setattr(Source, "load", then_written)
    runtime = watched(path, environ={}, watch=True)
    monkeypatch.setattr(Source, "load", load)
    heard: queue.SimpleQueue[Reloaded] = queue.SimpleQueue()
    runtime.subscribe(heard.put, Reloaded)
    with runtime:
        assert heard.get(timeout=LIMIT).changed == {"a": ("weight",)}


def test_no_secret_of_a_rejected_file_is_told(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []
    caplog.set_level(logging.DEBUG)
    secret = "sk-live-0123456789abcdefghij"
    with watched(path, environ={}) as runtime:
        runtime.subscribe(heard.append)
        for wrong in (
            f"models: {{a: {{api_key_env: {secret}}}}}",
            f"models: {{a: {{api_key: {secret}}}}}",
            f"models: {{a: {{endpoint: 'https://user:{secret}@host/v1'}}}}",
            f"models: {{a: {{health_check: {{endpoint: 'https://host/?key={secret}'}}}}}}",
            f"models: {{a: [{secret}",
        ):
            path.write_text(wrong)
            with pytest.raises(ConfigurationError) as caught:
                runtime.reload().get(timeout=LIMIT)
            assert secret not in str(caught.value)
    told = [repr(event) for event in heard]
    assert sum("ReloadRejected" in each for each in told) == 5
    assert secret not in "".join(told)
    assert secret not in caplog.text
