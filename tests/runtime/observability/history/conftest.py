"""What every test of the history has."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from .history_kit import OPENED


@pytest.fixture(autouse=True)
def _closed() -> Generator[None]:
    """No store outlives its test: Python 3.13 tells of a database that is left open."""
    yield
    while OPENED:
        OPENED.pop().close()
