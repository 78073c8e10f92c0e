"""`hive-resilience doctor` as a whole: exit codes, text and JSON."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.cli.doctor.command import DoctorOptions, doctor
from hive_resilience.runtime.cli.doctor.finding import note, well
from hive_resilience.runtime.cli.doctor.telling import as_text
from hive_resilience.runtime.cli.next_steps import next_steps

from ...executors.faulty_server import Behaviour, FaultyServer, answer, completion
from ..command_kit import story
from .doctor_kit import SECRET, file_of

GOOD = answer(200, completion("p"))


async def examined(folder: Path, behaviour: Behaviour, *, json: bool, **model: Any) -> int:
    async with FaultyServer(behaviour) as server:
        path = file_of(folder, {"m": {"endpoint": server.base_url, **model}})
        return await asyncio.to_thread(doctor, DoctorOptions(path, ask=True, json=json))


def test_a_fleet_that_is_well_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert story(examined(tmp_path, GOOD, json=False)) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith(f"settings: {tmp_path}/resilience.json")
    assert any(line.startswith("well  answer: models.m: answered after") for line in told)
    assert told[-1].startswith("0 to mend, ")


def test_what_has_to_be_mended_stands_last_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_THERE", raising=False)

    code = story(examined(tmp_path, GOOD, json=False, api_key_env="NOT_THERE"))

    told = capsys.readouterr().out.splitlines()
    first = next(at for at, line in enumerate(told) if line.startswith("mend"))
    assert code == 1
    assert told[first].startswith("mend  keys: models.m.api_key_env: ")
    assert told[first + 1] == "      -> set it where the program starts: export NOT_THERE=..."
    assert not any(line.startswith(("well", "note")) for line in told[first:])


def test_as_json_it_is_one_object_without_a_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", SECRET)
    refusal = answer(401, {"error": {"message": f"wrong: {SECRET}"}})

    code = story(examined(tmp_path, refusal, json=True, api_key_env="THE_KEY"))

    out = capsys.readouterr().out
    told = json.loads(out)
    assert (code, told["ok"]) == (1, False)
    assert {one["check"] for one in told["findings"]} >= {"settings", "keys", "server", "answer"}
    assert SECRET not in out


def test_without_ask_no_model_is_asked(tmp_path: Path) -> None:
    async def methods() -> set[str]:
        async with FaultyServer(GOOD) as server:
            path = file_of(tmp_path, {"m": {"endpoint": server.base_url}})
            await asyncio.to_thread(doctor, DoctorOptions(path))
            return {request.method for request in server.requests}

    assert story(methods()) == {"HEAD"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"models": {"m": {"endpoit": "x"}}}', "did you mean endpoint?"),
        ("{", "resilience.json"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_words(
    tmp_path: Path, content: str, told: str
) -> None:
    path = tmp_path / "resilience.json"
    path.write_text(content)

    result = CliRunner().invoke(app, ["doctor", str(path)])

    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("span", ["soon", "0s", "61s", "-1s"])
def test_a_limit_that_is_none_is_refused_in_words(tmp_path: Path, span: str) -> None:
    result = CliRunner().invoke(app, ["doctor", str(file_of(tmp_path, {})), "--timeout", span])

    assert result.exit_code == 2
    assert "--timeout: " in result.output


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", str(tmp_path / "none.yml")])

    assert (result.exit_code, "No such file" in result.output) == (2, True)


def test_the_settings_of_the_folder_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(tmp_path, {})
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["doctor"])

    assert result.exit_code == 0
    assert "settings: resilience.json" in result.output


def test_without_settings_only_the_machine_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(app, ["doctor"])

    assert result.exit_code == 0
    assert "hive-resilience init writes some to start from" in result.output


def test_no_control_character_of_a_finding_reaches_the_terminal() -> None:
    told = as_text("a\x1b[2J", [well("folder", "x", "\x1b[31mred"), note("a", "b", "c", "d\x07")])

    assert not {"\x1b", "\x07"} & set(told)


def test_without_a_command_it_says_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    empty = CliRunner().invoke(app, [])
    file_of(tmp_path, {})
    started = CliRunner().invoke(app, [])

    assert (empty.exit_code, started.exit_code) == (0, 0)
    assert "hive-resilience init" in empty.output
    assert "resilience.json is here. Next:" in started.output
    assert "hive-resilience doctor resilience.json" in started.output
    assert "hive-resilience init" not in started.output


def test_a_server_that_lacks_its_extra_is_named_with_it() -> None:
    assert "pip install 'hive-resilience[serve]'" in next_steps(None, "1.0", can_serve=False)
