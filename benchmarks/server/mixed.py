"""Many requests of all kinds: answered, failed, left by their client. Memory stays flat."""

from __future__ import annotations

import asyncio
import random

from .client import Connection, connected, request, resident_mib
from .gateways import Gateway

_BODY = b'{"model":"%b","messages":[{"role":"user","content":"Hi"}]}'
_STREAM = b'{"model":"one","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
_AT_ONCE = 32


async def growth_mib(gateway: Gateway, calls: int) -> float:
    """What the gateway holds more after the last four fifths of the calls than before them."""
    await _calls(gateway, calls // 5, 1)
    before = resident_mib(gateway.process)
    await _calls(gateway, calls - calls // 5, 2)
    return resident_mib(gateway.process) - before


async def _calls(gateway: Gateway, calls: int, seed: int) -> None:
    callers = (_caller(gateway, calls // _AT_ONCE, seed * 100 + n) for n in range(_AT_ONCE))
    await asyncio.gather(*callers)


async def _caller(gateway: Gateway, calls: int, seed: int) -> None:
    chance = random.Random(seed)
    [client] = await connected(gateway.port, 1)
    good = request(gateway.path, _BODY % b"one", gateway.headers)
    failing = request(gateway.path, _BODY % b"failing", gateway.headers)
    for _ in range(calls):
        kind = chance.random()
        if kind < 0.05:
            client = await _left(gateway, client)
        else:
            await client.ask(failing if kind < 0.2 else good)
    client.close()


async def _left(gateway: Gateway, client: Connection) -> Connection:
    """A stream whose client goes away; the next request has another connection."""
    waiting = asyncio.ensure_future(client.ask(request(gateway.path, _STREAM, gateway.headers)))
    await asyncio.sleep(0.01)
    waiting.cancel()
    client.close()
    [fresh] = await connected(gateway.port, 1)
    return fresh
