"""The connections on uvloop, whose transports are of no class of asyncio's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from hive_resilience import OpenAICompatible

from .. import faulty_server as faulty
from ..faulty_server import FaultyServer
from .connection_kit import GOOD, asked

T = TypeVar("T")
uvloop = pytest.importorskip("uvloop")


def run_on_uvloop(story: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(asyncio.wait_for(story, 20))


def test_a_call_is_answered_and_a_dead_connection_replaced() -> None:
    async def story() -> list[str]:
        async with FaultyServer(GOOD, faulty.close_without_answer, GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor, 2)
            await executor.close()
        return found

    assert run_on_uvloop(story()) == ["Hello", "Hello"]
