"""The process of a worker: `serve` on the sockets of its supervisor."""

from __future__ import annotations

import sys

from ...server.workers.place import WorkerPlace
from .command import serve_fleet
from .options import ServeOptions

if __name__ == "__main__":
    place, options = sys.argv[1:]
    sys.exit(serve_fleet(ServeOptions.decoded(options), WorkerPlace.decoded(place)))
