"""Which extras settings need."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

from hive_resilience.runtime.cli.doctor.extras import (
    PACKAGES,
    check_extras,
    list_extras,
    needed,
)
from hive_resilience.runtime.cli.doctor.finding import Verdict

from .doctor_kit import fleet, verdicts

ROOT = Path(__file__).parents[4]
FILE = Path("fleet.json")


def test_each_extra_is_known_with_what_it_brings() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    stated: dict[str, list[str]] = settings["project"]["optional-dependencies"]
    brings = {
        extra: {re.split(r"[\[<>=; ]", one)[0] for one in needs if "hive-resilience[" not in one}
        for extra, needs in stated.items()
        if extra != "all"
    }

    assert set(PACKAGES) == set(brings)
    for extra, packages in PACKAGES.items():
        # uvloop is a help where it can be had: `serve` runs without it.
        assert set(packages.values()) == brings[extra] - ({"uvloop"} if extra == "serve" else set())


def test_settings_need_what_their_models_and_channels_use(tmp_path: Path) -> None:
    (tmp_path / ".env").touch()
    models = {
        "a": {"endpoint": "http://127.0.0.1:9/v1"},
        "b": {"provider": "anthropic_bedrock", "region": "eu", "isolation": "process"},
        "c": {},
        "d": {"isolation": "ray", "ray": {"address": "127.0.0.1:6379"}},
    }
    channels = [{"type": "apprise", "name": "ops", "url_env": "HOOK"}]
    config = fleet(models, telemetry={"traces": True}, alerts={"channels": channels})

    assert needed(config, tmp_path / "fleet.yml") == {
        "yaml": "fleet.yml",
        "env": "the .env beside the settings",
        "http": "models.a",
        "anthropic": "models.b",
        "bedrock": "models.b",
        "process": "models.b.isolation",
        "ray": "models.d.isolation",
        "otel": "global.telemetry",
        "apprise": "global.alerts.channels.ops",
    }


def test_a_fleet_of_functions_needs_none() -> None:
    assert needed(fleet({"m": {}}), FILE) == {}


def test_what_is_missing_is_told_with_how_to_get_it() -> None:
    config = fleet({"m": {"provider": "openai"}})

    found = list(check_extras(config, FILE, lambda module: module != "openai"))

    assert verdicts(found) == {"http": Verdict.WELL, "openai": Verdict.MEND}
    assert found[1].text == "openai not installed; needed by models.m"
    assert found[1].advice == "pip install 'hive-resilience[openai]'"


def test_without_settings_all_are_listed_and_none_has_to_be_there() -> None:
    found = verdicts(list_extras(lambda module: module != "yaml" and find_spec("os") is not None))

    assert found["yaml"] is Verdict.NOTE
    assert set(found) == set(PACKAGES)
