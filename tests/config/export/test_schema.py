"""The JSON Schema accepts what can be read, and refuses what cannot."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson
import pytest
import yaml
from jsonschema import Draft202012Validator

from hive_resilience.config import GlobalConfig, GroupConfig, ModelConfig
from hive_resilience.config.base import Settings
from hive_resilience.config.export.schema import schema
from hive_resilience.config.loading.load import read
from hive_resilience.config.settings.spelling import groups, names
from hive_resilience.errors import ConfigurationError

from ..settings.test_every_setting import NEEDS, SETTINGS, a_file
from .test_documentation import SECTIONS

ROOT = Path(__file__).parents[3]
SCHEMA = Draft202012Validator(schema())
FENCED = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    # fleet.yml\n((?:    .*\n)+)", re.MULTILINE)
PAGES = ("README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))))
VARIABLES = re.compile(r"`(RESILIENCE_[A-Z0-9_]+)=(.*?)`")
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


def mistakes(content: Any) -> list[str]:
    return [str(error.message) for error in SCHEMA.iter_errors(content)]  # pyright: ignore


def test_it_is_a_schema_itself() -> None:
    Draft202012Validator.check_schema(schema())
    assert json.loads(json.dumps(schema())) == schema()


def test_there_are_examples_to_look_at() -> None:
    assert {name for name, _ in examples()} >= {
        *("docs/embedding.md", "docs/configuration.md", "docs/adapters.md"),
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


def test_every_variable_that_a_page_shows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "example.yml"
    path.write_text("models: {gpt-5: , large: }", "utf-8")
    shown = dict(one for page in PAGES for one in VARIABLES.findall((ROOT / page).read_text()))

    changed = read(path, environ=shown)

    assert len(shown) >= 4
    assert changed.global_ != GlobalConfig()
    assert all(model != ModelConfig(id=model.id) for model in changed.models)


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


VALUES: list[object] = [
    *(None, True, False, 0, 1, -1, 7, 0.5, 1.5, 3.0, 1e9, 1e12, 10**18),
    *("", "x", "7", "0.5", "1e3", "1_000", "true", "on", "...", "٣s", "VARIABLE", "process"),
    *("30s", "0s", " 5 s ", "5S", "-1s", ".5s", "30 parsecs", "p95"),
    *("http://host/v1", "host:8/x", "ftp://host/", "HTTPS://host"),
    *([], ["m1"], ["m1", "m1"], [1], [1.5], [True], [None], {}, {"m0": 1}, {"m0": "x"}),
]
AT_ODDS_WITH_OTHERS = {
    ("global", "aliases"),  # lead to a name that is there
    ("alerts", "escalate_to"),  # leads to a channel
    ("models", "api_version"),  # needed by its provider
    ("circuit_breaker", "recovery_timeout"),  # longer than the longest
    ("circuit_breaker", "max_recovery_timeout"),  # shorter than the first
    ("cluster", "share_time"),  # shorter than the time between two exchanges
    ("cluster", "exchange_every"),  # longer than the usual one
    ("cluster", "idle_every"),
    ("cluster", "exchange_timeout"),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_it_accepts_and_refuses_what_reading_does(tmp_path: Path, section: str) -> None:
    path = tmp_path / "a.json"
    differs: list[tuple[str, object]] = []
    for name in [name for other, name in SETTINGS if other == section]:
        if (section, name) in AT_ODDS_WITH_OTHERS:
            continue
        for value in VALUES:
            needed = NEEDS.get(f"{section}.{name}", {})
            content = a_file(section, {**needed, name: value})
            path.write_bytes(orjson.dumps(content))
            if can_be_read(path) is bool(mistakes(content)):
                differs.append((name, value))

    assert differs == []


def can_be_read(path: Path) -> bool:
    try:
        read(path, environ={})
    except ConfigurationError:
        return False
    return True


def test_a_default_that_is_a_span_has_its_unit() -> None:
    timeout = schema()["$defs"]["GlobalConfig"]["properties"]["default_timeout"]

    assert timeout["default"] == "30s"
