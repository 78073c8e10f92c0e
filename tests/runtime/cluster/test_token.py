"""The token of a Ray cluster is for one user."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience.runtime.cluster.token import keep_token_private


def test_the_file_of_the_token_is_for_its_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    token = tmp_path / ".ray" / "auth_token"
    token.parent.mkdir()
    token.touch(0o644)

    keep_token_private()

    assert token.stat().st_mode & 0o777 == 0o600


def test_no_file_is_made_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    keep_token_private()

    assert list(tmp_path.iterdir()) == []
