"""The page on Celery: a real worker with two processes, and a program that sends it tasks."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..examples.programs import FENCED, HOW_TO, files_of
from .servers import command_of

pytestmark = pytest.mark.guests
pytest.importorskip("celery")
PAGE = HOW_TO / "celery.md"
LIMIT = 50.0


@contextmanager
def worker(folder: Path) -> Generator[subprocess.Popen[bytes], None, None]:
    """The worker of the page; it writes to `worker.log`."""
    command = [sys.executable, "-X", "dev", "-m", *command_of(PAGE, "--app tasks").split()]
    with (
        (folder / "worker.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def test_its_processes_answer_retry_and_end(tmp_path: Path) -> None:
    for name, text in files_of(PAGE).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = [text for kind, text in FENCED.findall(PAGE.read_text("utf-8")) if kind == "text"]

    with worker(tmp_path) as process:
        sent = subprocess.run(
            [sys.executable, "send.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        process.send_signal(signal.SIGTERM)
        code = process.wait(LIMIT)

    log = (tmp_path / "worker.log").read_text("utf-8")
    assert (sent.stdout, sent.stderr) == ("".join(told), ""), log
    assert code == 0, log
    assert "exited with" not in log
    assert "never awaited" not in log
