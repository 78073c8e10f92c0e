"""The public checks run what a contributor runs, on every Python that the package names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.every_python import VERSIONS

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def job() -> Any:
    return yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["test"]


def test_they_run_the_two_targets_and_nothing_else() -> None:
    commands = [step["run"] for step in job()["steps"] if "run" in step]

    assert [command.split()[:2] for command in commands] == [["make", "check"], ["make", "test"]]


def test_they_run_on_every_python_that_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))

    assert named
    assert set(named) <= set(job()["strategy"]["matrix"]["python"])


def test_make_test_all_looks_for_all_of_these() -> None:
    assert set(job()["strategy"]["matrix"]["python"]) <= set(VERSIONS)


def test_every_target_that_contributing_names_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    pages = [(ROOT / name).read_text("utf-8") for name in ("CONTRIBUTING.md", "README.md")]
    named = {
        name for page in pages for name in re.findall(r"(?:^    |`)make ([a-z-]+)", page, re.M)
    }

    assert {"check", "coverage", "test", "test-all"} <= named
    assert named <= set(targets)
