"""Clusters of Ray for tests, which end by the ids of their processes and leave none behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

MARK = "HIVE_TEST_CLUSTER"
"""A variable that all processes of a cluster inherit, so that they can be found."""

PROGRAM = Path(__file__).with_name("cluster_program.py")


class Cluster:
    """A cluster in a process of its own, which does as it is told."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self._process = process
        self.port = port
        self.address: str = self._heard()["address"]

    def ask(self, *words: str) -> dict[str, Any]:
        """Let it do one thing; returns when that is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        """The next line of its output that is not Ray's."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValueError):
                found: dict[str, Any] = json.loads(line)
                return found
        raise AssertionError("the cluster has not started, or has ended")


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """A head with one node, and a token of its own. All its processes and ports are gone after."""
    if find_spec("ray") is None:
        pytest.skip("needs Ray: make test-ray")
    mark, port, before = f"{os.getpid()}-{time.monotonic_ns()}", _free_port(), listening()
    variables = {
        MARK: mark,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "a-token-of-this-test-alone-" + "0" * 16,
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    kept = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    process = subprocess.Popen(
        (sys.executable, PROGRAM, str(port)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        with process:
            yield Cluster(process, port)
    finally:
        end_all(mark)
        for name, value in kept.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
    eventually(lambda: not listening() - before)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def end_all(mark: str) -> None:
    """Kill what is left of a cluster: a head that was killed leaves agents behind for minutes."""
    for pid in marked(mark):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    eventually(lambda: not marked(mark))


def marked(mark: str) -> list[int]:
    """The processes of a cluster, but for this one."""
    return [pid for pid in _processes() if pid != os.getpid() and _has(pid, mark)]


def eventually(holds: Callable[[], Any], limit: float = 30.0) -> Any:
    """What `holds` answers once that is true. Raises `AssertionError` after `limit` seconds."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"this did not come true within {limit:g} s: {holds}")


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in listed.split()]


def listening() -> set[str]:
    """The TCP addresses of this machine at which something listens."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in _table(name)]
    return {row[1] for row in rows if row[3] == "0A"}


def _table(name: str) -> list[str]:
    path = Path("/proc/net", name)
    return path.read_text("ascii").splitlines()[1:] if path.exists() else []


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _has(pid: int, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it has ended, or is not ours
        return False


def is_there(pid: int) -> bool:
    """Whether there is a process of this id, other than one that only waits for its burial."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
