"""The programs in README.md and below docs: Python blocks, and what they print."""

from __future__ import annotations

import ast
import importlib.util
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HOW_TO = DOCS / "how-to"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORTS = re.compile(r"(import|from) \w")
FILE = re.compile(r"# ([\w.]+\.\w+):")
HEAVY = {"langchain_core", "litellm", "pydantic_ai"}
"""What takes seconds to import: the programs with these run in `make test-guests`."""


class Program(NamedTuple):
    """A Python block that begins with an import; other Python blocks are excerpts."""

    page: str
    title: str
    source: str
    printed: str
    """The text block behind it; empty where there is none."""
    files: dict[str, str]
    """The other blocks of its section that begin with the name of a file."""

    @property
    def imports(self) -> set[str]:
        """The packages that it imports."""
        nodes = list(ast.walk(ast.parse(self.source)))
        plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
        froms = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        return {name.partition(".")[0] for name in plain | froms}

    @property
    def missing(self) -> set[str]:
        """The packages that it imports and that are not installed."""
        return {name for name in self.imports if importlib.util.find_spec(name) is None}


def programs() -> list[Program]:
    """All programs, page by page."""
    return [program for page in PAGES for program in _programs_of(page)]


def files_of(page: Path) -> dict[str, str]:
    """The blocks of a page that begin with the name of a file."""
    blocks = (text for _, text in FENCED.findall(page.read_text(encoding="utf-8")))
    return {name[1]: text for text in blocks if (name := FILE.match(text))}


def _programs_of(page: Path) -> list[Program]:
    found: list[Program] = []
    for section in re.split(r"^##+ ", page.read_text(encoding="utf-8"), flags=re.MULTILINE):
        title = section.partition("\n")[0].removeprefix("# ")
        blocks = [*FENCED.findall(section), ("", "")]
        files = {name[1]: text for _, text in blocks if (name := FILE.match(text))}
        for (language, source), (after, text) in pairwise(blocks):
            if language == "python" and IMPORTS.match(source):
                printed = text if after == "text" else ""
                found.append(Program(_named(page), title, source, printed, files))
    return found


def _named(page: Path) -> str:
    return page.relative_to(DOCS if DOCS in page.parents else ROOT).as_posix()


def run(program: Program) -> dict[str, Any]:
    """Run it as a script; its names."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(program.source, f"{program.page}: {program.title}", "exec"), names)
    return names
