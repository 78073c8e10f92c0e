"""The commands for a running server, against a running server."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner, Result

from hive_resilience import Runtime
from hive_resilience.events import ActionTaken
from hive_resilience.runtime.cli.serve import operating
from hive_resilience.runtime.cli.serve.model_app import model_app
from hive_resilience.runtime.cli.serve.told import Told
from hive_resilience.runtime.server.routes import VERBS

from ...server.site_kit import (
    ADMIN,
    BIG,
    SMALL,
    Counted,
    fleet,
    guarded,
    keys_in,
    site,
    story,
)
from ..command_kit import COMMAND
from .operating_kit import done, listing, operation, run

pytestmark = pytest.mark.usefixtures("key")


def test_the_list_has_a_line_for_each_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, operation("trip"), listing()) == [0, 0]

    lines = capsys.readouterr().out.splitlines()
    told = [line.split() for line in lines if line.strip()]
    assert told[1][:2] == ["model", "status"]
    assert told[3][:4] == [BIG, "available", "closed", "0"]
    assert told[4][:3] == [SMALL, "unavailable", "open,"]


def test_a_pipe_gets_whole_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "provider/" + "long-name-" * 15

    async def tell() -> None:
        config = fleet(Counted())
        models = (config.models[0].model_copy(update={"id": name}),)
        runtime = Runtime(config.model_copy(update={"models": models}))
        async with runtime, site(runtime, keys_in(tmp_path)) as served:
            await done(served, listing())

    story(tell())

    line = next(line for line in capsys.readouterr().out.splitlines() if name in line)
    assert line.split()[1:3] == ["available", "closed"]


def test_json_is_what_the_server_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, listing(as_json=True)) == [0]

    found = json.loads(capsys.readouterr().out)
    assert [one["model_id"] for one in found["models"]] == [BIG, SMALL]


@pytest.mark.parametrize("model_id", [BIG, SMALL])
def test_a_model_is_operated_and_its_state_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model_id: str
) -> None:
    verbs = ["maintenance", "leave_maintenance", "force_open", "reset", "restart", "check_health"]

    assert run(tmp_path, *(operation(verb, model_id) for verb in verbs)) == [0] * len(verbs)

    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{model_id}: maintenance, breaker closed"
    assert told[2] == f"{model_id}: unavailable, breaker forced_open"
    assert told[3] == f"{model_id}: available, breaker closed"


def test_an_unknown_model_is_refused_with_the_near_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, operation("trip", "smal")) == [1]

    assert "did you mean 'small'?" in capsys.readouterr().err


def test_an_illegal_move_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, operation("force_open"), operation("trip")) == [0, 1]

    assert "reset" in capsys.readouterr().err


def test_a_model_id_is_no_way_to_another_path(tmp_path: Path) -> None:
    strange = ["../drain?", "a\r\nx: y", "%2e%2e", "", "/", "a#b", "ä"]

    assert run(tmp_path, *(operation("trip", name) for name in strange)) == [1] * len(strange)


def test_a_drained_server_says_what_remains(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, lambda place: operating.drain(place, 1.0, as_json=False)) == [0]

    assert "nothing is under way" in capsys.readouterr().out


def test_a_reload_says_what_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "settings.json"
    small: dict[str, Any] = {"endpoint": "http://127.0.0.1:9/v1"}
    path.write_text(json.dumps({"models": {"small": small}}))

    async def tell() -> list[int]:
        async with Runtime.from_file(path) as runtime, site(runtime, keys_in(tmp_path)) as served:
            path.write_text(json.dumps({"models": {"small": {**small, "timeout": 7}}}))
            good = await done(served, lambda place: operating.reload(place, as_json=False))
            path.write_text(json.dumps({"models": {"small": {**small, "timeout": -7}}}))
            return [good, await done(served, lambda place: operating.reload(place, as_json=False))]

    assert story(tell()) == [0, 1]

    told = capsys.readouterr()
    assert told.out == "reloaded: small: timeout\n"
    assert "settings.json" in told.err
    assert "timeout" in told.err


def test_a_terminal_gets_a_table_of_its_width(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Console, "is_terminal", property(lambda _: True))
    monkeypatch.setenv("COLUMNS", "60")

    assert run(tmp_path, listing()) == [0]
    lines = map(Text.from_ansi, capsys.readouterr().out.splitlines())
    assert max(line.cell_len for line in lines) <= 60


# As a process.


@pytest.mark.parametrize("arguments", [["model", "list"], ["model", "maintenance", BIG], ["drain"]])
def test_the_command_asks_the_server(tmp_path: Path, arguments: list[str]) -> None:
    async def tell() -> tuple[int | None, str]:
        async with guarded(tmp_path) as served:
            process = await asyncio.create_subprocess_exec(
                *COMMAND,
                *arguments,
                *("--url", served.url, "--key-env", "OTHER"),
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "OTHER": ADMIN},
            )
            out, _ = await process.communicate()
            return process.returncode, out.decode()

    code, out = story(tell())

    assert code == 0
    assert out


def test_the_name_of_this_user_goes_along_unless_another_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "alice")
    seen: list[ActionTaken] = []

    async def tell() -> None:
        async with Runtime(fleet(Counted())) as runtime, site(runtime, keys_in(tmp_path)) as served:
            runtime.subscribe(seen.append, ActionTaken)
            for told in (Told("billing"), Told("", "bob")):
                await done(
                    served,
                    lambda place, told=told: operating.operate(  # type: ignore[misc]
                        place, SMALL, "reset", told, as_json=False
                    ),
                )

    story(tell())

    assert [(one.by, one.reason) for one in seen] == [
        ("operator (alice)", "billing"),
        ("operator (bob)", "operator"),
    ]


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", unknown)

    assert Told().fields() == {"by": f"uid {os.getuid()}"}


# All verbs.


def test_each_verb_of_the_server_is_a_command() -> None:
    commands = {
        one.name or one.callback.__name__ for one in model_app.registered_commands if one.callback
    }
    # One command is two verbs: `maintenance --leave`.
    verbs = {verb.replace("_", "-") for verb in VERBS} - {"leave-maintenance"}

    assert commands == verbs | {"list"}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["force-open"], "unavailable, breaker forced_open"),
        (["disable"], "available, breaker disabled"),
        (["metrics-only"], "available, breaker metrics_only"),
        (["check-health"], "available, breaker closed"),
    ],
)
def test_a_command_does_what_its_name_says(tmp_path: Path, command: list[str], told: str) -> None:
    async def tell() -> Result:
        async with guarded(tmp_path) as served:
            arguments = [*command, SMALL, "--url", served.url]
            return await asyncio.to_thread(CliRunner().invoke, model_app, arguments)

    found = story(tell())

    assert (found.exit_code, found.output) == (0, f"{SMALL}: {told}\n")
