"""The modules of the page fit together, and fit what the server sends, by their types."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hive_resilience.runtime.server.dashboard import static

HERE = Path(__file__).parent
TSC = Path(os.environ.get("HIVE_TSC", "no"))

pytestmark = pytest.mark.browser


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
@pytest.mark.skipif(not TSC.is_file(), reason="HIVE_TSC names no TypeScript compiler")
def test_the_types_of_every_module_fit() -> None:
    command = ["node", str(TSC), "--noEmit", "--project", str(HERE / "tsconfig.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)

    assert done.stdout == ""
    assert done.returncode == 0


def test_every_module_is_checked() -> None:
    folder = Path(static.__path__[0])
    for path in folder.glob("*.js"):
        if path.name != "uplot.js":
            text = path.read_text("utf-8")
            assert text.startswith("// @ts-check"), path.name
            assert not re.search(r"@ts-(ignore|nocheck|expect-error)", text), path.name
