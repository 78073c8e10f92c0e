"""Where workers meet that are started by a program of others: a folder that all of them can name.

What they have in common is the process that has started them, and what they serve.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

VARIABLE = "HIVE_RESILIENCE_WORKERS"
"""Any word that workers have in common which have no parent in common."""
_LONGEST = 24
"""Characters: a socket's path has 107 at most, of which Ray's own names take 80."""


@dataclass(frozen=True, slots=True)
class Manager:
    """The process that starts workers. `began` tells it from a later one of the same id."""

    pid: int
    began: str

    @classmethod
    def of(cls, pid: int) -> Manager:
        """The process of this id."""
        return cls(pid, _began(pid))

    @property
    def is_there(self) -> bool:
        """Whether it has not ended yet."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # another user's, as where workers give up the rights of root
            pass
        return _began(self.pid) == self.began


@dataclass(frozen=True, slots=True)
class Meeting:
    """A folder of mode 0700. `manager` None: the workers have no parent in common."""

    folder: Path
    manager: Manager | None

    @classmethod
    def of(cls, subject: str, environ: Mapping[str, str]) -> Meeting:
        """Where the workers meet that serve this `subject`."""
        if (word := environ.get(VARIABLE)) is not None:
            return cls(_folder(VARIABLE, word, subject), None)
        manager = Manager.of(os.getppid())
        # A process that a shell or an init has started by itself is a group of its own.
        group = os.getpgid(0)
        return cls(_folder(str(manager.pid), manager.began, str(group), subject), manager)

    @property
    def hub(self) -> Path:
        """The socket of the desk."""
        return self.folder / "hub"

    @property
    def holds(self) -> Path:
        """What a desk leaves to the next one."""
        return self.folder / "holds"

    def make(self) -> None:
        """Make the folder, unless it is there. Raises `PermissionError` for one of another user."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        found = self.folder.lstat()
        if not S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{self.folder} is not a folder of this user alone")

    def lock(self, name: str) -> int | None:
        """A descriptor by which this process alone has the name; None: another one has it.

        It ends with the process or by `os.close`. Raises `PermissionError`.
        """
        import fcntl  # not everywhere

        self.make()
        path = self.folder / name
        with suppress(FileNotFoundError):  # the desk has just ended, and the folder with it
            found = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            with suppress(BlockingIOError, FileNotFoundError):
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if path.stat().st_ino == os.fstat(found).st_ino:
                    return found
            os.close(found)
        return None

    def is_locked(self, name: str) -> bool:
        """Whether any process has the name. Raises `PermissionError`."""
        if (found := self.lock(name)) is None:
            return True
        os.close(found)
        return False

    def is_mine(self, name: str, descriptor: int) -> bool:
        """Whether a lock still stands for its name: the folder may be another one meanwhile."""
        with suppress(FileNotFoundError):
            return (self.folder / name).stat().st_ino == os.fstat(descriptor).st_ino
        return False

    def number(self) -> tuple[int, int]:
        """The lowest number that no worker has, and the lock on it. Raises `PermissionError`.

        It is no word of the desk, since a worker keeps it over the end of one.
        """
        for number in itertools.count(1):
            if (found := self.lock(name_of(number))) is not None:
                return number, found
        raise AssertionError("there is no end to numbers")


def name_of(number: int) -> str:
    """The name of a worker's lock."""
    return f"worker-{number}"


def short_folder() -> str:
    """The folder for temporary files, unless no Unix socket of Ray could be in it."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST else "/tmp"


def _folder(*words: str) -> Path:
    told = "\0".join((str(os.geteuid()), *words)).encode()
    name = base64.b32encode(hashlib.blake2s(told, digest_size=5).digest()).decode().lower()
    return Path(short_folder(), f"hive-{name}")


def _began(pid: int) -> str:
    """When a process has begun, in ticks of the system.

    An empty text after its end, and where the system has no such file.
    """
    with suppress(OSError):
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if found[0] == "Z" else found[19]  # it may wait for its burial
    return ""
