"""A hub and workers of it, on the loop of a test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from hive_resilience.runtime.server.siblings.siblings import Siblings
from hive_resilience.runtime.server.workers.hub import Hub

from ..site_kit import story

P = ParamSpec("P")


def on_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that is a coroutine; it fails where it would hang."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        story(test(*args, **kwargs))

    return run


@asynccontextmanager
async def a_hub() -> AsyncGenerator[tuple[Hub, str]]:
    """A hub, and the path of its socket, which has to be short."""
    folder = Path(tempfile.mkdtemp(prefix="hive-"))
    hub = Hub()
    await hub.start(folder / "hub")
    try:
        yield hub, str(folder / "hub")
    finally:
        await hub.close()
        shutil.rmtree(folder)


@asynccontextmanager
async def workers(count: int) -> AsyncGenerator[tuple[Hub, list[Siblings]]]:
    """A hub, and workers of it that serve."""
    async with a_hub() as (hub, path), AsyncExitStack() as stack:
        found = [Siblings(number + 1, path) for number in range(count)]
        for one in found:
            await one.join()
            one.ready()
            stack.push_async_callback(one.leave)
        yield hub, found
