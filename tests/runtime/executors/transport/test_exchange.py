"""One exchange: its limits in time, its head, and its body piece by piece."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx2
import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import ModelTimeoutError
from hive_resilience.runtime.executors.transport.aiohttp_transport import AiohttpTransport
from hive_resilience.runtime.executors.transport.httpx_transport import limits
from hive_resilience.runtime.executors.transport.protocol import (
    MAX_PIECE_BYTES,
    Request,
    TransportError,
)

from .. import faulty_server as faulty
from ..asking import Context, Task
from ..faulty_server import FaultyServer, answer, run
from .connection_kit import GOOD

# Time.


def full_listener() -> tuple[str, list[socket.socket]]:
    """A URL of a host that drops what comes."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    kept = [full]
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(full.getsockname())
        kept.append(waiting)
    return f"http://127.0.0.1:{full.getsockname()[1]}/v1", kept


@pytest.mark.parametrize(
    "settings", [{"connect_timeout": 0.1}, {"connect_timeout": lambda: 0.1}], ids=["span", "said"]
)
def test_a_host_that_does_not_answer_costs_the_connect_timeout(settings: Any) -> None:
    url, kept = full_listener()

    async def story() -> None:
        executor = OpenAICompatible(url, "tiny", **settings)
        with pytest.raises(ModelTimeoutError) as caught:
            await executor.execute(Task("Hi"), Context(deadline=15.0))
        await executor.close()
        assert caught.value.limit == 0.1

    run(story())
    for one in kept:
        one.close()


def test_tighter_limits_of_a_client_are_kept() -> None:
    own = httpx2.Timeout(9.0, connect=1.0)

    assert limits(5.0, 5.0, own) == httpx2.Timeout(5.0, connect=1.0)
    assert limits(60.0, 5.0, own) == httpx2.Timeout(9.0, connect=1.0)
    assert limits(None, 5.0) == httpx2.Timeout(None, connect=5.0)


# The body.


async def body_of(transport: AiohttpTransport, url: str) -> list[bytes]:
    response = await transport.send(Request("GET", url, {}))
    try:
        return [piece async for piece in response]
    finally:
        await response.aclose()


def test_a_large_body_comes_in_small_pieces() -> None:
    async def story() -> list[bytes]:
        transport = AiohttpTransport()
        async with FaultyServer(answer(200, bytes(10 * MAX_PIECE_BYTES))) as server:
            pieces = await body_of(transport, server.base_url)
            await transport.close()
        return pieces

    pieces = run(story())

    assert sum(map(len, pieces)) == 10 * MAX_PIECE_BYTES
    assert max(map(len, pieces)) <= MAX_PIECE_BYTES


def test_what_came_before_the_connection_broke_is_read_first() -> None:
    async def story() -> bytes:
        transport = AiohttpTransport()
        async with FaultyServer(faulty.close_mid_answer) as server:
            response = await transport.send(Request("GET", server.base_url, {}))
            await server.hung_up.wait()
            await asyncio.sleep(0.05)
            found = await anext(response)
            with pytest.raises(TransportError, match="broke"):
                await anext(response)
            await response.aclose()
            await transport.close()
        return found

    assert run(story()) == b'{"choices": ['


@pytest.mark.parametrize("header", ["a\r\nX-Evil: 1", "a\nb", "caf\u20ac"])
def test_a_header_that_none_can_be_is_not_sent(header: str) -> None:
    async def story() -> int:
        transport = AiohttpTransport()
        async with FaultyServer(GOOD) as server:
            with pytest.raises(TransportError) as caught:
                await transport.send(Request("GET", server.base_url, {"X-Mine": header}))
            assert header not in str(caught.value)
            await transport.close()
        return len(server.requests)

    assert run(story()) == 0


def test_a_response_that_is_forgotten_is_complained_about_and_closed() -> None:
    async def story() -> None:
        transport = AiohttpTransport()
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _told: None)
        async with FaultyServer(answer(200, bytes(100))) as server:
            forgotten = [await transport.send(Request("GET", server.base_url, {}))]
            with pytest.warns(ResourceWarning, match="Unclosed connection"):
                forgotten.clear()
            await server.hung_up.wait()
            await transport.close()

    run(story())
