"""What the machine allows: open files, threads, folders, a port."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ....config.loading.executors import has_a_caller
from ....config.settings.runtime import RuntimeConfig
from ...observability.live.place import folders
from ...server.process.file_limit import RESERVED
from .finding import Finding, mend, note, well
from .leaves import enabled_models

FILES, THREADS, FOLDER, PORT = "open files", "threads", "folder", "port"
_HERE = "this process"
_SPARE_THREADS = 32
_MOST_TASKS = "/sys/fs/cgroup/pids.max"


def check_machine(config: RuntimeConfig) -> Iterator[Finding]:
    """Limits and folders, as far as these settings need them."""
    files, threads = limit_of("RLIMIT_NOFILE"), limit_of("RLIMIT_NPROC")
    if files is not None:
        yield told_of_files(files_needed(config), *files)
    if threads is not None:
        yield told_of_threads(threads_needed(config), _fewest(threads[0], _tasks_of_the_group()))
    history = config.global_.history
    if history.folder is not None:
        yield told_of_folder("global.history.folder", Path(history.folder), history.max_bytes)
    if config.global_.top is not None:
        yield told_of_folder("global.top", folders()[0], 0)


def limit_of(name: str) -> tuple[int | None, int | None] | None:
    """The soft and the hard limit, None for one without end; None: the system has no such limit."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    kind = getattr(resource, name, None)
    if kind is None:
        return None
    soft, hard = resource.getrlimit(kind)
    endless = resource.RLIM_INFINITY
    return None if soft == endless else soft, None if hard == endless else hard


def files_needed(config: RuntimeConfig) -> int:
    """Open files of a fleet whose models are all full."""
    places = sum(m.bulkhead.max_concurrent for m in enabled_models(config) if has_a_caller(m))
    return RESERVED + min(places, config.global_.max_concurrent_requests)


def threads_needed(config: RuntimeConfig) -> int:
    """Threads of a fleet whose models of Python's functions are all full, if these block."""
    given = (m for m in enabled_models(config) if not has_a_caller(m))
    return _SPARE_THREADS + sum(model.bulkhead.max_concurrent for model in given)


def told_of_files(needed: int, soft: int | None, hard: int | None) -> Finding:
    """Whether so many files may be open at once."""
    if soft is None or soft >= needed:
        shown = "no limit" if soft is None else f"{soft:,}"
        return well(FILES, _HERE, f"{shown} allowed, {needed:,} needed with all models full")
    told = f"{soft:,} allowed, {needed:,} needed with all models full"
    if hard is None or hard >= needed:
        advice = f"`serve` raises it by itself; for another program: ulimit -n {needed}"
        return note(FILES, _HERE, told, advice)
    advice = f"raise the hard limit ({hard:,}), or lower bulkhead.max_concurrent"
    return mend(FILES, _HERE, told, advice)


def told_of_threads(needed: int, allowed: int | None) -> Finding:
    """Whether there may be so many threads."""
    if allowed is None or allowed >= needed:
        shown = "no limit" if allowed is None else f"{allowed:,}"
        return well(THREADS, _HERE, f"{shown} allowed, {needed:,} needed at most")
    told = f"{allowed:,} allowed, {needed:,} needed if functions block and all models are full"
    return mend(THREADS, _HERE, told, "raise the limit (ulimit -u, pids of the container)")


def told_of_folder(key: str, folder: Path, bytes_needed: int) -> Finding:
    """Whether files can be written there, or the folder can be made."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    advice = "name another folder, or give the program's user the right to write there"
    if not there.is_dir():
        return mend(FOLDER, key, f"{there} is no folder", advice)
    try:
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        return mend(FOLDER, key, f"{there}: {error.strerror or error}", advice)
    told = f"{folder} can be {'written' if there == folder else 'made'}"
    if free < bytes_needed:
        more = f"{told}, but {free // 1_000_000:,} MB are free of {bytes_needed // 1_000_000:,}"
        return note(FOLDER, key, more, "make room, or lower history.max_bytes")
    return well(FOLDER, key, told)


def told_of_port(host: str, port: int, *, asked_for: bool) -> Finding:
    """Whether `serve` can listen there."""
    about = f"{host}:{port}"
    advice = "another one: --host, --port; or end what listens there"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as tried:
            if os.name == "posix":
                # As the server does: what has just ended does not count.
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(found[0][4])
            tried.listen()
    except (OSError, UnicodeError) as error:
        told = f"cannot be had: {getattr(error, 'strerror', None) or 'it is no name'}"
        return (mend if asked_for else note)(PORT, about, told, advice)
    return well(PORT, about, "free for `serve`")


def _tasks_of_the_group() -> int | None:
    """How many threads the container allows; None: it does not say."""
    try:
        told = Path(_MOST_TASKS).read_text("ascii").strip()
    except (OSError, UnicodeError):
        return None
    return int(told) if told.isdigit() else None


def _fewest(*limits: int | None) -> int | None:
    return min((one for one in limits if one is not None), default=None)
