"""Quick runs of the benchmarks, a few parts at a time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)


class Report:
    """What a quick run of some parts has printed and written."""

    def __init__(self, folder: Path, *parts: str) -> None:
        found, page = folder / "found.json", folder / "page.md"
        done = run(*parts, "--quick", "--json", str(found), "--page", str(page))
        assert done.returncode == 0, done.stderr
        self.parts = parts
        self.lines = [line.strip() for line in done.stdout.splitlines()]
        self.found: Any = json.loads(found.read_text(encoding="utf-8"))
        self.page = page.read_text(encoding="utf-8")

    def has_row(self, name: str) -> bool:
        """Whether a line of a table begins with it."""
        return any(line.startswith(name + "  ") for line in self.lines)

    def check(self, *tables: str) -> None:
        """These tables are printed, in the JSON and on the page, and every target has a verdict."""
        assert tuple(self.found["parts"]) == self.parts
        parts = self.found["parts"].values()
        titles = [table["title"] for part in parts for table in part["tables"]]
        assert sorted(titles) == sorted(tables)
        for title in tables:
            assert title in self.lines
            assert f"**{title}**" in self.page
        targets = [one for part in parts for one in part["targets"]]
        assert {one["verdict"] for one in targets} <= {"met", "missed", "not measured"}
        assert all(
            part["targets"] for name, part in self.found["parts"].items() if name != "memory"
        )
