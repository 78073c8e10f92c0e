"""An application as uvicorn takes it: its lifespan opens a runtime that is part of a fleet."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import ClusterConfig

from .peers import PATIENT

_opened: list[Runtime] = []


async def answer(_task: Task) -> str:
    return "answer"


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(await _told()).encode()})


async def _live(receive: Any, send: Any) -> None:
    await receive()
    address = os.environ["HIVE_TEST_ADDRESS"]
    cluster = ClusterConfig(address=address, name="served", **PATIENT)
    async with Runtime(models=[ModelConfig(id="m", executor=answer)], cluster=cluster) as runtime:
        _opened.append(runtime)
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def _told() -> dict[str, Any]:
    (runtime,) = _opened
    result = await runtime.execute(Task("x"))
    cluster = runtime.snapshot().cluster
    assert cluster is not None
    return {
        "answer": result.unwrap(),
        "worker": os.getpid(),
        "joined": cluster.joined,
        "peers": cluster.peers,
        "has_ray": "ray" in sys.modules,
    }
