"""Models behind servers that follow a script."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from hive_resilience import OpenAICompatible, Runtime, Task, TaskResult
from tests.fleet_kit import assert_at_rest, fleet, model
from tests.runtime.executors.faulty_server import (
    Behaviour,
    FaultyServer,
    answer,
    completion,
    run,
)
from tests.runtime.executors.pouring import pour
from tests.runtime.executors.providers import COMPATIBLE

CHAT = {"messages": [{"role": "user", "content": "Hi"}]}
FINE = answer(200, completion("fine"))
MORE = pour(COMPATIBLE.answer("more"))


@asynccontextmanager
async def world(*scripts: tuple[Behaviour, ...], **own: Any) -> AsyncGenerator[Runtime, None]:
    """Models `m0`, `m1` ..., each behind a server that follows its script."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(FaultyServer(*script)) for script in scripts]
        models = [
            model(f"m{i}", OpenAICompatible(server.base_url, "tiny"), **own)
            for i, server in enumerate(servers)
        ]
        yield await stack.enter_async_context(fleet(*models, drain_timeout=0.1))


def ask(*scripts: tuple[Behaviour, ...], payload: object = CHAT, **own: Any) -> TaskResult:
    """The result of one task."""

    async def story() -> TaskResult:
        async with world(*scripts, **own) as runtime:
            found = await runtime.execute(Task(payload))
            assert_at_rest(runtime)
            return found

    return run(story())


def read(*scripts: tuple[Behaviour, ...], payload: object = CHAT) -> tuple[str, TaskResult]:
    """The text of one stream, and its result."""

    async def story() -> tuple[str, TaskResult]:
        async with world(*scripts) as runtime, runtime.stream(Task(payload)) as stream:
            text = "".join([str(chunk) async for chunk in stream])
            return text, stream.result

    return run(story())


RETRY_ONCE: dict[str, Any] = {"retry": {"max_retries": 1, "base_delay": 0.01}}
