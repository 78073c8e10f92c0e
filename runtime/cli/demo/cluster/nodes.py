"""Nodes of Ray on this machine, in a process of their own: the demonstration is not on Ray itself.

    python -m hive_resilience.runtime.cli.demo.cluster.nodes NAME NODES MAKER

It says as a line of JSON where the cluster is, and answers each line of its input with one:

- `owner`: the process and the node of the fleet's owner, where there is one
- `kill-owner`: SIGKILL to that process
- `kill-node`: SIGKILL to every process of that node

When its input ends it kills all that it has started.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any, NamedTuple, TextIO

from ....cluster.place import NAMESPACE, Place, ray_module
from ....cluster.ray_owner import OwnerHost, owner_of
from .processes import descendants, kill, title

QUICK = {
    "health_check_initial_delay_ms": 500,
    "health_check_period_ms": 500,
    "health_check_timeout_ms": 1000,
    "health_check_failure_threshold": 3,
}
"""A node that is gone is noticed within seconds; Ray's own defaults take a quarter of a minute."""
_NODE: dict[str, Any] = {
    "num_cpus": 1,
    "include_log_monitor": False,
    "object_store_memory": 80_000_000,
}
_START = 60.0
_TITLE = f"ray::{OwnerHost.__name__}"


class _Owner(NamedTuple):
    pid: int
    node: int


class Nodes:
    """The first one is the head, whose end is the end of the cluster."""

    def __init__(self, place: Place, count: int) -> None:
        self._cluster: Any = import_module("ray.cluster_utils").Cluster()
        head = {
            "include_dashboard": False,
            "_system_config": QUICK,
            "gcs_server_port": _free_port(),
        }
        self._nodes = [self._cluster.add_node(**_NODE, **head)]
        self._nodes += [self._cluster.add_node(**_NODE) for _ in range(count - 1)]
        self._make_owner(replace(place, address=self.address))

    @property
    def address(self) -> str:
        """Where the processes of the application join."""
        return str(self._cluster.address)

    def do(self, what: str) -> dict[str, Any]:
        """One thing that is asked; the owner that it was done to."""
        owner = self._owner()
        if owner is None:
            return {"pid": None, "node": None}
        if what == "kill-owner":
            kill([owner.pid])
        elif what == "kill-node":
            self._kill(owner.node)
        return owner._asdict()

    def _owner(self) -> _Owner | None:
        for number, node in enumerate(self._nodes):
            if node is None:
                continue
            for pid in descendants(_pids(node, "raylet")[0]):
                if title(pid).startswith(_TITLE):
                    return _Owner(pid, number)
        return None

    def _kill(self, number: int) -> None:
        node, self._nodes[number] = self._nodes[number], None
        pids = [pid for kind in node.all_processes for pid in _pids(node, kind)]
        kill([*pids, *(below for pid in pids for below in descendants(pid))])
        node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)

    def _make_owner(self, place: Place) -> None:
        """On the last node; Ray takes another one when that is gone."""
        last = len(self._nodes) - 1
        ray = ray_module()
        ray.init(address=place.address, namespace=NAMESPACE, log_to_driver=False)
        make_owner_on(self._nodes[last].node_id, place, self._is_on(last))
        ray.shutdown()

    def _is_on(self, number: int) -> Callable[[], bool]:
        def is_there() -> bool:
            owner = self._owner()
            return owner is not None and owner.node == number

        return is_there


def make_owner_on(node_id: str, place: Place, is_there: Callable[[], bool]) -> None:
    """Make the owner of a fleet on this node, with Ray joined.

    The node is a wish, so that another one is taken when it is gone. Ray takes another one at
    times while it is there: then the owner is made again.
    """
    ray = ray_module()
    wish = import_module("ray.util.scheduling_strategies").NodeAffinitySchedulingStrategy
    until = time.monotonic() + _START
    while time.monotonic() < until:
        owner = owner_of(place, scheduling_strategy=wish(node_id, soft=True))
        with suppress(ray.exceptions.RayError):
            ray.get(owner.__ray_ready__.remote(), timeout=_START)
            if is_there():
                return
            ray.kill(owner)
        time.sleep(0.2)


def _pids(node: Any, kind: str) -> list[int]:
    return [started.process.pid for started in node.all_processes[kind]]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def main(place: Place, count: int) -> None:
    """Do as the input says, until it ends."""
    out = _own_output()
    try:
        nodes = Nodes(place, count)
        _say(out, address=nodes.address)
        for line in sys.stdin:
            _say(out, **nodes.do(line.strip()))
    finally:
        kill(descendants(os.getpid()))


def _own_output() -> TextIO:
    """Where this program speaks; Ray writes into the standard output what it likes."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _say(out: TextIO, **what: Any) -> None:
    print(json.dumps(what), file=out, flush=True)


if __name__ == "__main__":
    main(Place("", sys.argv[1], maker=sys.argv[3]), int(sys.argv[2]))
