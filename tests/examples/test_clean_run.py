"""Pages and examples leave nothing behind: no warning of Python, no coroutine, no open resource."""

from __future__ import annotations

import subprocess
import sys

from .programs import HEAVY, ROOT, programs

LIMIT = 55.0


def test_python_has_nothing_to_say_about_any_program() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-m", "tests.examples.clean_run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    names = ended.stdout.splitlines()
    light = [each for each in programs() if not each.imports & HEAVY and not each.missing]

    assert ended.stderr.splitlines() == [f"-- {name}" for name in names]
    assert ended.returncode == 0
    assert len(names) == len(light) + len(list((ROOT / "examples").glob("*.py")))
