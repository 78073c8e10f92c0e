"""One setting changed at a time, and settings of any origin checked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig
from hive_resilience.errors import ConfigurationError, ModelUnavailableError

from ...fleet_kit import Model, fleet, model

LIMIT = 10.0


def settings_of(runtime: Runtime) -> ModelConfig:
    return runtime.config.models[0]


def test_a_group_in_braces_changes_what_it_names_and_an_object_is_the_whole_group() -> None:
    with fleet(model("m", Model(), retry=RetryConfig(max_retries=7), timeout=9.0)) as runtime:
        done = runtime.update("m", timeout="500ms", retry={"baseDelay": 2}).get(timeout=LIMIT)
        assert done.changed == {"m": ("retry", "timeout")}
        found = settings_of(runtime)
        assert (found.timeout, found.retry.base_delay, found.retry.max_retries) == (0.5, 2.0, 7)
        runtime.update("m", retry=RetryConfig(base_delay=3.0)).get(timeout=LIMIT)
        assert settings_of(runtime).retry == RetryConfig(base_delay=3.0)
        assert settings_of(runtime).timeout == 0.5
        assert runtime.submit(Task("x")).result(LIMIT).success


def test_settings_of_the_whole_runtime_change_the_same_way() -> None:
    with fleet(model("m", Model()), task_timeout=50.0) as runtime:
        overrides = {"global": {"defaultStrategy": "weighted"}}
        done = runtime.reload(overrides=overrides).get(timeout=LIMIT)
        assert done.settings == ("default_strategy",)
        assert runtime.config.global_.task_timeout == 50.0


def test_overrides_lie_over_the_settings_that_come_with_them(tmp_path: Path) -> None:
    file = tmp_path / "fleet.yml"
    file.write_text("models: {m: {timeout: 4s}}")
    with fleet(model("m", Model())) as runtime:
        runtime.reload(file, overrides={"models": {"m": {"weight": 2}}}).get(timeout=LIMIT)
        assert (settings_of(runtime).timeout, settings_of(runtime).weight) == (4.0, 2.0)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"timout": 3}, "did you mean timeout"),
        ({"timeout": "soon"}, "write a span of time"),
        ({"retry": 5}, "should be a mapping"),
    ],
    ids=["name", "span", "group"],
)
def test_a_mistake_changes_nothing(settings: dict[str, Any], told: str) -> None:
    with fleet(model("m", Model())) as runtime:
        before = runtime.config
        with pytest.raises(ConfigurationError, match=told):
            runtime.update("m", **settings).get(timeout=LIMIT)
        assert runtime.config == before
        assert runtime.submit(Task("x")).result(LIMIT).success


def test_a_model_that_is_not_there_is_named() -> None:
    with fleet(model("m", Model())) as runtime, pytest.raises(ModelUnavailableError, match="m"):
        runtime.update("n", timeout=1.0)


UNCHECKED: list[tuple[str, object]] = [
    ("default_strategy", "nonsense"),
    ("task_timeout", -1),
    ("max_concurrent_requests", "ten"),
]


@pytest.mark.parametrize(("name", "value"), UNCHECKED, ids=[name for name, _ in UNCHECKED])
def test_settings_that_were_copied_without_a_check_are_refused(name: str, value: object) -> None:
    bad = GlobalConfig().model_copy(update={name: value})
    with pytest.raises(ConfigurationError, match=name):
        Runtime(RuntimeConfig().model_copy(update={"global_": bad}), models=[model("m", Model())])
    with fleet(model("m", Model())) as runtime:
        copied = runtime.config.model_copy(update={"global_": bad})
        with pytest.raises(ConfigurationError, match=name):
            runtime.reload(copied).get(timeout=LIMIT)
        assert runtime.submit(Task("x")).result(LIMIT).success


def test_a_model_that_was_copied_without_a_check_is_named_by_its_id() -> None:
    bad = model("m", Model()).model_copy(update={"weight": "heavy"})
    with pytest.raises(ConfigurationError, match=r"models\.m\.weight"):
        Runtime(models=[bad])


@pytest.mark.parametrize("step", ["compare", "diff", "assemble"])
def test_a_reload_that_fails_on_its_way_changes_nothing(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("injected")

    with fleet(model("m", Model())) as runtime:
        before = runtime.config
        with monkeypatch.context() as patched:
            patched.setattr(f"hive_resilience.runtime.configuration.reload.{step}", fail)
            with pytest.raises(OSError, match="injected"):
                runtime.update("m", timeout=3.0).get(timeout=LIMIT)
        assert runtime.config == before
        runtime.update("m", timeout=3.0).get(timeout=LIMIT)
        assert settings_of(runtime).timeout == 3.0
