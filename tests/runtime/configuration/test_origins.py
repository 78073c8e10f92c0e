"""Each setting of a running model says where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime
from hive_resilience.config import RetryConfig
from hive_resilience.runtime.configuration.origins import UNREAD, origins

FILE = """
models:
  a:
    provider: openai
    weight: 3
    retry: {max_retries: 1}
"""


def sources(runtime: Runtime, model_id: str = "a") -> dict[str, tuple[str, str]]:
    """The value and the origin of each setting."""
    found = origins(runtime.config, runtime._reloader.source, model_id)
    return {one.key: (one.value, one.source) for one in found}


def file(folder: Path, text: str = FILE) -> Path:
    path = folder / "fleet.yml"
    path.write_text(text, encoding="utf-8")
    return path


def made(path: Path, **environ: str) -> Runtime:
    variables = {"OPENAI_API_KEY": "k", **environ}
    return Runtime.from_file(path, environ=variables, executors={"a": str.upper})


def test_a_file_a_variable_and_the_default_are_told_apart(tmp_path: Path) -> None:
    found = sources(made(file(tmp_path), RESILIENCE_A_TIMEOUT="7s"))

    path = str(tmp_path / "fleet.yml")
    assert found["weight"][1].endswith(":5")
    assert path.endswith(found["weight"][1].partition(":")[0].rpartition("/")[2])
    assert found["retry.max_retries"] == ("1", found["retry.max_retries"][1])
    assert ":6" in found["retry.max_retries"][1]
    assert found["timeout"] == ("7s", "environment RESILIENCE_A_TIMEOUT")
    assert found["bulkhead.max_concurrent"][1] == "default"


def test_what_a_program_has_set_comes_from_python() -> None:
    model = ModelConfig(id="a", executor=str.upper, retry=RetryConfig(max_retries=2))
    found = sources(Runtime(models=[model]))

    assert found["retry.max_retries"] == ("2", "Python")
    assert found["weight"][1] == "default"
    assert sources(Runtime(models=[model]), "b") == {}


def test_what_was_changed_while_it_runs_comes_from_python(tmp_path: Path) -> None:
    runtime = made(file(tmp_path))
    file(tmp_path, FILE.replace("weight: 3", "weight: 4"))  # and was not reloaded

    assert sources(runtime)["weight"] == ("3", "Python")


@pytest.mark.parametrize("text", ["models: [", "models: {a: {wieght: 3}}"])
def test_a_file_that_cannot_be_read_any_more_is_no_source(tmp_path: Path, text: str) -> None:
    runtime = made(file(tmp_path))
    file(tmp_path, text)

    found = sources(runtime)
    assert found["weight"] == ("3", UNREAD)
    assert found["bulkhead.max_concurrent"][1] == "default"
