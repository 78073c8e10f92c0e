"""The files for containers and systemd say what the command understands."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from hive_resilience.runtime.cli.commands import app
from hive_resilience.runtime.server.limits import ServerLimits

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DRAIN = ServerLimits().drain


def instructions() -> list[tuple[str, str]]:
    """The lines of the Dockerfile: instruction and arguments."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def said(instruction: str) -> list[str]:
    return [rest for name, rest in instructions() if name == instruction]


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(DEPLOY / name, "utf-8")
    return parser


def compose() -> dict[str, Any]:
    content: Any = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
    found: dict[str, Any] = content["services"]["hive-resilience"]
    return found


def has_docker() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "buildx", "version"], capture_output=True).returncode == 0


def is_understood(arguments: list[str]) -> bool:
    """Whether the command takes these arguments; it is not run."""
    group: Any = typer.main.get_command(app)
    command = group.commands[arguments[0]]
    context = command.make_context("x", arguments[1:])
    return context.params["config"] is not None


def test_the_container_starts_what_the_command_understands() -> None:
    (entry,), (command,) = said("ENTRYPOINT"), said("CMD")

    assert json.loads(entry) == ["/app/bin/hive-resilience"]
    assert is_understood(json.loads(command))
    assert "--keys" in json.loads(command)


def test_the_container_runs_as_a_user_of_its_own_from_named_images() -> None:
    assert said("USER") == ["hive"]
    assert [re.match(r"\S+:[\d.]+-slim", image) is not None for image in said("FROM")] == [True] * 2
    assert said("ADD") == []


def test_the_container_has_all_that_it_copies_and_installs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (install,) = [rest for rest in said("RUN") if "pip install" in rest]
    named = re.search(r"\.\[([a-z,]+)\]", install)

    assert named is not None
    assert set(named[1].split(",")) <= set(extras["optional-dependencies"])
    sources = [part for rest in said("COPY") if "--from" not in rest for part in rest.split()[:-1]]
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    for source in sources:
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored


@pytest.mark.skipif(not has_docker(), reason="docker with buildx is not installed")
def test_docker_finds_nothing_wrong() -> None:
    command = ["docker", "build", "--check", "--file", "deploy/Dockerfile", "."]

    assert subprocess.run(command, cwd=ROOT, timeout=60).returncode == 0


def test_the_example_of_compose_builds_this_and_gives_it_time_to_end() -> None:
    service = compose()

    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert float(service["stop_grace_period"].removesuffix("s")) > DRAIN
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_unit_starts_what_the_command_understands_and_gives_it_time_to_end() -> None:
    service = unit("hive-resilience.service")["Service"]

    program, *arguments = shlex.split(service["ExecStart"])
    assert program.endswith("/hive-resilience")
    assert is_understood(arguments)
    assert float(service["TimeoutStopSec"]) > DRAIN
    assert service["Type"] == "notify-reload"


def test_the_socket_of_systemd_is_for_this_machine() -> None:
    assert unit("hive-resilience.socket")["Socket"]["ListenStream"].startswith("127.0.0.1:")
