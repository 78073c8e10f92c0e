"""The processes of a demonstration, by the kernel's own list: all that it has started ends with it.

Ray's processes outlive those that have started them, some for minutes. They inherit a variable.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MARK = "HIVE_RESILIENCE_DEMO"
"""The variable that all processes of one demonstration inherit."""

PROC = Path("/proc")
_LIMIT = 10.0
_LOOK = 0.02


def end_all(mark: str) -> bool:
    """Kill all processes with this mark but the own; whether they are gone within 10 s."""
    until = time.monotonic() + _LIMIT
    while left := marked(mark):
        kill(left)
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK)
    return True


def kill(pids: Iterable[int]) -> None:
    """SIGKILL to all of them that are there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def marked(mark: str, variable: str = MARK) -> list[int]:
    """The processes with this mark, without the own and without those that have ended."""
    entry = f"{variable}={mark}".encode()
    return [pid for pid in _all() if pid != os.getpid() and _has(pid, entry)]


def descendants(pid: int) -> list[int]:
    """The processes that this one has started, and those that they have started."""
    parents = {each: _parent(each) for each in _all()}
    found = [pid]
    for parent in found:  # it grows
        found.extend(each for each, of in parents.items() if of == parent)
    return found[1:]


def title(pid: int) -> str:
    """What it calls itself; nothing where it is gone."""
    try:
        return Path(PROC, str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _all() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        return int(Path(PROC, str(pid), "stat").read_text("ascii").rpartition(")")[2].split()[1])
    except (OSError, UnicodeDecodeError, IndexError):
        return None


def _has(pid: int, entry: bytes) -> bool:
    """A process that has ended, and waits for its burial, has no variables any more."""
    try:
        variables = Path(PROC, str(pid), "environ").read_bytes()
    except OSError:  # it has ended, or is not ours
        return False
    return entry in variables.split(b"\0")
