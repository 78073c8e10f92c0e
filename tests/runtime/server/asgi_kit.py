"""Asks an application without a socket, also in virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hive_resilience.runtime.server.application import Application

Message = Mapping[str, Any]


class Exchange:
    """One request under way: what the application has sent so far, and the client's leave."""

    def __init__(self, app: Application, path: str, body: object, **headers: str) -> None:
        self._app = app
        self._body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._given = False
        self.withheld = False
        """Whether the client sends its headers and keeps its body."""
        self.gone = asyncio.Event()
        self.sent: list[Message] = []
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": path,
            "headers": [
                (b"host", b"localhost"),
                *(
                    (name.replace("_", "-").encode(), value.encode())
                    for name, value in headers.items()
                ),
            ],
        }

    async def run(self) -> Exchange:
        await self._app(self.scope, self._receive, self._send)
        return self

    async def _receive(self) -> Any:
        if not self._given and not self.withheld:
            self._given = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_over(self) -> bool:
        return len(self.sent) > 1 and not self.sent[-1]["more_body"]


async def ask(app: Application, path: str, body: object, **headers: str) -> Exchange:
    """The whole answer of an application; `x_hive_model="a"` is the header `x-hive-model: a`."""
    return await Exchange(app, path, body, **headers).run()


def chat(model: str, **fields: object) -> dict[str, object]:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], **fields}
