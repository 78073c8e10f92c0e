"""A program that configures no logging reads the warnings on standard error."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from hive_resilience import ModelConfig, Runtime

with Runtime(models=[ModelConfig(id="m", executor=lambda task: "ok")]) as runtime:
    runtime.model("m").trip(REASON)
"""
CONFIGURED = "import logging; logging.basicConfig(level=logging.ERROR)\n"


def written_by(program: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True
    )
    return ended.stderr


def test_an_opened_breaker_is_a_line_and_a_configuration_of_logging_decides() -> None:
    opened = 'REASON = "failure_run"\n' + PROGRAM

    assert written_by(opened).startswith("circuit opened: model=m")
    assert "alert raised" in written_by(opened)
    assert written_by(CONFIGURED + opened) == ""


def test_what_an_operator_does_is_no_warning_and_nor_is_what_follows_from_it() -> None:
    assert written_by('REASON = "operator"\n' + PROGRAM) == ""
