"""The program in docs/supervision.md runs as it stands there."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "supervision.md"


def test_the_program_in_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    programs = re.findall(r"^```python\n(.*?)^```$", DOCS.read_text("utf-8"), re.M | re.S)
    names: dict[str, Any] = {}
    for program in programs:
        exec(program, names)
        asyncio.run(names["main"]())
    assert capsys.readouterr().out == "noted hello\n"
