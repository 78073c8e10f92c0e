"""What the longer tests of conformance need, and why one is skipped."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

AT = os.environ.get("HIVE_CONFORMANCE", "") and str(Path(os.environ["HIVE_CONFORMANCE"]).resolve())
"""Where the packages of npm are; empty outside of `make test-conformance`."""
is_long = pytest.mark.skipif(not AT, reason="takes minutes: `make test-conformance` runs it")


def package(name: str) -> Path:
    """The folder of a package of npm."""
    found = Path(AT) / "node_modules" / name
    if not AT or shutil.which("node") is None or not found.is_dir():
        pytest.skip(f"{name} of npm is not installed; `make test-conformance` installs it")
    return found


def command(name: str) -> str:
    """A command of the Python that runs the tests."""
    found = Path(sys.executable).parent / name
    if not found.is_file():
        pytest.skip(f"{name} is not installed; `make test-conformance` installs it")
    return str(found)
