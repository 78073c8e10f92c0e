"""The programs in docs/testing.md print what stands under them."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "testing.md"
PROGRAM = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("source", "printed"), PROGRAM.findall(PAGE.read_text(encoding="utf-8")))
def test_a_program_prints_what_stands_under_it(source: str, printed: str) -> None:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(source, str(PAGE), "exec"), {"__name__": "__main__"})

    assert output.getvalue() == printed
