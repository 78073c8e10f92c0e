"""What the machine allows."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from hive_resilience.runtime.cli.doctor.finding import Verdict
from hive_resilience.runtime.cli.doctor.machine import (
    check_machine,
    files_needed,
    threads_needed,
    told_of_files,
    told_of_folder,
    told_of_port,
    told_of_threads,
)

from .doctor_kit import fleet

FULL = {"max_concurrent": 500}
ASKED = {"endpoint": "http://127.0.0.1:9/v1", "bulkhead": FULL}


def test_models_with_a_server_need_a_file_for_each_call() -> None:
    config = fleet({"a": ASKED, "b": ASKED, "c": {"bulkhead": FULL}})

    assert (files_needed(config), threads_needed(config)) == (64 + 1000, 32 + 500)


def test_no_more_files_are_needed_than_tasks_may_run() -> None:
    assert files_needed(fleet({"a": ASKED}, max_concurrent_requests=10)) == 74


@pytest.mark.parametrize(
    ("soft", "hard", "verdict"),
    [
        (1000, 1000, Verdict.WELL),
        (None, None, Verdict.WELL),
        (999, 1000, Verdict.NOTE),
        (999, None, Verdict.NOTE),
        (999, 999, Verdict.MEND),
    ],
)
def test_open_files(soft: int | None, hard: int | None, verdict: Verdict) -> None:
    assert told_of_files(1000, soft, hard).verdict is verdict


@pytest.mark.parametrize(
    ("allowed", "verdict"), [(100, Verdict.WELL), (None, Verdict.WELL), (99, Verdict.MEND)]
)
def test_threads(allowed: int | None, verdict: Verdict) -> None:
    assert told_of_threads(100, allowed).verdict is verdict


def test_a_folder_is_there_or_can_be_made(tmp_path: Path) -> None:
    there = told_of_folder("history", tmp_path, 1)
    later = told_of_folder("history", tmp_path / "a" / "b", 1)

    assert (there.verdict, there.text) == (Verdict.WELL, f"{tmp_path} can be written")
    assert (later.verdict, later.text) == (Verdict.WELL, f"{tmp_path}/a/b can be made")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_to_be_mended(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    found = told_of_folder("history", tmp_path / "file" / "history", 1)

    assert (found.verdict, found.text) == (Verdict.MEND, f"{tmp_path}/file is no folder")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="has no /proc")
def test_a_folder_that_cannot_be_written_is_to_be_mended() -> None:
    assert told_of_folder("history", Path("/proc/history"), 1).verdict is Verdict.MEND


def test_a_disk_that_is_too_small_is_noted(tmp_path: Path) -> None:
    assert told_of_folder("history", tmp_path, 10**18).verdict is Verdict.NOTE


def test_a_port_is_free_or_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        asked = told_of_port("127.0.0.1", port, asked_for=True)
        usual = told_of_port("127.0.0.1", port, asked_for=False)
    free = told_of_port("127.0.0.1", port, asked_for=True)

    assert (asked.verdict, usual.verdict, free.verdict) == (
        Verdict.MEND,
        Verdict.NOTE,
        Verdict.WELL,
    )
    assert asked.text == "cannot be had: Address already in use"


def test_a_host_that_is_no_address_is_told() -> None:
    assert told_of_port("a" * 70, 8080, asked_for=True).verdict is Verdict.MEND


def test_the_folders_of_the_settings_are_looked_at(tmp_path: Path) -> None:
    config = fleet({}, history=str(tmp_path), top="fleet")

    checked = {found.about for found in check_machine(config) if found.check == "folder"}

    assert checked == {"global.history.folder", "global.top"}
