"""The secret that all processes of a Ray cluster share, in the file where Ray keeps it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def keep_token_private() -> None:
    """Take the file away from other users: Ray makes it readable for all of the machine."""
    with suppress(OSError, RuntimeError):  # there is none, it is not ours, or there is no home
        token = Path.home() / ".ray" / "auth_token"
        if token.stat().st_mode & 0o077:
            token.chmod(0o600)
