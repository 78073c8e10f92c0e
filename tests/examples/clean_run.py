"""The programs of the pages and the examples, one by one: `python -m tests.examples.clean_run`.

Run it with `-X dev -W error`: a warning fails a program, or stands on standard error where Python
cannot raise it. After each program garbage is collected, so that what it has not closed or awaited
is told under its name.
"""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import runpy
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from .programs import HEAVY, ROOT, Program, programs, run


def main() -> None:
    """Run all that is installed and light, and tell each one's name on both outputs."""
    # What the library logs here is meant, and how long a step takes tells of the machine.
    logging.getLogger("hive_resilience").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    for program in programs():
        if not program.missing and not program.imports & HEAVY:
            with _named(f"{program.page}: {program.title}"):
                _run_program(program)
    for example in sorted((ROOT / "examples").glob("*.py")):
        with _named(f"examples/{example.name}"):
            _run_example(example)


@contextlib.contextmanager
def _named(name: str) -> Generator[None, None, None]:
    print(name, flush=True)
    print(f"-- {name}", file=sys.stderr, flush=True)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
    gc.collect()


def _run_program(program: Program) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name, text in program.files.items():
            Path(name).write_text(text, encoding="utf-8")
        run(program)


def _run_example(path: Path) -> None:
    app = runpy.run_path(str(path), run_name="__main__").get("app")
    if isinstance(app, FastAPI):
        with TestClient(app) as client:
            client.get("/ask", params={"prompt": "hello"}).raise_for_status()
            client.get("/status").raise_for_status()


if __name__ == "__main__":
    main()
