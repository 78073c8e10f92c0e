"""Where the runtimes of this user offer themselves: sockets in a folder that is the user's alone.

A socket is `NAME.sock`. A name that a living process has is taken, and the next gets `NAME-2`.
What a process has left behind that ended without a goodbye is removed.
"""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

END = ".sock"
_LONGEST = 103 if sys.platform == "darwin" else 107
"""Bytes of a path that a Unix socket takes."""
_MOST = 100
"""Processes of one name."""
_KNOCK = 0.5
_LOCK_TRIES, _LOCK_PAUSE = 20, 0.01


class NotOfferedError(Exception):
    """There is no place for a socket; the message says why, and what to do."""


def folders(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where sockets may be, the preferred place first. A service may lack the first."""
    found = [Path(environ.get("HOME") or "~").expanduser() / ".hive-resilience"]
    given = environ.get("XDG_RUNTIME_DIR")
    if given and Path(given).is_absolute():
        found.insert(0, Path(given) / "hive-resilience")
    return tuple(found)


def claim(name: str, environ: Mapping[str, str] = os.environ) -> tuple[socket.socket, Path]:
    """A socket of this name that listens, and its path. Raises `NotOfferedError`."""
    if not hasattr(socket, "AF_UNIX"):
        raise NotOfferedError("this system has no Unix sockets")
    refusals: list[str] = []
    for folder in folders(environ):
        try:
            _make(folder)
            with _locked(folder):
                return _claim_in(folder, name)
        except NotOfferedError as error:
            refusals.append(str(error))
        except OSError as error:
            refusals.append(f"{folder}: {error.strerror or error}")
    raise NotOfferedError("; ".join(refusals))


def release(path: Path, number: int) -> None:
    """Remove a socket if it is the one with this number of a file; another may stand there now."""
    with suppress(OSError), _locked(path.parent):
        if path.lstat().st_ino == number:
            path.unlink()


def offered(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """The sockets at which a runtime listens; those of processes that are gone are removed."""
    found: list[Path] = []
    for folder in folders(environ):
        with suppress(NotOfferedError, OSError):
            _check(folder)
            with _locked(folder):
                found += [path for path in sorted(folder.glob(f"*{END}")) if _lives(path)]
    return found


def named(path: Path) -> str:
    """The name in the path of a socket."""
    return path.name.removesuffix(END)


def _claim_in(folder: Path, name: str) -> tuple[socket.socket, Path]:
    for number in range(1, _MOST + 1):
        path = folder / (name + ("" if number == 1 else f"-{number}") + END)
        length = len(os.fsencode(path))
        if length > _LONGEST:
            told = f"{path} is {length} bytes long, and the path of a socket {_LONGEST} at most"
            raise NotOfferedError(f"{told}: choose a shorter name or another XDG_RUNTIME_DIR")
        if not _lives(path):
            return _listening(path), path
    raise NotOfferedError(f"{folder}: {_MOST} processes have the name {name} already")


def _listening(path: Path) -> socket.socket:
    found = socket.socket(socket.AF_UNIX)
    try:
        found.setblocking(False)
        found.bind(str(path))
        path.chmod(0o600)
        found.listen()
    except BaseException:
        found.close()
        raise
    return found


def _lives(path: Path) -> bool:
    """Whether a process listens there; if none does, nothing stands there any more."""
    try:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(_KNOCK)
            knocking.connect(str(path))
    except FileNotFoundError:
        return False
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
        return False
    except OSError:  # it is busy, or not ours to say
        return True
    return True


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    _check(folder)


def _check(folder: Path) -> None:
    """Raises `NotOfferedError` for a folder that others may enter, and `OSError` without one."""
    found = folder.lstat()
    is_own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    if not is_own or stat.S_IMODE(found.st_mode) & 0o077:
        raise NotOfferedError(f"{folder} should be a folder of this user with the mode 0700")


@contextmanager
def _locked(folder: Path) -> Generator[None]:
    """Two processes do not look for a free name at once; one that is stopped stops no other."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        for _ in range(_LOCK_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_LOCK_PAUSE)
        yield
    finally:
        os.close(handle)
