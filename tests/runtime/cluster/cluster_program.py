"""A cluster of Ray in a process of its own: no test imports Ray, or has its threads.

It says the head's address, does what each line of its input asks, and ends all of it with that.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any

from hive_resilience.runtime.cli.demo.cluster.nodes import QUICK, make_owner_on
from hive_resilience.runtime.cluster.place import NAMESPACE, Place

from .processes import adopt_orphans, descendants, end_descendants, kill_all, named

NODE: dict[str, Any] = {
    "num_cpus": 1,
    "include_log_monitor": False,
    "object_store_memory": 80_000_000,
}


class Program:
    """The cluster, and the nodes that were added to it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cluster: Any = import_module("ray.cluster_utils").Cluster()
        self._nodes: dict[str, Any] = {}

    def obey(self, words: list[str]) -> dict[str, Any]:
        """Do one thing; what there is to say of it."""
        match words:
            case ["head"]:
                head = {"include_dashboard": False, "no_monitor": True, "_system_config": QUICK}
                self._cluster.add_node(**NODE, **head, gcs_server_port=self._port)
                return {"address": self._cluster.address}
            case ["node", resource]:
                node = self._cluster.add_node(**NODE, resources={resource: 1})
                self._nodes[resource] = node
                return {"raylet": raylet_of(node)}
            case ["host", name, resource]:
                return {"owner": self._host(name, resource)}
            case ["kill-node", resource]:
                kill(self._nodes.pop(resource))
            case ["kill-head"]:
                kill(self._cluster.head_node)
                self._cluster.head_node = None
            case _:
                raise ValueError(f"{words} is nothing that this program does")
        return {"done": words}

    def _host(self, name: str, resource: str) -> str:
        """Make the owner of a fleet on this node, as its first peer would make it anywhere."""
        ray = import_module("ray")
        ray.init(address=self._cluster.address, namespace=NAMESPACE, log_to_driver=False)
        node, place = self._nodes[resource], Place(self._cluster.address, name)
        make_owner_on(node.node_id, place, lambda: bool(named(raylet_of(node), "ray::OwnerHost")))
        ray.shutdown()
        return name


def raylet_of(node: Any) -> int:
    """The process that is the parent of all workers of a node."""
    pid: int = node.all_processes["raylet"][0].process.pid
    return pid


def kill(node: Any) -> None:
    """As when its machine dies: all of its processes at once."""
    kill_all(descendants(raylet_of(node)))
    node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)


def main(port: int) -> None:
    adopt_orphans()
    program = Program(port)
    try:
        for line in sys.stdin:
            try:
                found = program.obey(line.split())
            except Exception as error:  # the test is to see it
                found = {"error": f"{line.strip()}: {error!r}"}
            print(json.dumps(found), flush=True)
    finally:
        end_descendants(os.getpid())
        os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
