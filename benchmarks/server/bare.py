"""The least that a gateway in Python costs: `python -m benchmarks.server.bare UPSTREAM PORT`.

uvicorn takes the request, a session of aiohttp sends its body on, and the answer goes back as it
is: no key, no limit, no breaker, no retry, no reading of the answer, no log.
"""

from __future__ import annotations

import sys
from typing import Any

import aiohttp
import uvicorn


class Bare:
    """An ASGI application that passes every body on."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        body = (await receive())["body"]
        headers = {"content-type": "application/json"}
        async with self._session.post(self._url + scope["path"], data=body, headers=headers) as one:
            answer = await one.read()
        kind = (b"content-type", b"application/json")
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [kind, length]})
        await send({"type": "http.response.body", "body": answer})


if __name__ == "__main__":
    uvicorn.run(
        Bare(sys.argv[1]),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="critical",
        lifespan="off",
    )
