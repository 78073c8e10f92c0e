"""One exchange by the settings of a model, and what its server was asked."""

from __future__ import annotations

from typing import Any

from hive_resilience import ModelConfig
from hive_resilience.runtime.executors.endpoint import endpoint_executor

from . import faulty_server as faulty
from .asking import Context
from .asking import Task as Asked
from .faulty_server import FaultyServer, answer
from .providers import ANTHROPIC

CANARY = 'a"canary\\ 4.7*  end'
MESSAGE = answer(200, ANTHROPIC.whole, {"Content-Type": "application/json"})


async def exchanged(
    *script: faulty.Behaviour, payload: object = "Hi", base: str = "", **settings: Any
) -> faulty.Request:
    """The first request of a model with these settings; `base` goes behind the server's URL."""
    async with FaultyServer(*script) as server:
        url = server.base_url.removesuffix("/v1") + base
        executor = endpoint_executor(ModelConfig(id="m", endpoint=url, **settings))
        try:
            await executor.execute(Asked(payload), Context())
        finally:
            await executor.close()
    return server.requests[0]
