"""The pages on WSGI: Flask in threads of werkzeug, Django with both kinds of views."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..examples.programs import FENCED, HOW_TO, files_of
from .servers import LIMIT, command_of, in_parallel, seen, serving, told

PAGE = HOW_TO / "flask.md"
DJANGO = HOW_TO / "django.md"
FLEET = """

@app.get("/held")
def held() -> str:
    metrics = runtime.snapshot().models["lions"]
    return f"{metrics.bulkhead.in_flight} {metrics.metrics.successes}"
"""
ENDLESS = """

import itertools
import time


def endless(task: Task):
    for number in itertools.count():
        yield f"{number} "
        time.sleep(0.01)


runtime.add_model(ModelConfig(id="endless", executor=endless))
runtime.model("lions").enter_maintenance()


@app.get("/left")
def left() -> str:
    model = runtime.snapshot().models["endless"]
    return f"{model.bulkhead.in_flight} {model.metrics.cancelled}"
"""


def test_each_thread_gets_its_answer_and_every_place_comes_back(tmp_path: Path) -> None:
    files = {"service.py": files_of(PAGE)["service.py"] + FLEET}
    command = command_of(PAGE, "--app service") + " --port 0"
    with serving(files, tmp_path, command) as server:
        answers = in_parallel(server, ["/ask?prompt=x", "/stream?prompt=x"] * 12)
        assert {answer[:2] for answer in answers} == {(200, "Lions sleep all day.")}
        assert server.ask("/held").body == "0 24"
        assert seen(server, PAGE) == told(PAGE)
        assert server.stop(signal.SIGINT) < LIMIT / 2
    assert server.complaints == []


@pytest.mark.guests
def test_a_client_that_goes_away_ends_the_call(tmp_path: Path) -> None:
    files = {"service.py": files_of(PAGE)["service.py"] + ENDLESS}
    command = command_of(PAGE, "--app service") + " --port 0"
    with serving(files, tmp_path, command) as server:
        server.leave("/stream?prompt=x")
        assert server.ask_until("/left", "0 1") == "0 1"


def test_a_blocking_view_and_an_async_one_ask_the_same_runtime(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(files_of(DJANGO)["service.py"], encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "service.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    _, printed = FENCED.findall(DJANGO.read_text("utf-8"))[-1]
    assert (ended.stdout, ended.stderr) == (printed, "")
