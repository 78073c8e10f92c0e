"""The commands that the pages on the server show do what they say."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from hive_resilience import Runtime
from hive_resilience.config import load_config
from hive_resilience.runtime.cli.serve.remote import DEFAULT_URL, KEY_VARIABLE
from hive_resilience.runtime.server.routes import BELOW, ROUTES, VERBS

from .site_kit import ADMIN, USE, Counted, keys_in, site, story

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "server.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
CURLS = list(dict.fromkeys(re.findall(r"^    (curl .*)$", PAGE + README, re.MULTILINE)))
COMMANDS = re.findall(r"^    hive-resilience (model .*|reload|drain)$", PAGE, re.MULTILINE)
ALIASES = {"gpt-hive": "both", "claude-hive": "large"}
SETTINGS: dict[str, object] = {
    "models": {"large": {}, "small": {}},
    "groups": {"both": {"models": ["large", "small"]}},
    "aliases": ALIASES,
}
NEEDS_KEY = re.compile(r"\$(ADMIN_)?KEY")


def shell(folder: Path, command: str, with_keys: bool) -> tuple[int, str]:
    """A command as a shell runs it, against a server of the models on the page."""
    (folder / ".curlrc").write_text('fail-with-body\nsilent\nnoproxy = "*"\n')
    settings = folder / "resilience.json"
    settings.write_text(json.dumps(SETTINGS))
    bin_folder = Path(sys.executable).parent
    environ: Mapping[str, str] = {
        **os.environ,
        **{"CURL_HOME": str(folder), "KEY": USE, "ADMIN_KEY": ADMIN, KEY_VARIABLE: ADMIN},
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }

    async def tell() -> tuple[int, str]:
        keys = keys_in(folder) if with_keys else None
        executors = {"large": Counted(), "small": Counted()}
        runtime = Runtime.from_file(settings, executors=executors)
        async with runtime, site(runtime, keys) as served:
            told = command.replace(DEFAULT_URL, served.url)
            if told.startswith("hive-resilience"):
                told += f" --url {served.url}"
            done = await asyncio.to_thread(
                subprocess.run, told, shell=True, env=environ, capture_output=True, text=True
            )
            return done.returncode, done.stdout + done.stderr

    return story(tell())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("command", CURLS)
def test_a_line_with_curl_is_answered(tmp_path: Path, command: str) -> None:
    code, told = shell(tmp_path, command, with_keys=NEEDS_KEY.search(command) is not None)

    assert code == 0, told
    assert told.endswith("data: [DONE]\n\n") if " -N " in command else json.loads(told)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_is_done(tmp_path: Path, command: str) -> None:
    code, told = shell(tmp_path, f"hive-resilience {command}", with_keys=True)

    assert (code, bool(told)) == (0, True), told


def test_the_page_has_lines_to_run() -> None:
    assert len(CURLS) >= 7
    assert len(COMMANDS) == 12


def test_the_settings_of_the_page_are_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "resilience.yml"
    path.write_text(block)
    monkeypatch.setenv("EXAMPLE_KEY", "a key")

    assert load_config(path).global_.aliases == ALIASES


@pytest.mark.parametrize("path", sorted({**ROUTES, **BELOW}))
def test_the_page_names_every_path(path: str) -> None:
    assert path in PAGE


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_names_every_verb(verb: str) -> None:
    assert verb in PAGE or f"model {verb}" in PAGE or verb == "leave_maintenance"
