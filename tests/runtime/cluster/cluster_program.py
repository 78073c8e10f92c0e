"""A cluster of Ray in a process of its own: no test imports Ray, or has its threads.

It says the head's address, does what each line of its input asks, and ends all of it with that.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
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
    "include_log_monitor": False,
    "object_store_memory": 80_000_000,
}


def main(port: int) -> None:
    cluster: Any = import_module("ray.cluster_utils").Cluster()
    add_head(cluster, port)
    for line in sys.stdin:
        match line.split():
            case ["head"]:
                add_head(cluster, port)
            case ["node", *resources]:
                given = dict.fromkeys(resources, 1)
                node = cluster.add_node(**NODE, resources=given)
                tell(node=node.node_id)
            case ["kill-head"]:
                kill(cluster.head_node)
                cluster.head_node = None
                tell(killed=True)
            case other:
                raise ValueError(f"{other} is nothing that this program does")


def add_head(cluster: Any, port: int) -> None:
    head = {"include_dashboard": False, "_system_config": QUICK, "gcs_server_port": port}
    cluster.add_node(**NODE, **head)
    tell(address=cluster.address)


def kill(node: Any) -> None:
    node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
