"""The files of a folder: names, which process has which, and what is wrong with one."""

from __future__ import annotations

import logging
import os
import re
import socket
import sqlite3
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path

from ....config.errors import ConfigurationError
from ....config.values.log_fields import log_event

SLOTS = 64
"""Processes without a name that may share a folder."""
SIDES = ("-wal", "-shm", "-journal")
"""What SQLite puts beside a file."""
_NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "9p", "ceph", "lustre", "gpfs"),
        *("beegfs", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone"),
        *("ocfs2", "gfs2", "virtiofs", "panfs", "orangefs", "pvfs2"),
    }
)
"""Kinds of file systems on which WAL does not work."""


FIRST_RETRY, LAST_RETRY = 5.0, 300.0
_CORRUPT = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

log: logging.Logger = logging.getLogger(__name__)


class VanishedError(Exception):
    """The file is not there any more, or is another one."""


class LockedError(Exception):
    """Another process, or another runtime of this one, writes this file."""


class FileLock:
    """A lock beside a file; it ends with its process, however that ends."""

    def __init__(self, path: Path) -> None:
        self.path: Path = path
        self._file: int | None = None

    def acquire(self) -> None:
        """Raises `LockedError` where it is taken, with the process that has it, and `OSError`."""
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _lock(file):
                raise LockedError(_holder(file))
            os.ftruncate(file, 0)
            os.write(file, str(os.getpid()).encode())
        except BaseException:
            os.close(file)
            raise
        self._file = file
        _held.add(self)

    def release(self) -> None:
        """Let another process have it."""
        _held.discard(self)
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):
                os.close(file)

    def left_behind(self) -> None:
        """This is a forked process: the lock is the parent's, and must not outlive it here."""
        self.release()


_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _in_child() -> None:
    for lock in tuple(_held):
        lock.left_behind()


if hasattr(os, "register_at_fork"):  # not on Windows, which has no fork
    os.register_at_fork(after_in_child=_in_child)


def _holder(file: int) -> str:
    with suppress(OSError, ValueError):
        return f"process {int(os.pread(file, 20, 0))}"
    return "another process"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            # Not `lockf`: two runtimes of one process have to keep each other out, too.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def claim(folder: Path, name: str | None) -> tuple[Path, FileLock]:
    """The file of this process in a folder, and its lock; a process without a name gets a number.

    Raises `ConfigurationError` where another process has the file of this name, and `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    holder, names = "", [name] if name is not None else map(str, range(1, SLOTS + 1))
    for path in (folder / f"history-{_host()}-{one}.db" for one in names):
        lock = FileLock(path.with_name(path.name + ".lock"))
        try:
            lock.acquire()
        except LockedError as error:
            holder = str(error)
            continue
        return path, lock
    if name is None:
        told = f"{SLOTS} processes write into {folder} already; give this one another folder"
    else:
        told = (
            f"{holder} writes the history {name!r} in {folder} already; give each process a name "
            "of its own"
        )
    raise ConfigurationError(told, key="history.name")


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:64] or "host"


def set_aside(path: Path) -> Path:
    """Rename a file that is malformed, and what belongs to it; the new name."""
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    number = 1
    while aside.exists():
        number += 1
        aside = aside.with_name(f"{aside.name.partition('Z')[0]}Z-{number}")
    for side in ("", *SIDES):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{side}", f"{aside}{side}")
    return aside


def on_network(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> bool:
    """Whether a folder is on a network drive, as far as the system tells."""
    with suppress(OSError, ValueError):
        device = folder.stat().st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        for line in mounts.read_text("utf-8", "replace").splitlines():
            before, _, after = line.partition(" - ")
            if before.split(" ")[2] == wanted:
                return after.split(" ")[0] in _NETWORK
    return False


def databases(place: Path) -> list[Path]:
    """The files to read: one, or all of a folder. Raises `FileNotFoundError` for none."""
    found = sorted(place.glob("history-*.db")) if place.is_dir() else [place]
    if not found or not found[0].is_file():
        what = "no history-*.db in it" if place.is_dir() else "no such file or folder"
        raise FileNotFoundError(f"{place}: {what}")
    return found


# What is wrong with a disk or a file, and what follows from it.


def retry_delay(failures: int) -> float:
    """Seconds until the next try, after so many failures in a row.

    >>> [retry_delay(failures) for failures in (1, 2, 3, 7, 100)]
    [5.0, 10.0, 20.0, 300.0, 300.0]
    """
    return min(LAST_RETRY, FIRST_RETRY * 2.0 ** min(failures - 1, 10))


def rename_malformed(path: Path) -> None:
    """Set a malformed file aside, and say so in the log."""
    aside = set_aside(path)
    log.warning(
        "the history was malformed, and is %s now; a new one begins",
        aside.name,
        extra=log_event("history.malformed", file=aside.name),
    )


def is_malformed(error: Exception) -> bool:
    """Whether the file is no sound database."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _CORRUPT


def word_of(error: Exception) -> str:
    """A word for what is wrong: SQLite's, or that of the system. No text of an error."""
    if isinstance(error, VanishedError):
        return "vanished"
    name = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
    return str(name) if name else type(error).__name__
