"""Which processes and ports there are on this machine, without a library for it. Linux alone."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER of prctl(2)."""


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent has ended: none gets out of sight."""
    assert ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0) == 0


def descendants(pid: int) -> set[int]:
    """All processes below this one that live."""
    parents = {each: parent for each, parent in map(_identified, _listed()) if parent}
    found = {pid}
    while more := {each for each, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def named(pid: int, title: str) -> list[int]:
    """The descendants whose title begins like this."""
    return [each for each in descendants(pid) if title_of(each).startswith(title)]


def title_of(pid: int) -> str:
    """What it is called; Ray's workers say what they do."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def is_there(pid: int) -> bool:
    """Whether there is a process of this id, other than one that only waits for its burial."""
    return _identified(pid)[1] != 0


def kill_all(pids: set[int]) -> None:
    """All at once, as when their machine dies."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end_descendants(pid: int) -> None:
    """Kill all processes below this one, and those that they start meanwhile."""
    eventually(lambda: not _killed(pid))


def _killed(pid: int) -> set[int]:
    found = descendants(pid)
    kill_all(found)
    return found


def listening(pids: set[int]) -> set[str]:
    """The TCP addresses at which these processes listen."""
    sockets = {link for pid in pids for link in _links(pid)}
    return {row[1] for row in _rows() if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def are_free(addresses: set[str]) -> bool:
    """Whether nothing listens there any more."""
    return not addresses & {row[1] for row in _rows() if row[3] == "0A"}


def eventually(holds: Callable[[], Any], limit: float = 60.0) -> Any:
    """What `holds` answers once that is true. Raises `AssertionError` after `limit` seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"this did not come true within {limit:g} s: {holds}")


def _rows() -> list[list[str]]:
    tables = [Path("/proc/net", name) for name in ("tcp", "tcp6")]
    lines = [path.read_text("ascii").splitlines()[1:] for path in tables if path.exists()]
    return [line.split() for line in chain.from_iterable(lines)]


def _links(pid: int) -> Iterator[str]:
    """What the descriptors of a process are."""
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield str(descriptor.readlink())


def _listed() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _identified(pid: int) -> tuple[int, int]:
    """The process and its parent; 0 for one that has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return pid, 0
    return pid, 0 if state == "Z" else int(parent)
