"""The pages on a fleet of several machines and on models there, followed as a reader does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.config import load_config

from ...examples.programs import FENCED, HOW_TO, Program, files_of, run
from .processes import descendants, kill_all
from .ray_kit import Cluster

FLEET, NODES = HOW_TO / "cluster.md", HOW_TO / "executor-on-ray.md"
FILES = files_of(FLEET)
ALONE, SHARED, OPEN, *_ = [
    text for kind, text in FENCED.findall(FLEET.read_text("utf-8")) if kind == "text"
]
PLACE = "10.0.0.5:6379"


def written(page: Path, folder: Path) -> Path:
    """A folder with the files of a page."""
    for name, text in files_of(page).items():
        (folder / name).write_text(text, "utf-8")
    return folder


@contextmanager
def started(folder: Path, file: str, **variables: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        (sys.executable, file),
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    )
    try:
        yield process
    finally:
        kill_all(descendants(process.pid) | {process.pid})
        process.communicate()


def heard(process: subprocess.Popen[str], line: str) -> bool:
    """Whether it prints the line before it ends."""
    assert process.stdout is not None
    return any(told.rstrip() == line for told in process.stdout)


def test_without_an_address_a_process_needs_no_ray_and_is_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(written(FLEET, tmp_path))

    run(Program(FLEET.name, "peer.py", FILES["peer.py"], ALONE, FILES))

    assert capsys.readouterr().out == ALONE


def test_the_variable_of_the_page_names_the_cluster(tmp_path: Path) -> None:
    (told,) = set(re.findall(r"(RESILIENCE_\w+)=(\S+)", FLEET.read_text("utf-8")))
    path = written(FLEET, tmp_path) / "resilience.yml"
    settings = load_config(path, executors={"large": str, "small": str}, environ=dict([told]))

    assert settings.global_.cluster.address == PLACE


def test_the_settings_of_a_model_on_a_node_can_be_used(tmp_path: Path) -> None:
    path = written(NODES, tmp_path) / "resilience.yml"
    settings = load_config(path, executors={"large": str}, environ={})

    (model,) = settings.models
    assert (model.isolation, model.ray.address, model.ray.replicas) == ("ray", PLACE, 2)


@pytest.mark.guests
def test_two_processes_see_each_other_and_an_operators_verb_holds_in_both(
    cluster: Cluster, tmp_path: Path
) -> None:
    place: dict[str, Any] = {"SECONDS": "600", "RESILIENCE_CLUSTER_ADDRESS": cluster.address}
    folder = written(FLEET, tmp_path)
    both = SHARED.splitlines()[-1]
    operate = re.findall(r"hive-resilience (cluster operate .*)", FLEET.read_text("utf-8"))
    words = shlex.split(operate[0].replace(PLACE, cluster.address))
    with (
        started(folder, "peer.py", **place) as first,
        started(folder, "peer.py", **place) as second,
    ):
        assert heard(first, both)
        assert heard(second, both)
        done = subprocess.run((sys.executable, "-m", "hive_resilience", *words), timeout=60)
        assert done.returncode == 0
        assert heard(first, OPEN.rstrip())
        assert heard(second, OPEN.rstrip())


@pytest.mark.guests
def test_the_program_of_a_model_on_a_node_prints_its_answer(
    cluster: Cluster, tmp_path: Path
) -> None:
    folder = written(NODES, tmp_path)
    settings = folder / "resilience.yml"
    settings.write_text(settings.read_text("utf-8").replace(PLACE, cluster.address), "utf-8")

    with started(folder, "ask.py") as program:
        assert program.stdout is not None
        assert program.stdout.read().startswith("hello: answered on ")
