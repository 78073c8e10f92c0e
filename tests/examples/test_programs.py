"""The programs in README.md and below docs run, and print what stands under them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from .programs import HEAVY, Program, programs, run

PROGRAMS = programs()


def case(program: Program) -> ParameterSet:
    """A program by its name; one that takes long to import has the mark of the guests."""
    marks = [pytest.mark.guests] if program.imports & HEAVY else []
    return pytest.param(program, id=f"{program.page}: {program.title}", marks=marks)


@pytest.mark.parametrize("program", [case(program) for program in PROGRAMS])
def test_a_program_prints_what_stands_under_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program.missing:
        pytest.skip(f"not installed: {', '.join(sorted(program.missing))}")
    for name, text in program.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or it asks for prices at import
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        run(program)

    assert printed.getvalue() == program.printed


def test_every_page_with_programs_is_among_them() -> None:
    assert {program.page for program in PROGRAMS} == {
        "README.md",
        "alerts.md",
        "building_blocks.md",
        "chaos.md",
        "cluster.md",
        "coming-from.md",
        "dashboard.md",
        "embedding.md",
        "history.md",
        "how-to/batch.md",
        "how-to/chaos-in-ci.md",
        "how-to/from-langchain.md",
        "how-to/from-litellm.md",
        "how-to/from-pydantic-ai.md",
        "how-to/from-tenacity.md",
        "how-to/grafana.md",
        "how-to/official-clients.md",
        "how-to/one-function.md",
        "how-to/operations.md",
        "how-to/own-actors.md",
        "how-to/streaming.md",
        "how-to/why-open.md",
        "index.md",
        "metrics.md",
        "observability.md",
        "reports.md",
        "start/library.md",
        "strategies.md",
        "streams.md",
        "supervision.md",
        "testing.md",
        "top.md",
        "tutorial/1-one-model.md",
        "tutorial/2-second-model.md",
        "tutorial/3-limits.md",
        "tutorial/4-breaker.md",
        "tutorial/5-stream.md",
        "tutorial/6-eyes.md",
        "tutorial/7-file.md",
        "tutorial/8-proof.md",
    }
    assert len(PROGRAMS) > 50
