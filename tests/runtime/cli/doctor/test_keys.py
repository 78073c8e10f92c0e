"""Whether secrets are there; none is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hive_resilience.runtime.cli.doctor.finding import Finding, Verdict
from hive_resilience.runtime.cli.doctor.keys import check_keys

from .doctor_kit import SECRET, fleet, verdicts

URL = "http://127.0.0.1:9/v1"


def found_in(models: dict[str, Any], **for_all: Any) -> list[Finding]:
    found = list(check_keys(fleet(models, **for_all)))
    assert SECRET not in str(found)
    return found


def test_a_variable_is_there_or_is_to_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", SECRET)
    monkeypatch.setenv("EMPTY", " ")
    names = {"a": "THERE", "b": "EMPTY", "c": "NOT_THERE"}

    found = found_in({m: {"endpoint": URL, "api_key_env": env} for m, env in names.items()})

    assert verdicts(found) == {
        "models.a.api_key_env": Verdict.WELL,
        "models.b.api_key_env": Verdict.MEND,
        "models.c.api_key_env": Verdict.MEND,
    }
    assert found[2].text.startswith("the environment variable NOT_THERE with the secret is not set")
    assert found[2].advice == "set it where the program starts: export NOT_THERE=..."


def test_a_file_is_there_for_its_user_alone(tmp_path: Path) -> None:
    kept, open_to_all = tmp_path / "kept", tmp_path / "open"
    for file, mode in ((kept, 0o600), (open_to_all, 0o644)):
        file.write_text(SECRET)
        file.chmod(mode)
    files = {"a": kept, "b": open_to_all, "c": tmp_path / "gone"}

    found = found_in({m: {"endpoint": URL, "api_key_file": str(f)} for m, f in files.items()})

    assert verdicts(found) == {
        "models.a.api_key_file": Verdict.WELL,
        "models.b.api_key_file": Verdict.NOTE,
        "models.c.api_key_file": Verdict.MEND,
    }


def test_a_key_that_no_header_can_carry_is_to_be_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", f"{SECRET}\nsecond line")

    (found,) = found_in({"m": {"endpoint": URL, "api_key_env": "BROKEN"}})

    assert found.verdict is Verdict.MEND


def test_headers_and_channels_name_secrets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANT", SECRET)
    model = {"endpoint": URL, "headers": {"x-tenant": {"env": "TENANT"}, "x-plain": "a"}}
    channels = [{"type": "slack", "name": "ops", "url_env": "NO_HOOK"}]

    assert verdicts(found_in({"m": model}, alerts={"channels": channels})) == {
        "global.alerts.channels.ops.url_env": Verdict.MEND,
        "models.m.headers.x-tenant": Verdict.WELL,
    }


def test_a_provider_without_a_key_in_the_settings_has_its_usual_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)

    found = found_in({"a": {"provider": "openai"}, "b": {"provider": "anthropic"}})

    assert verdicts(found) == {"models.a": Verdict.MEND, "models.b": Verdict.WELL}


def test_a_model_that_is_not_enabled_needs_no_key() -> None:
    model = {"endpoint": URL, "api_key_env": "NOT_THERE", "enabled": False}

    assert found_in({"m": model}) == []
