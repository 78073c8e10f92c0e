"""A server with a dashboard on a socket, and a browser's way to it in bytes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hive_resilience import ModelConfig, Runtime, RuntimeConfig
from hive_resilience.config import AlertsConfig, ChaosConfig, GlobalConfig, HistoryConfig
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.dashboard.dashboard import Dashboard
from hive_resilience.runtime.server.dashboard.served_door import ServedDoor
from hive_resilience.runtime.server.keys.keys import Keys
from hive_resilience.runtime.server.process.server import Server
from hive_resilience.runtime.server.siblings.siblings import Siblings
from tests.runtime.server.site_kit import Counted, Reply, Site, keys_in

NASTY = "<img src=x onerror=alert(1)></script>"


class Shown(Site):
    """A server whose dashboard is under test."""

    def __init__(self, application: Application, port: int, runtime: Runtime) -> None:
        super().__init__(application, port)
        self.runtime = runtime

    async def login(self, key: str) -> Visit:
        """A login with this key."""
        reply = await self.page("login", {"key": key})
        assert reply.status == 200, reply.body
        cookie = reply.headers["set-cookie"].partition(";")[0]
        return Visit(self, cookie, reply.json()["token"])

    async def page(self, path: str, body: object = None, **headers: str) -> Reply:
        """A request as a page of the dashboard sends it."""
        told = {"sec_fetch_site": "same-origin"} | headers
        if body is None:
            return await self.ask("GET", f"/dashboard/{path}", headers=told)
        told = {"origin": self.url} | told
        return await self.ask("POST", f"/dashboard/{path}", None, body, headers=told)


class Visit:
    """A page that has logged in."""

    def __init__(self, site: Shown, cookie: str, token: str | None) -> None:
        self.site = site
        self.cookie = cookie
        self.token = token

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.site.page(path, cookie=self.cookie, **headers)

    async def operate(self, verb: str, model: str, **headers: str) -> Reply:
        told = {"cookie": self.cookie, "x_hive_token": self.token or ""} | headers
        body = {"verb": verb, "model": model, "reason": "a test"}
        return await self.site.page("operate", body, **told)

    async def audit(self) -> list[dict[str, Any]]:
        """The rows of the audit: who, what, to which model, why."""
        rows = (await self.get("state")).json()["audit"]
        return [row["action"] | {"model": row["model"]} for row in rows]


class Stream:
    """The messages of one viewer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.head = b""

    async def next(self) -> tuple[str, str, Any]:
        """The next message: its id, its kind and its data; comments are passed over."""
        while True:
            fields: dict[str, str] = {}
            while (line := (await self.reader.readline()).decode().strip()) or not fields:
                name, found, value = line.partition(": ")
                if found:
                    fields[name] = value
                if line == "0" or self.reader.at_eof():
                    raise EOFError
            if "data" in fields:
                return fields["id"], fields["event"], json.loads(fields["data"])


@asynccontextmanager
async def stream(
    site: Shown, cookie: str, *, limit: int = 2**22, **headers: str
) -> AsyncGenerator[Stream]:
    """One viewer, on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port, limit=limit)
    told = {"host": f"127.0.0.1:{site.port}", "cookie": cookie}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    writer.write(f"GET /dashboard/events HTTP/1.1\r\n{head}\r\n".encode())
    found = Stream(reader, writer)
    try:
        found.head = await reader.readuntil(b"\r\n\r\n")
        yield found
    finally:
        writer.close()


@asynccontextmanager
async def shown(
    folder: Path | None = None,
    *names: str,
    history: Path | None = None,
    alerts: bool = False,
    chaos: ChaosConfig | None = None,
) -> AsyncGenerator[Shown]:
    """A server with the keys of the kit, or without keys where there is no folder."""
    models = tuple(ModelConfig(id=name, executor=Counted()) for name in names or ("a", "b"))
    keys = None if folder is None else keys_in(folder)
    settings = GlobalConfig(
        history=HistoryConfig(folder=None if history is None else str(history)),
        alerts=AlertsConfig(enabled=alerts),
        chaos=chaos or ChaosConfig(),
    )
    async with (
        Runtime(RuntimeConfig(models=models, global_=settings)) as runtime,
        serving(runtime, keys) as found,
    ):
        yield found


@asynccontextmanager
async def serving(
    runtime: Runtime, keys: Keys | None, siblings: Siblings | None = None
) -> AsyncGenerator[Shown]:
    """The server of a runtime that runs on this loop, with its dashboard."""
    dashboard = Dashboard(runtime, ServedDoor(keys, siblings=siblings), siblings)
    dashboard.start()
    application = Application(runtime, keys=keys, dashboard=dashboard, siblings=siblings)
    server = Server(application)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await server.start([listening])
        try:
            yield Shown(application, listening.getsockname()[1], runtime)
        finally:
            await server.drain(0.0)
