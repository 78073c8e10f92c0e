"""The first row once more, with processes and sockets: the server of a model is killed."""

from __future__ import annotations

import asyncio

from hive_resilience import ModelConfig, Runtime
from hive_resilience.runtime.cli.demo.servers import Servers, ServerSpec, ServerStartError

from .trial import Load, Seen

_RATE = 20.0
_DELAY = 0.12
_TRIES = 20


async def over_sockets(quick: bool) -> Seen:
    """Three servers of the demonstration with default settings; the first is killed for a while."""
    before, fault, after = (2.0, 3.0, 3.0) if quick else (15.0, 20.0, 40.0)
    specs = tuple(ServerSpec(f"m{n}", order=2, delay=_DELAY, pause=0.01) for n in range(3))
    async with Servers(specs) as servers:
        configs = [ModelConfig(id=one.name, endpoint=servers.url(one.name)) for one in specs]
        async with Runtime(models=configs) as runtime:
            load = Load(runtime, _RATE, is_stream=False)
            work = asyncio.create_task(load.run())
            clock = asyncio.get_running_loop().time
            await asyncio.sleep(before)
            await servers.kill("m0")
            began = clock()
            await asyncio.sleep(fault)
            await _revived(servers)
            cleared = clock()
            await asyncio.sleep(after)
            work.cancel()
            done = await load.end()
    return Seen(tuple(done), began, cleared)


async def _revived(servers: Servers) -> None:
    """A client that asks a port where nothing listens may hold that very port for a moment."""
    for left in reversed(range(_TRIES)):
        try:
            return await servers.revive("m0")
        except ServerStartError:
            if not left:
                raise
            await asyncio.sleep(0.25)
    return None
