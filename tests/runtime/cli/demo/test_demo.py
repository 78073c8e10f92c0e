from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hive_resilience.runtime.cli.demo.command import demo

LIMIT = 40.0
PROGRAM = """
import sys
from hive_resilience.runtime.cli.demo.command import demo
sys.exit(demo(duration=float(sys.argv[1]), rate=50, strategy="sequential", as_json=True))
"""


TaskFinished = tuple[int, dict[str, Any], str]


def command(duration: float) -> list[str]:
    return [sys.executable, "-X", "dev", "-W", "error", "-c", PROGRAM, str(duration)]


@pytest.fixture(scope="module")
def finished() -> TaskFinished:
    done = subprocess.run(command(6.0), capture_output=True, text=True, timeout=LIMIT, check=False)
    # With `-X dev` asyncio tells of each step that took long, which a loaded machine makes of any.
    told = [line for line in done.stderr.splitlines(True) if not line.startswith("Executing <")]
    return done.returncode, json.loads(done.stdout), "".join(told)


def test_no_task_is_lost_while_a_server_dies_and_an_actor_crashes(finished: TaskFinished) -> None:
    code, report, _ = finished

    assert code == 0
    assert report["passed"] is True
    assert report["lost"] == 0
    assert report["success_rate"] >= 0.995
    assert report["tasks"] == pytest.approx(300, abs=30)
    assert sum(model["answers"] for model in report["models"].values()) == report["answered"]


def test_the_others_answer_while_one_is_dead(finished: TaskFinished) -> None:
    _, report, _ = finished

    assert report["failovers"] > 0
    assert report["models"]["medium"]["answers"] > 0
    assert report["models"]["large"]["answers"] > 0
    assert 0 < report["time_to_detect"] < 2
    assert 0 < report["time_to_recover"] < 5


def test_a_stream_that_the_kill_cuts_begins_again_and_ends_as_a_whole(
    finished: TaskFinished,
) -> None:
    _, report, told = finished

    stream = report["stream"]
    assert stream["whole"] is True
    assert (stream["begun_by"], stream["ended_by"]) == ("large", "medium")
    assert stream["chunks_before_the_cut"] >= 5
    assert len(stream["text"].split()) == stream["chunks"] > 20
    assert stream["gap"] > 0
    assert "medium begins again" in told


def test_the_breaker_of_the_dead_model_opens_and_lets_it_back_in(finished: TaskFinished) -> None:
    _, report, _ = finished

    moves = [move for move in report["transitions"] if move["model"] == report["killed"]]
    assert (moves[0]["before"], moves[0]["after"]) == ("closed", "open")
    assert {"half_open"} <= {move["after"] for move in moves}


def test_the_supervisor_restarts_the_actor_that_crashed(finished: TaskFinished) -> None:
    _, report, _ = finished

    assert (report["actor_crashes"], report["actor_restarts"]) == (1, 1)
    assert 0 <= report["restart_time"] < 1


def test_without_a_terminal_each_happening_is_a_line_on_standard_error(
    finished: TaskFinished,
) -> None:
    _, report, told = finished

    lines = [line.split("  ")[-1] for line in told.splitlines()]
    assert "SIGKILL to the server of large" in lines
    assert "breaker of large: closed -> open (failure_run)" in lines
    assert set(lines[:-1]) <= {happening["text"] for happening in report["happenings"]}
    assert told.splitlines()[-1].startswith("OK: no task lost")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere Ctrl-C is no signal for a process")
def test_ctrl_c_ends_it_with_a_report_and_leaves_no_process_behind() -> None:
    with subprocess.Popen(
        command(60.0),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        told = (line for line in process.stderr if not line.startswith("Executing <"))
        assert "servers listen" in next(told)
        servers = children_of(process.pid)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=LIMIT)

    report = json.loads(printed)
    assert process.returncode == 130
    assert report["interrupted"] is True
    assert report["lost"] == 0
    assert len(servers) == 3
    assert not [pid for pid in servers if is_there(pid)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"duration": 0.0}, "duration is a number above 0"),
        ({"rate": float("nan")}, "rate is a number above 0"),
        ({"strategy": "wild"}, "there is no strategy 'wild'"),
    ],
)
def test_arguments_that_cannot_be_are_refused(
    arguments: dict[str, Any], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    usual: dict[str, Any] = {"duration": 1.0, "rate": 1.0, "strategy": "random", "as_json": True}

    assert demo(**{**usual, **arguments}) == 2
    assert told in capsys.readouterr().err


def children_of(pid: int) -> list[int]:
    if sys.platform == "linux":  # slim images have no ps
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
        return [int(child) for child in told.split()]
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    pairs = (line.split() for line in listed.stdout.splitlines())
    return [int(child) for child, parent in pairs if int(parent) == pid]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
