"""A server with the small application, as a process of its own: what signals do to it."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.limits import ServerLimits
from hive_resilience.runtime.server.process.serve import Serving, serve

from .server_kit import SmallApplication


@asynccontextmanager
async def opened() -> AsyncGenerator[SmallApplication]:
    yield SmallApplication()
    print("left", flush=True)


class Reloads:
    """The second of them finds a mistake."""

    count = 0

    async def __call__(self) -> None:
        self.count += 1
        if self.count == 2:
            raise ConfigurationError("a mistake")
        print("reloaded", flush=True)


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    limits = ServerLimits(drain=float(sys.argv[1]))
    serving = Serving(
        port=0, limits=limits, reload=Reloads(), announce=lambda urls: print(urls, flush=True)
    )
    serve(opened(), serving)


if __name__ == "__main__":
    main()
