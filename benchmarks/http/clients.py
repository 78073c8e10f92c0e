"""Bare clients: a request with a body of JSON, an answer parsed by orjson, nothing else."""

from __future__ import annotations

from contextlib import AsyncExitStack

import orjson

from .side import AT_ONCE, CHAT, HEADERS, STREAM, TIMEOUT, Side


async def aiohttp(url: str, stack: AsyncExitStack) -> Side:
    """Its session, with a connector without limits."""
    import aiohttp

    url += "/v1/chat/completions"
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    session = aiohttp.ClientSession(connector=connector, timeout=timeout)
    await stack.enter_async_context(session)

    async def call() -> str:
        async with session.post(url, data=orjson.dumps(CHAT), headers=HEADERS) as response:
            return _text(await response.read())

    async def stream() -> int:
        async with session.post(url, data=orjson.dumps(STREAM), headers=HEADERS) as response:
            return sum([_events(piece) async for piece in response.content.iter_any()])

    return Side(call, stream)


async def httpx2(url: str, stack: AsyncExitStack) -> Side:
    """Its client, with a pool without limits."""
    import httpx2

    url += "/v1/chat/completions"
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=AT_ONCE)
    client = httpx2.AsyncClient(limits=limits, timeout=TIMEOUT)
    await stack.enter_async_context(client)

    async def call() -> str:
        response = await client.post(url, content=orjson.dumps(CHAT), headers=HEADERS)
        return _text(response.content)

    async def stream() -> int:
        body = orjson.dumps(STREAM)
        async with client.stream("POST", url, content=body, headers=HEADERS) as response:
            return sum([_events(piece) async for piece in response.aiter_bytes()])

    return Side(call, stream)


async def niquests(url: str, stack: AsyncExitStack) -> Side:
    """Its session, with pools as large as the calls at once."""
    import niquests

    url += "/v1/chat/completions"
    session = niquests.AsyncSession(pool_connections=AT_ONCE, pool_maxsize=AT_ONCE)
    session.trust_env = False
    await stack.enter_async_context(session)

    async def call() -> str:
        body = orjson.dumps(CHAT)
        response = await session.post(url, data=body, headers=HEADERS, timeout=TIMEOUT)
        return _text(response.content or b"")

    async def stream() -> int:
        response = await session.post(
            url, data=orjson.dumps(STREAM), headers=HEADERS, timeout=TIMEOUT, stream=True
        )
        return sum([_events(piece) async for piece in await response.iter_content(-1)])

    return Side(call, stream)


async def pyreqwest(url: str, stack: AsyncExitStack) -> Side:
    """reqwest, written in Rust, with threads of its own: their CPU time counts as well."""
    from datetime import timedelta

    from pyreqwest.client import ClientBuilder

    url += "/v1/chat/completions"
    made = ClientBuilder().timeout(timedelta(seconds=TIMEOUT)).max_connections(AT_ONCE).build()
    client = await stack.enter_async_context(made)

    async def call() -> str:
        request = client.post(url).headers(HEADERS).body_bytes(orjson.dumps(CHAT)).build()
        response = await request.send()
        return _text(bytes(await response.bytes()))

    async def stream() -> int:
        asked = client.post(url).headers(HEADERS).body_bytes(orjson.dumps(STREAM))
        found = 0
        async with asked.build_streamed() as response:
            while (piece := await response.body_reader.read_chunk()) is not None:
                found += _events(bytes(piece))
        return found

    return Side(call, stream)


def _text(body: bytes) -> str:
    text: str = orjson.loads(body)["choices"][0]["message"]["content"]
    return text


def _events(piece: bytes) -> int:
    return piece.count(b"data: {")
