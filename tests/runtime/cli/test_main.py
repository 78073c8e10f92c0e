from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hive_resilience.runtime.cli import main as cli
from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.cli.run.command import RunOptions, run_tasks

ROOT = Path(__file__).parents[3]
USABLE = {"models": {"m": {"endpoint": "http://127.0.0.1:9/v1"}}}


def settings(folder: Path, content: object = USABLE) -> Path:
    path = folder / "settings.json"
    path.write_text(json.dumps(content))
    return path


def refused(options: RunOptions, capsys: pytest.CaptureFixture[str]) -> str:
    assert run_tasks(options) == 2
    return capsys.readouterr().err


def test_it_says_its_version() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.output) == (
        0,
        f"hive-resilience {version('hive-resilience')}\n",
    )


@pytest.mark.parametrize("wrong", [["--concurrency", "0"], ["--nonsense"]])
def test_wrong_options_are_misuse(tmp_path: Path, wrong: list[str]) -> None:
    assert CliRunner().invoke(app, ["run", str(settings(tmp_path)), *wrong]).exit_code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"models": {"m": {}}}, "models.m: has neither an endpoint"),
        ({"models": {"m": {"endpoit": "x"}}}, "did you mean endpoint?"),
        ({"models": {}}, "at least one model"),
        (
            {"models": {"m": {"endpoint": "nowhere"}}},
            "models.m.endpoint: 'nowhere' does not fit: should be a URL as",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object, told: str
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('"a"\n')
    options = RunOptions(settings(tmp_path, content), tasks=str(tasks))

    assert told in refused(options, capsys)


def test_settings_that_are_not_there_are_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(RunOptions(tmp_path / "none.json"), capsys)

    assert "none.json: cannot be read: No such file" in told


def test_a_standard_input_that_is_closed_is_misuse(tmp_path: Path) -> None:
    closed = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "hive_resilience"]

    ended = subprocess.run([*closed, "run", settings(tmp_path)], capture_output=True, text=True)

    assert ended.returncode == 2
    assert ended.stderr.startswith("hive-resilience: -: cannot be read:")


def test_an_unknown_strategy_is_misuse_and_names_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(RunOptions(settings(tmp_path), strategy="best"), capsys)

    assert "there is no strategy 'best'; there are sequential, parallel" in told


def test_a_file_of_tasks_that_is_not_there_is_misuse_and_empties_no_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.jsonl"
    results.write_text("old")

    told = refused(RunOptions(settings(tmp_path), tasks="none", output=str(results)), capsys)

    assert "none: cannot be read: No such file" in told
    assert results.read_text() == "old"


def test_results_never_overwrite_their_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text('"a"\n')

    told = refused(RunOptions(settings(tmp_path), tasks=str(tasks), output=str(tasks)), capsys)

    assert "the results would overwrite the tasks" in told
    assert tasks.read_text() == '"a"\n'


def test_more_at_once_than_the_models_take_is_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("")

    assert run_tasks(RunOptions(settings(tmp_path), tasks=str(tasks), concurrency=2000)) == 0
    assert (
        "--concurrency 2000 is more than the models take at once (1100)" in capsys.readouterr().err
    )


def test_without_the_extra_it_says_which_one_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def finds(name: str) -> ModuleSpec | None:
        return None if name == "typer" else find_spec(name)

    monkeypatch.setattr(cli, "find_spec", finds)

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "needs typer, which the extra `cli` brings" in told
    assert "pip install 'hive-resilience[cli]'" in told


def test_hints_name_a_package_and_extras_that_there_are() -> None:
    folders = ("actors", "config", "runtime")
    code = "\n".join(
        path.read_text("utf-8") for folder in folders for path in (ROOT / folder).rglob("*.py")
    )
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ]

    hints = re.findall(r"pip install '?([^'\"\s]+)", code)

    assert len(hints) > 5
    for hint in hints:
        name, _, extra = hint.rstrip("]").partition("[")
        assert name == "hive-resilience"
        assert extra.startswith("{") or set(extra.split(",")) <= set(extras)


def test_a_shell_can_complete_its_commands() -> None:
    result = CliRunner().invoke(app, ["--help"])

    assert "--install-completion" in result.output


def test_tasks_come_from_one_place(tmp_path: Path) -> None:
    arguments = ["run", str(settings(tmp_path)), "--tasks", "a", "--text", "b"]

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert "from --tasks or from --text" in result.output


def test_importing_the_library_imports_nothing_that_only_an_extra_brings() -> None:
    asked = "import sys, hive_resilience; print(sys.modules.keys() & set(sys.argv[1:]))"
    extras = ["typer", "rich", "yaml", "aiohttp", "httpx2", "uvloop"]

    found = subprocess.run(
        [sys.executable, "-c", asked, *extras], capture_output=True, text=True, check=True
    )

    assert found.stdout == "set()\n"
