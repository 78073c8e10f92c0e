"""The dashboard inside of an application, which says what its visitors may do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.application import Application
from hive_resilience.runtime.server.process.server import Server
from hive_resilience.server import dashboard
from tests.runtime.server.site_kit import Counted, Site, story


def said(request: Request) -> str:
    """What a header says."""
    return request.headers.get("x-role", "none")


@asynccontextmanager
async def mounted(access: Any = said) -> AsyncGenerator[tuple[Site, Runtime]]:
    models = [ModelConfig(id=name, executor=Counted()) for name in "ab"]
    async with Runtime(models=models) as runtime:
        app = Starlette(routes=[Mount("/ops/hive", app=dashboard(runtime, access=access))])

        class Served:
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                await app(scope, receive, send)

            def begin_drain(self) -> None: ...

            async def interrupt(self) -> None: ...

        server = Server(Served())
        with socket.create_server(("127.0.0.1", 0)) as listening:
            await server.start([listening])
            try:
                unused = cast("Application", None)
                yield Site(unused, listening.getsockname()[1]), runtime
            finally:
                await server.drain(0.0)


def test_the_application_says_what_a_visitor_may_do() -> None:
    async def work() -> None:
        async with mounted() as (site, runtime):
            assert (await site.get("/ops/hive/state")).status == 403
            state = await site.get("/ops/hive/state", x_role="read")
            assert list(state.json()["models"]) == ["a", "b"]
            session = (await site.get("/ops/hive/session", x_role="operate")).json()
            body = {"verb": "trip", "model": "a", "reason": "x"}
            told = {"origin": site.url, "x_hive_token": session["token"]}
            read = await site.post("/ops/hive/operate", None, body, x_role="read", **told)
            assert read.status == 403
            other = told | {"origin": "https://evil.example"}
            cross = await site.post("/ops/hive/operate", None, body, x_role="operate", **other)
            assert cross.status == 403
            assert runtime.model("a").snapshot().breaker.state == "closed"
            done = await site.post("/ops/hive/operate", None, body, x_role="operate", **told)
            assert done.status == 200
            assert runtime.model("a").snapshot().breaker.state == "open"

    story(work())


def test_the_page_is_found_below_any_path_and_names_no_absolute_one() -> None:
    async def work() -> None:
        async with mounted() as (site, _):
            page = (await site.get("/ops/hive/", x_role="read")).body.decode()
            assert 'src="app.js"' in page
            assert '"/' not in page
            assert (await site.get("/ops/hive/app.js", x_role="read")).status == 200

    story(work())


def test_tasks_of_the_application_are_in_the_log() -> None:
    async def work() -> None:
        async with mounted() as (site, runtime):
            await runtime.execute(Task("secret"))
            async with runtime.stream(Task("secret")) as chunks:
                async for _ in chunks:
                    pass
            state = await site.get("/ops/hive/state", x_role="read")
            assert len(state.json()["tasks"]) == 2
            assert b"secret" not in state.body

    story(work())


def test_access_may_be_asynchronous_and_a_strange_word_is_no_access() -> None:
    async def asks(request: Request) -> str:
        await asyncio.sleep(0)
        return "everything" if request.url.path.endswith("state") else "read"

    async def work() -> None:
        async with mounted(asks) as (site, _):
            assert (await site.get("/ops/hive/state")).status == 403
            assert (await site.get("/ops/hive/model?id=a")).status == 200

    story(work())


def test_access_is_a_function() -> None:
    runtime = Runtime(models=[ModelConfig(id="a", executor=Counted())])

    with pytest.raises(ConfigurationError, match="access is a function"):
        dashboard(runtime, access=cast("Any", "read"))
