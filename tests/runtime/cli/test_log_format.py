"""`--log-format`: the log of a command as text or as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FLEET = {"models": {"a": {"endpoint": "http://127.0.0.1:1/v1", "retry": {"max_retries": 0}}}}


def command(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hive_resilience", *words],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "fleet.json"
    path.write_text(json.dumps({**FLEET, "telemetry": {"traces": True}}))
    return str(path)


@pytest.mark.parametrize("name", ["run", "serve"])
def test_a_bad_word_is_refused_before_anything_is_read(name: str) -> None:
    done = command(name, "no-such-file.yml", "--log-format", "xml")

    assert done.returncode == 2
    assert "no-such-file" not in done.stdout
    assert "xml" in done.stderr


def test_run_logs_one_json_a_line(config: str) -> None:
    tasks = "\n".join(['{"prompt": "Hi"}'] * 6)
    done = command("run", config, "--log-format", "json", given=tasks)

    lines = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    events = {line["event"] for line in lines}
    assert done.returncode == 1
    assert "hive.circuit.changed" in events
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)


def test_run_logs_nothing_without_it(config: str) -> None:
    done = command("run", config, given='{"prompt": "Hi"}')

    assert "WARNING" not in done.stderr
    assert not any(line.startswith("{") for line in done.stderr.splitlines())
