"""What is dumped reads back to the same settings."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Literal

import hypothesis
import pytest
import yaml
from hypothesis import given

from hive_resilience import ModelConfig, RuntimeConfig
from hive_resilience.config import dump_config, load_config
from hive_resilience.config.loading.executors import has_a_caller

from ..any_settings import configurations
from .test_schema import mistakes


@pytest.mark.parametrize("format", ["yaml", "json"])
@hypothesis.settings(max_examples=60, deadline=None)
@given(config=configurations())
def test_a_dump_loads_to_equal_settings(
    format: Literal["yaml", "json"], config: RuntimeConfig
) -> None:
    executors = {model.id: print for model in config.models if not has_a_caller(model)}
    text = dump_config(config, format=format)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"dumped.{format}"
        path.write_text(text, encoding="utf-8", newline="")
        found = load_config(path, environ={}, executors=executors)

    bare = tuple(model.model_copy(update={"executor": None}) for model in found.models)
    assert found.model_copy(update={"models": bare}) == config
    assert mistakes(yaml.safe_load(text) if format == "yaml" else json.loads(text)) == []


def test_a_dump_has_units_and_no_executors() -> None:
    config = RuntimeConfig(models=(ModelConfig(id="a", timeout=0.5, executor=print),))

    text = dump_config(config)

    assert text.startswith("global:\n  default_timeout: 30s\n")
    assert "models:\n  a:\n    timeout: 0.5s\n" in text
    assert "executor" not in text
