"""`hive-resilience serve --workers`: from options to a supervisor, and to its workers."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ...server.workers.local_ray import LocalRay
from ...server.workers.meeting import short_folder
from .fleet import Fleet
from .options import ServeOptions

if TYPE_CHECKING:
    import socket

_WORKER = "hive_resilience.runtime.cli.serve.command"


def supervise(options: ServeOptions) -> int:
    """Run the workers until a signal says stop; the exit code.

    Raises `ConfigurationError`, `OSError`, and `LocalRayError` where Ray does not start.
    """
    from ...server.process.serve import Serving, opened_sockets
    from ...server.process.sockets import close

    fleet = Fleet(options)  # a mistake is told once, and not by each worker
    serving = Serving(host=options.host, port=options.port, has_keys=fleet.has_keys)
    sockets = opened_sockets(serving)
    # Other users of the machine cannot enter it.
    with tempfile.TemporaryDirectory(
        prefix="hive-", dir=short_folder(), ignore_cleanup_errors=True
    ) as folder:
        try:
            return asyncio.run(_supervise(options, fleet, sockets, Path(folder)))
        finally:
            close(sockets)


async def _supervise(
    options: ServeOptions, fleet: Fleet, sockets: list[socket.socket], folder: Path
) -> int:
    from ...server.process.sockets import url_of
    from ...server.workers.supervising import Supervisor, Workers

    urls = ", ".join(map(url_of, sockets))
    has_cluster = fleet.config.global_.cluster.address is not None
    workers = Workers(
        count=options.workers,
        command=lambda place: (sys.executable, "-m", _WORKER, place.encoded(), options.encoded()),
        drain=fleet.limits.drain,
        announce=lambda: print(fleet.told(urls, options.workers), flush=True),
    )
    ray = None if has_cluster else LocalRay(folder)
    return await Supervisor(workers, sockets, folder, ray).run()
