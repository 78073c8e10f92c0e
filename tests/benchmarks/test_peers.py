"""The comparison with other libraries runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from .quick_kit import Report


@pytest.mark.timeout(420)  # a busy machine takes its time
def test_the_peers_are_told_in_every_form(tmp_path: Path) -> None:
    Report(tmp_path, "peers").check(
        "success, instant executor, 1 in flight, async callers",
        "primary fails, instant executor, 1 in flight, async callers",
        "primary open, instant executor, 1 in flight, async callers",
        "success, instant executor, 4 in flight, blocking callers",
    )
