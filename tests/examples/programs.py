"""The programs in README.md and docs/*.md: Python blocks, and what they print."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORTS = re.compile(r"(import|from) \w")
FILE = re.compile(r"# (\w+\.\w+):")


class Program(NamedTuple):
    """A Python block that begins with an import; other Python blocks are excerpts."""

    page: str
    title: str
    source: str
    printed: str
    """The text block behind it; empty where there is none."""
    files: dict[str, str]
    """The other blocks of its section that begin with the name of a file."""


def programs() -> list[Program]:
    """All programs, page by page."""
    return [program for page in PAGES for program in _programs_of(page)]


def _programs_of(page: Path) -> list[Program]:
    found: list[Program] = []
    for section in re.split(r"^##+ ", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
        title = section.partition("\n")[0].removeprefix("# ")
        blocks = [*FENCED.findall(section), ("", "")]
        files = {name[1]: text for _, text in blocks if (name := FILE.match(text))}
        for (language, source), (after, text) in pairwise(blocks):
            if language == "python" and IMPORTS.match(source):
                printed = text if after == "text" else ""
                found.append(Program(page.name, title, source, printed, files))
    return found


def run(program: Program) -> dict[str, Any]:
    """Run it as a script; its names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(program.source, f"{program.page}: {program.title}", "exec"), names)
    return names
