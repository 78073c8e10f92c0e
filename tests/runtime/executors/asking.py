"""How the executor's tests ask: a task, a context, a server with a script, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from hive_resilience import Completion, OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor

from . import faulty_server as faulty
from .faulty_server import FaultyServer


@dataclass(frozen=True)
class Task:
    payload: object
    type: str = "chat"


@dataclass(frozen=True)
class Context:
    model_id: str = "m1"
    attempt: int = 1
    deadline: float | None = None
    cancelled: bool = False


def own_task(executor: ChatExecutor, payload: object = "Hi") -> Task:
    """A task of the family that the executor's server speaks."""
    return Task(payload, str(executor._main.family))


async def ask(
    executor: OpenAICompatible, payload: object = "Hi", deadline: float | None = None
) -> Completion:
    try:
        return await executor.execute(Task(payload), Context(deadline=deadline))
    finally:
        await executor.close()


async def exchange(
    *script: faulty.Behaviour, payload: object = "Hi", deadline: float | None = None
) -> tuple[Completion, faulty.Request]:
    async with FaultyServer(*script) as server:
        result = await ask(OpenAICompatible(server.base_url + "/", "tiny"), payload, deadline)
    return result, server.requests[0]


async def failure(
    *script: faulty.Behaviour, deadline: float | None = None, **options: Any
) -> ResilienceError:
    async with FaultyServer(*script) as server:
        with pytest.raises(ResilienceError) as caught:
            await ask(OpenAICompatible(server.base_url, "tiny", **options), deadline=deadline)
    return caught.value
