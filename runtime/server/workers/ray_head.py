"""The process of a Ray head that serves the workers of one server, and ends with its supervisor.

Its standard input is a pipe of the supervisor: when that closes, for whatever reason, this ends.
The head listens on the loopback interface, and keeps all of its files in a folder of its own, so
that no other program on the machine takes it for a cluster to join.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module
from typing import Any

HOST = "127.0.0.1"
"""Where the head listens."""

_GOODBYE = 3.0
"""Seconds for Ray to end its processes; then the system ends them with this one."""

_OBJECTS = 80_000_000
"""Bytes of shared memory, about the least that Ray takes; what is shared here travels inline."""


def arguments(port: int, folder: str) -> list[str]:
    """The command line of `ray` for the head."""
    return [
        *("start", "--head", "--block", f"--node-ip-address={HOST}", f"--port={port}"),
        *(f"--temp-dir={folder}", "--include-dashboard=false", "--disable-usage-stats"),
        *("--num-cpus=0", "--num-gpus=0", f"--object-store-memory={_OBJECTS}"),
        *("--dashboard-agent-listen-port=0", "--include-log-monitor=false"),
    ]


def main(port: int, folder: str) -> None:
    """Run the head until the standard input closes."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    # It would be a second way in, at a port that is the same for all heads of a machine.
    sys.modules.setdefault("grpc", None)  # type: ignore[arg-type]
    scripts: Any = import_module("ray.scripts.scripts")
    sys.argv = ["ray", *arguments(port, folder)]
    scripts.main()


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GOODBYE)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
