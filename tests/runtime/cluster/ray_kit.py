"""Clusters of Ray for tests, which end by the ids of their processes and leave none behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

QUICK = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 3,
}
"""A node that is gone is noticed within seconds; Ray's own defaults take a quarter of a minute."""

NODE: dict[str, Any] = {
    "num_cpus": 1,
    "include_dashboard": False,
    "include_log_monitor": False,
    "object_store_memory": 80_000_000,
}
MARK = "HIVE_TEST_CLUSTER"
"""A variable that all processes of a cluster inherit, so that they can be found."""


@contextmanager
def a_cluster(monkeypatch: Any, **head: Any) -> Iterator[Any]:
    """A head with one node, and a token of its own; all its processes are gone at the end."""
    from ray.cluster_utils import Cluster

    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", "a-token-of-this-test-alone-" + "0" * 16)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = None
    try:
        cluster = Cluster(
            initialize_head=True, head_node_args={**NODE, "_system_config": QUICK, **head}
        )
        yield cluster
    finally:
        if cluster is not None:
            cluster.shutdown()
        end_all(mark)


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
