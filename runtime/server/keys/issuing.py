"""New keys, and the end of old ones: changes of the file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ....config.errors import ConfigurationError
from .entry import KeyEntry
from .file import MOST_OF_ONE_ID, locked, read_entries, write_entries


def add(path: Path, entry: KeyEntry, *, wall_now: datetime | None = None) -> None:
    """Add a key to the file, which is made where there is none.

    An expired key of the same id makes room. Raises `ConfigurationError` for a file with mistakes
    and where the id has two keys already, and `OSError`.
    """
    wall_now = wall_now or datetime.now(UTC)
    with locked(path):
        entries = read_entries(path) if path.exists() else ()
        kept = [one for one in entries if one.id != entry.id or _lives(one, wall_now)]
        if sum(one.id == entry.id for one in kept) >= MOST_OF_ONE_ID:
            raise ConfigurationError(
                f"{entry.id} has {MOST_OF_ONE_ID} keys: revoke one of them first, with --digest"
            )
        write_entries(path, [*kept, entry])


def revoke(path: Path, id: str, *, digest: str = "") -> Sequence[KeyEntry]:
    """Take the keys of an id out of the file, or that one whose digest begins with `digest`.

    The answer has what went. Raises `ConfigurationError` where nothing fits, or more than one
    digest, and `OSError`.
    """
    with locked(path):
        entries = read_entries(path)
        gone = [one for one in entries if one.id == id and one.sha256.startswith(digest.lower())]
        if not gone:
            raise ConfigurationError(f"{path.name}: there is no such key of {id}")
        if digest and len(gone) > 1:
            raise ConfigurationError(f"two keys of {id} begin like this: write more of the digest")
        write_entries(path, [one for one in entries if one not in gone])
    return gone


def _lives(entry: KeyEntry, wall_now: datetime) -> bool:
    return entry.expires is None or entry.expires > wall_now
