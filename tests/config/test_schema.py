"""The JSON Schema accepts what can be read, and refuses what cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from hive_resilience.config import GlobalConfig, GroupConfig, ModelConfig
from hive_resilience.config.base import Settings
from hive_resilience.config.file import read
from hive_resilience.config.keys import groups, names
from hive_resilience.config.schema import schema

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(schema())
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    # fleet.yml\n((?:    .*\n)+)", re.MULTILINE)
PAGES = ("README.md", "docs/configuration.md")
KINDS: list[type[Settings]] = [
    *(GlobalConfig, ModelConfig, GroupConfig),
    *groups(GlobalConfig).values(),
    *groups(ModelConfig).values(),
]


def examples() -> list[tuple[str, str]]:
    """Every settings file of this repository, and every one that its pages show."""
    pages = [(page, (ROOT / page).read_text("utf-8")) for page in PAGES]
    shown = [(name, text) for name, page in pages for text in FENCED.findall(page)]
    shown += [("fleet.yml", dedent(text)) for _, page in pages for text in INDENTED.findall(page)]
    files = [*ROOT.glob("examples/*.yml"), *ROOT.glob("runtime/**/*.yml")]
    return [*shown, *((file.name, file.read_text("utf-8")) for file in files)]


def mistakes(content: object) -> list[str]:
    return [error.message for error in SCHEMA.iter_errors(content)]


def test_it_is_a_schema_itself() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


def test_there_are_examples_to_look_at() -> None:
    assert {name for name, _ in examples()} >= {
        *PAGES,
        "fleet.yml",
        "resilience.yml",
        "starter.yml",
    }


@pytest.mark.parametrize(("name", "text"), examples())
def test_every_example_is_read_and_fits(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "example.yml"
    path.write_text(text, "utf-8")

    read(path, environ={})

    assert mistakes(yaml.safe_load(text)) == []


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"global": None, "models": None, "groups": None},
        {"$schema": "resilience.schema.json"},
        {"global": {"defaultTimeout": 30000, "task_timeout": "2m", "hedgeDelay": "p95"}},
        {"global": {"hedge_delay": "50ms"}},
        {"resilience": {"defaultTimeout": "30s", "degradedModeThreshold": 60}},
        {"routing": {"defaultStrategy": "random", "modelWeights": {"a": 1}, "timeoutMs": 5}},
        {"routing": {"max_concurrency": 3, "retry_on_failure": False}},
        {"models": {"a": None, "b": {"retry": None}}},
        {"models": [{"id": "a", "maxRetries": 1}, {"id": "b", "circuitBreakerThreshold": 1}]},
        {"models": {"a": {"retry": {"jitter": True, "baseDelay": 0, "max_delay": "0s"}}}},
        {"models": {"a": {"retry": {"retryableErrors": [418, "overloaded"]}}}},
        {"groups": [{"name": "g", "models": ["a"], "weights": {"a": 0.5}}]},
    ],
)
def test_both_spellings_spans_and_short_forms_fit(content: object) -> None:
    assert mistakes(content) == []


@pytest.mark.parametrize(
    "content",
    [
        {"modles": {}},
        {"global": {"defaultTimeot": 1}},
        {"global": {"defaultTimeout": "soon"}},
        {"global": {"defaultTimeout": 0}},
        {"global": {"default_strategy": "best"}},
        {"routing": {"timeoutMs": "soon"}},
        {"routing": {"modelWeights": {"a": -1}}},
        {"models": {"a": {"executor": "x"}}},
        {"models": {"a": {"maxRetries": -1}}},
        {"models": [{"weight": 1}]},
        {"models": {"a": {"retry": {"jitter": "some"}}}},
        {"groups": {"g": {"models": []}}},
        [],
    ],
)
def test_what_cannot_be_read_does_not_fit(content: object) -> None:
    assert mistakes(content)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_setting_is_there_in_both_spellings_with_its_meaning(kind: type[Settings]) -> None:
    properties: dict[str, Any] = schema()["$defs"][kind.__name__]["properties"]

    for name in names(kind):
        camel = re.sub(r"_(\w)", lambda found: found[1].upper(), name)
        assert properties[name] == properties[camel]
        assert "description" in properties[name], name


def test_a_default_that_is_a_span_has_its_unit() -> None:
    timeout = schema()["$defs"]["GlobalConfig"]["properties"]["default_timeout"]

    assert timeout["default"] == "30s"
