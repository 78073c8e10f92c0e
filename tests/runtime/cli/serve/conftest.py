"""The key of an operator, where the commands look for one."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.cli.serve.remote import KEY_VARIABLE

from ...server.site_kit import ADMIN


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Used by what asks a running server."""
    monkeypatch.setenv(KEY_VARIABLE, ADMIN)
