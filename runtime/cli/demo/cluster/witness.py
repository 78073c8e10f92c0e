"""Beside the owners, in their process: says when exactly a breaker of the fleet has moved.

What processes of an application hear of it comes later, and that is what the demonstration is
about. It goes over a socket of the demonstration's, not through Ray.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from contextlib import suppress

from .....actors.cluster.messages import Views, Watch
from .....actors.cluster.owners import Owners
from .....actors.cluster.wire import decode, encode
from ....cluster.hosting import host_owners
from ..fleet import SERVERS

SOCKET = "HIVE_RESILIENCE_DEMO_WITNESS"
"""The variable with the path of the demonstration's socket."""

MAKER = f"{__name__}:host_witnessed"


def host_witnessed(share_time: float, *, learns: bool) -> Owners:
    """The owners of a fleet as ever, on the running loop, with a witness beside them."""
    owners = host_owners(share_time, learns=learns)
    task = asyncio.get_running_loop().create_task(_watch(owners))
    _WITNESSES.add(task)
    return owners


_WITNESSES: set[asyncio.Task[None]] = set()


async def _watch(owners: Owners) -> None:
    known = {spec.name: 0 for spec in SERVERS}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        while True:
            asked = encode(Watch("witness", owners.epoch, known))
            views = decode(await owners.watch(asked), Views).views
            at = time.monotonic()
            for model, view in views.items():
                known[model] = view.stamp
                move = [at, view.epoch, view.generation, model, view.state.value]
                # A demonstration that has ended hears nothing.
                with suppress(OSError):
                    out.sendto(json.dumps(move).encode(), os.environ[SOCKET])
