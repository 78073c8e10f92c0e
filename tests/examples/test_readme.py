"""The programs in README.md run, and print what stands under them."""

from __future__ import annotations

import contextlib
import io
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Program(NamedTuple):
    """A Python block, and the text block behind it, if there is one."""

    title: str
    source: str
    printed: str | None


def programs() -> list[Program]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found: list[Program] = []
    for section in re.split(r"^##+ ", readme, flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        blocks = [*FENCED.findall(section), ("", "")]
        for (language, source), (after, text) in pairwise(blocks):
            if language == "python":
                found.append(Program(title, source, text if after == "text" else None))
    return found


def settings() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return next(str(source) for language, source in FENCED.findall(readme) if language == "yaml")


def run(program: Program) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(program.source, f"README.md: {program.title}", "exec"), names)
    return names


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.title)
def test_a_program_prints_what_stands_under_it(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resilience.yml").write_text(settings(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        run(program)

    assert printed.getvalue() == (program.printed or "")


def test_the_web_service_answers() -> None:
    service = next(program for program in programs() if "FastAPI" in program.title)

    with TestClient(run(service)["app"]) as client:
        answer = client.get("/ask", params={"prompt": "hello"})

    assert answer.json() == "small says: hello"


def test_every_quick_start_is_among_them() -> None:
    assert len(programs()) == 8


def test_every_extra_is_in_the_table_of_extras() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| Extra |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1] for row in table.splitlines()[2:]]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == set(project["optional-dependencies"]) - {"all"}


def test_every_link_to_a_file_leads_to_one() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
