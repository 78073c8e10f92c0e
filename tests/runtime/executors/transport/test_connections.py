"""Connections: how they are made, kept, and what happens when one dies."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelUnavailableError
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.transport import aiohttp_connections, aiohttp_protocol

from .. import faulty_server as faulty
from ..faulty_server import FaultyServer, answer, completion, run
from .connection_kit import GOOD, asked

# Connections that have died.


def at_each_reuse(then: faulty.Behaviour) -> tuple[faulty.Behaviour, ...]:
    return (GOOD, then, GOOD)


def test_a_reused_connection_that_is_closed_is_replaced_at_once() -> None:
    async def story() -> tuple[list[str], int]:
        async with FaultyServer(*at_each_reuse(faulty.close_without_answer)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor, 2)
            await executor.close()
        return found, server.connections

    assert run(story()) == (["Hello", "Hello"], 2)


async def reset_without_answer(writer: asyncio.StreamWriter) -> None:
    await faulty.reset(writer)


def test_a_reused_connection_that_is_reset_is_replaced_at_once() -> None:
    async def story() -> list[str]:
        async with FaultyServer(*at_each_reuse(reset_without_answer)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor, 2)
            await executor.close()
        return found

    assert run(story()) == ["Hello", "Hello"]


async def failing_second(*script: faulty.Behaviour) -> tuple[ResilienceError, int]:
    """How the second call fails, and how many requests there were."""
    async with FaultyServer(*script) as server:
        executor = OpenAICompatible(server.base_url, "tiny")
        await asked(executor)
        with pytest.raises(ResilienceError) as caught:
            await asked(executor)
        await executor.close()
    return caught.value, len(server.requests)


async def half_a_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200")
    await writer.drain()
    writer.close()


async def half_a_head_and_reset(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-")
    await writer.drain()
    await asyncio.sleep(0.05)  # or the reset would overtake it
    await faulty.reset(writer)


@pytest.mark.parametrize("begun", [half_a_head, half_a_head_and_reset, faulty.close_mid_answer])
def test_it_is_not_replaced_once_a_byte_of_the_answer_has_come(begun: faulty.Behaviour) -> None:
    error, requests = run(failing_second(GOOD, begun, GOOD))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 2


def test_it_is_replaced_once_only() -> None:
    error, requests = run(failing_second(GOOD, faulty.close_without_answer))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 3


def test_it_is_not_replaced_when_it_dies_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_protocol, "_SENT_AT_ONCE", -1.0)

    error, requests = run(failing_second(GOOD, faulty.close_without_answer, GOOD))

    assert isinstance(error, ModelUnavailableError)
    assert requests == 2


def test_a_fresh_connection_that_dies_is_not_replaced() -> None:
    async def story() -> int:
        async with FaultyServer(faulty.close_without_answer, GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            with pytest.raises(ModelUnavailableError):
                await asked(executor)
            await executor.close()
        return len(server.requests)

    assert run(story()) == 1


def test_a_connection_that_waits_too_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp_connections, "KEEP_ALIVE", 0.01)

    async def story() -> None:
        async with FaultyServer(GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            await asked(executor)
            await server.hung_up.wait()
            await executor.close()

    run(story())


def test_an_answer_that_nobody_asked_for_is_nobodys_answer() -> None:
    async def twice(writer: asyncio.StreamWriter) -> None:
        await answer(200, completion("first"))(writer)
        await answer(200, completion("planted"))(writer)

    async def story() -> list[str]:
        async with FaultyServer(twice, GOOD) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            found = await asked(executor)
            await asyncio.sleep(0)
            found += await asked(executor)
            await executor.close()
        return found

    assert run(story()) == ["first", "Hello"]


def test_as_many_connections_as_calls_are_open_at_once() -> None:
    async def story() -> int:
        together = asyncio.Barrier(150)

        async def when_all_are_there(writer: asyncio.StreamWriter) -> None:
            await together.wait()
            await GOOD(writer)

        async with FaultyServer(when_all_are_there) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            await asyncio.gather(*(asked(executor) for _ in range(150)))
            await executor.close()
        return server.connections

    assert run(story()) == 150
