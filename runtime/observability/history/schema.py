"""The tables of a file, and how a connection is set up. Order matters: see `prepare`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from .sums import COUNTS, LAST, MOST, SKETCHES

APPLICATION_ID = 0x48495645
"""In the head of the file, so that another program's database is not taken for ours."""
COLUMNS = ("t", "model", *COUNTS, *MOST, *LAST, "details", *SKETCHES)
_TYPES = {
    **dict.fromkeys(COUNTS, "INTEGER NOT NULL DEFAULT 0"),
    "cost": "REAL NOT NULL DEFAULT 0",
    **dict.fromkeys(MOST, "INTEGER NOT NULL DEFAULT 0"),
    "limit": "INTEGER",
    "status": "TEXT",
    "breaker": "TEXT",
    "details": "TEXT",
    **dict.fromkeys(SKETCHES, "BLOB"),
}
_SERIES = ",\n".join(f'  "{name}" {kind}' for name, kind in _TYPES.items())
_TIERS = "".join(
    f"""
CREATE TABLE {tier} (
  t INTEGER NOT NULL,
  model TEXT NOT NULL,
{_SERIES},
  PRIMARY KEY (t, model)
) STRICT, WITHOUT ROWID;
"""
    for tier in ("minutes", "hours")
)
_FIRST = f"""{_TIERS}
CREATE TABLE hours_due (t INTEGER PRIMARY KEY) STRICT;
CREATE TABLE events (
  id INTEGER PRIMARY KEY, t INTEGER NOT NULL, event TEXT NOT NULL, model TEXT, fields TEXT NOT NULL
) STRICT;
CREATE INDEX events_t ON events (t);
CREATE TABLE audit (
  id INTEGER PRIMARY KEY, t INTEGER NOT NULL, action TEXT NOT NULL, target TEXT, "by" TEXT NOT NULL,
  reason TEXT NOT NULL, before TEXT, after TEXT, automatic INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_t ON audit (t);
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY, t INTEGER NOT NULL, change TEXT NOT NULL, condition TEXT NOT NULL,
  severity TEXT NOT NULL, model TEXT, message TEXT NOT NULL, since INTEGER NOT NULL, rule TEXT,
  labels TEXT NOT NULL, fingerprint TEXT
) STRICT;
CREATE INDEX alerts_t ON alerts (t);
CREATE TABLE gaps (
  id INTEGER PRIMARY KEY, t INTEGER NOT NULL, until INTEGER NOT NULL, reason TEXT NOT NULL,
  dropped INTEGER NOT NULL
) STRICT;
CREATE INDEX gaps_t ON gaps (t);
"""
_MEMORY = """
CREATE TABLE remembered (key TEXT PRIMARY KEY, t INTEGER NOT NULL, row TEXT) STRICT, WITHOUT ROWID;
"""
MIGRATIONS: Sequence[str] = (_FIRST, _MEMORY)
"""From each version to the next; `user_version` is how many of them a file has had."""

_BUSY_MS = 2_000
_WAL_BYTES = 16 * 1024 * 1024


class OtherFileError(sqlite3.DatabaseError):
    """The file is a database of another program, or of a later version of this one."""


def connect(path: Path, *, network: bool) -> sqlite3.Connection:
    """The one connection that writes, ready. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, network=network)
        migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that never writes, and so never checkpoints. Raises `sqlite3.Error`."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, *, network: bool) -> None:
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    # Before the journal: in WAL mode it would be ignored without a word.
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    # WAL needs memory that processes share, which a network drive does not have.
    connection.execute(f"PRAGMA journal_mode = {'DELETE' if network else 'WAL'}")
    connection.execute(f"PRAGMA synchronous = {'FULL' if network else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 1000")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
    connection.execute("PRAGMA mmap_size = 0")


def migrate(connection: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring the tables to the newest version, each step whole or not at all."""
    version = check(connection, len(migrations))
    for number, script in enumerate(migrations[version:], version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{script}\n"
            f"PRAGMA user_version = {number};\nPRAGMA application_id = {APPLICATION_ID};\nCOMMIT;"
        )


def check(connection: sqlite3.Connection, newest: int = len(MIGRATIONS)) -> int:
    """The version of the tables. Raises `OtherFileError` for a file that is not for us."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    owner: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and owner != APPLICATION_ID:
        raise OtherFileError("it is the database of another program")
    if version > newest:
        raise OtherFileError(
            f"a later version has written it (tables {version}; this one knows {newest})"
        )
    return version
