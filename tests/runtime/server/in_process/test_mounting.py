"""The server as a part of another ASGI application."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from hive_resilience import ModelConfig, Runtime
from hive_resilience.errors import ConfigurationError
from hive_resilience.server import ServerLimits, app

from ..keys.keys_kit import entry, write

BODY: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def fleet() -> Runtime:
    async def hello(task: object) -> str:
        return "Hello"

    return Runtime(models=[ModelConfig(id="m", executor=hello)])


def asks(application: Any, path: str, **headers: str) -> Any:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application), base_url="http://elsewhere"
    ).post(path, json=BODY, headers=headers)


def test_what_the_application_around_it_trusts_is_answered() -> None:
    async def story() -> None:
        async with fleet() as runtime:
            found = await asks(app(runtime, trusting=True), "/v1/chat/completions")
            refused = await asks(app(runtime), "/v1/chat/completions")
        assert found.json()["choices"][0]["message"]["content"] == "Hello"
        assert refused.status_code == 403

    asyncio.run(story())


def test_it_is_mounted_below_a_path() -> None:
    async def story() -> None:
        async with fleet() as runtime:
            around = Starlette(routes=[Mount("/models", app(runtime, trusting=True))])
            found = await asks(around, "/models/v1/chat/completions")
        assert found.status_code == 200

    asyncio.run(story())


def test_limits_are_those_that_are_given() -> None:
    async def story() -> None:
        async with fleet() as runtime:
            small = app(runtime, trusting=True, limits=ServerLimits(body_bytes=10))
            assert (await asks(small, "/v1/chat/completions")).status_code == 413

    asyncio.run(story())


def test_keys_come_from_a_file_and_change_with_it(tmp_path: Path) -> None:
    path = write(tmp_path / "keys.json", entry("first"))

    async def story() -> None:
        async with fleet() as runtime:
            served = app(runtime, keys=path)

            async def status(key: str) -> int:
                sent = {"authorization": f"Bearer {key}"}
                found: int = (await asks(served, "/v1/chat/completions", **sent)).status_code
                return found

            assert await status("first") == 200
            assert await status("second") == 401
            write(path, entry("second"))
            async with asyncio.timeout(30):
                while await status("second") != 200:
                    await asyncio.sleep(0.05)
            assert await status("first") == 401

    asyncio.run(story())


def test_a_file_of_keys_that_cannot_be_used_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        app(fleet(), keys=tmp_path / "none.yml")
