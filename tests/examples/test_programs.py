"""The programs in README.md and docs/*.md run, and print what stands under them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from .programs import Program, programs, run

PROGRAMS = programs()


@pytest.mark.parametrize(
    "program", PROGRAMS, ids=lambda program: f"{program.page}: {program.title}"
)
def test_a_program_prints_what_stands_under_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in program.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        run(program)

    assert printed.getvalue() == program.printed


def test_the_web_service_answers() -> None:
    service = next(program for program in PROGRAMS if "FastAPI" in program.title)

    with TestClient(run(service)["app"]) as client:
        answer = client.get("/ask", params={"prompt": "hello"})

    assert answer.json() == "small says: hello"


def test_every_page_with_programs_is_among_them() -> None:
    assert {program.page for program in PROGRAMS} == {
        "README.md",
        "building_blocks.md",
        "coming-from.md",
        "embedding.md",
        "streams.md",
        "supervision.md",
        "testing.md",
    }
    assert len(PROGRAMS) == 18
