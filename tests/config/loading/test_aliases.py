"""Other names for models and groups: `aliases`, on top of a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from hive_resilience import Runtime
from hive_resilience.config import dump_config, load_config
from hive_resilience.config.export.schema import schema
from hive_resilience.errors import ConfigurationError

ENDPOINT = "http://127.0.0.1:9/v1"
FLEET: dict[str, Any] = {
    "models": {"a": {"endpoint": ENDPOINT}, "b": {"endpoint": ENDPOINT}},
    "groups": {"both": {"models": ["a", "b"]}},
}


def written(folder: Path, **more: object) -> Path:
    path = folder / "settings.json"
    path.write_text(json.dumps({**FLEET, **more}))
    return path


def aliases(folder: Path, told: object, **how: Any) -> dict[str, str]:
    return dict(load_config(written(folder, aliases=told), **how).global_.aliases)


def test_an_alias_stands_for_a_model_or_a_group(tmp_path: Path) -> None:
    assert aliases(tmp_path, {"claude-hive": "a", "gpt-hive": "both"}) == {
        "claude-hive": "a",
        "gpt-hive": "both",
    }


def test_aliases_may_stand_in_the_settings_for_all(tmp_path: Path) -> None:
    path = written(tmp_path, **{"global": {"aliases": {"x": "a"}}})

    assert load_config(path).global_.aliases == {"x": "a"}


def test_aliases_in_two_places_are_a_mistake(tmp_path: Path) -> None:
    path = written(tmp_path, aliases={"x": "a"}, **{"global": {"aliases": {"x": "b"}}})

    with pytest.raises(ConfigurationError, match="written twice"):
        load_config(path)


MISTAKES = [
    ({"x": "none"}, "there is no model and no group 'none'"),
    ({"a": "b"}, "'a' is a model or a group already"),
    ({"both": "b"}, "'both' is a model or a group already"),
    ({"x": "y", "y": "a"}, "there is no model and no group 'y'"),
    ({"x ": "a"}, "no spaces around it"),
    ({"": "a"}, "aliases"),
    ({"x": 1}, "aliases"),
    (["a"], "aliases"),
]


@pytest.mark.parametrize(("told", "message"), MISTAKES)
def test_an_alias_that_leads_nowhere_is_a_mistake(
    tmp_path: Path, told: object, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        aliases(tmp_path, told)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    environ = {"RESILIENCE_ALIASES": '{"x": "b"}'}

    assert aliases(tmp_path, {"x": "a", "y": "a"}, environ=environ) == {"x": "b"}


def test_overrides_change_what_they_name(tmp_path: Path) -> None:
    overrides = {"global": {"aliases": {"y": "b"}}}

    assert aliases(tmp_path, {"x": "a"}, overrides=overrides) == {"x": "a", "y": "b"}


def test_settings_are_written_with_their_aliases(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, aliases={"x": "a"}))
    path = tmp_path / "again.yml"
    path.write_text(dump_config(config))

    assert load_config(path).global_.aliases == {"x": "a"}


@pytest.mark.parametrize(("told", "fits"), [({"x": "a"}, True), (["x"], False), ({"x": 1}, False)])
def test_an_editor_knows_them(told: object, fits: bool) -> None:
    validator: Any = jsonschema.Draft202012Validator(schema())

    assert validator.is_valid({**FLEET, "aliases": told}) is fits


def test_a_reload_brings_other_aliases(tmp_path: Path) -> None:
    path = written(tmp_path, aliases={"x": "a"})
    with Runtime.from_file(path) as runtime:
        written(tmp_path, aliases={"x": "b"})
        changed = runtime.reload().get(timeout=10)
        after = dict(runtime.config.global_.aliases)

    assert (changed.settings, after) == (("aliases",), {"x": "b"})


def test_a_reload_with_an_alias_that_leads_nowhere_changes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, aliases={"x": "a"})
    with Runtime.from_file(path) as runtime:
        written(tmp_path, aliases={"x": "none"})
        with pytest.raises(ConfigurationError, match="no group 'none'"):
            runtime.reload().get(timeout=10)
        after = dict(runtime.config.global_.aliases)

    assert after == {"x": "a"}
