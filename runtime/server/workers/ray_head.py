"""The process of a Ray head that serves the workers of one server, and ends with its supervisor.

Its standard input is a pipe of the supervisor: when that closes, for whatever reason, this ends,
and takes the folder of the supervisor along. The head listens on the loopback interface, and keeps
all of its files in that folder, so that no other program takes it for a cluster to join.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
"""Where the head listens."""

_OBJECTS = 80_000_000
"""Bytes of shared memory, about the least that Ray takes; what is shared here travels inline."""


def arguments(port: int, folder: str) -> list[str]:
    """The command line of `ray` for the head."""
    return [
        *("start", "--head", "--block", f"--node-ip-address={HOST}", f"--port={port}"),
        # Ray lets all users of the machine into this one; they do not reach it.
        *(f"--temp-dir={folder}/ray", "--include-dashboard=false", "--disable-usage-stats"),
        *("--num-cpus=0", "--num-gpus=0", f"--object-store-memory={_OBJECTS}"),
        *("--dashboard-agent-listen-port=0", "--include-log-monitor=false"),
    ]


def main(port: int, folder: str) -> None:
    """Run the head until the standard input closes."""
    threading.Thread(target=_end_with_input, args=(folder,), daemon=True).start()
    # It would be a second way in, at a port that is the same for all heads of a machine.
    sys.modules.setdefault("grpc", None)  # type: ignore[arg-type]
    scripts: Any = import_module("ray.scripts.scripts")
    sys.argv = ["ray", *arguments(port, folder)]
    scripts.main()


def kill_session(leader: int) -> None:
    """Kill all processes that a head has started: it keeps nothing that is worth a farewell.

    Ray's own farewell takes more than 3 s, and a head that was killed leaves agents behind for
    minutes. Where the processes of a session cannot be listed only its group is killed.
    """
    processes = Path("/proc")
    for path in processes.iterdir() if processes.exists() else ():
        with suppress(ValueError, ProcessLookupError):
            pid = int(path.name)
            if pid != leader and os.getsid(pid) == leader:
                os.kill(pid, signal.SIGKILL)
    if leader != os.getpid():
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)


def _end_with_input(folder: str) -> None:
    while os.read(0, 1024):
        pass
    kill_session(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
