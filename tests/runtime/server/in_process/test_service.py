"""The whole server as an application: its life, and what it says of mistakes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import MutableMapping
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, cast

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from hive_resilience import ModelConfig, RuntimeConfig, Task
from hive_resilience.config import GlobalConfig
from hive_resilience.errors import ConfigurationError
from hive_resilience.runtime.server.in_process.hearing import on_signals
from hive_resilience.runtime.server.workers import seat
from hive_resilience.runtime.server.workers.seat import Share
from hive_resilience.server import ServerApp

from ..keys.keys_kit import entry, write
from .test_mounting import asks

Message = MutableMapping[str, Any]


async def hello(_task: Task) -> str:
    return "Hello"


def settings(**overall: object) -> RuntimeConfig:
    models = (ModelConfig(id="m", executor=hello),)
    return RuntimeConfig(models=models, global_=GlobalConfig.model_validate(overall))


def gets(application: Any, path: str) -> Any:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=application), base_url="http://127.0.0.1"
    ).get(path)


class Lifespan:
    """A program that runs an application, as far as its life is concerned."""

    def __init__(self, application: Any) -> None:
        self._to: asyncio.Queue[Message] = asyncio.Queue()
        self._from: asyncio.Queue[Message] = asyncio.Queue()
        self._running = asyncio.ensure_future(
            application({"type": "lifespan"}, self._to.get, self._from.put)
        )

    async def say(self, what: str) -> Message:
        """What the application answers."""
        await self._to.put({"type": f"lifespan.{what}"})
        return await self._from.get()


def test_it_lives_as_long_as_the_program_says() -> None:
    async def story() -> None:
        service = ServerApp(settings(), trusting=True)
        life = Lifespan(service)

        assert (await life.say("startup"))["type"] == "lifespan.startup.complete"
        runtime = service.runtime
        found = await asks(service, "/v1/chat/completions")
        page = await gets(service, "/dashboard/state")
        assert (await life.say("shutdown"))["type"] == "lifespan.shutdown.complete"

        assert found.json()["choices"][0]["message"]["content"] == "Hello"
        assert page.status_code == 200
        assert not runtime.is_open
        with pytest.raises(RuntimeError, match="does not run"):
            await asks(service, "/v1/chat/completions")

    asyncio.run(story())


def test_it_is_mounted_where_another_application_is_around_it(tmp_path: Path) -> None:
    keys = write(tmp_path / "keys.json", entry("k", "reader", scopes=["read"]))

    async def story() -> None:
        service = ServerApp(settings(), keys=keys)
        around = Starlette(routes=[Mount("/models", service)])
        async with service as runtime:
            assert runtime is service.runtime
            way = await gets(around, "/models/")
            body, headers = {"key": "k"}, {"origin": "http://127.0.0.1"}
            client = httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=around), base_url="http://127.0.0.1"
            )
            login = await client.post("/models/dashboard/login", json=body, headers=headers)
        assert way.headers["location"] == "/models/dashboard/"
        assert "Path=/models/dashboard;" in login.headers["set-cookie"]
        assert not service.has_started

    asyncio.run(story())


def test_it_has_the_defaults_of_the_server() -> None:
    async def story() -> None:
        async with ServerApp(settings()) as runtime:
            assert runtime.config.global_.task_timeout == 600.0

    asyncio.run(story())


def test_a_file_of_settings_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"models": {"m": {"timeout": "7s"}}}')

    async def story() -> None:
        async with ServerApp(path, executors={"m": hello}) as runtime:
            path.write_text('{"models": {"m": {"timeout": "8s"}}}')
            await runtime.reload()
            assert runtime.config.models[0].timeout == 8.0
            assert runtime.config.global_.task_timeout == 600.0

    asyncio.run(story())


def test_it_runs_once_at_a_time() -> None:
    async def story() -> None:
        service = ServerApp(settings())
        async with service:
            with pytest.raises(RuntimeError, match="runs already"):
                await service.__aenter__()
        async with service:
            assert service.has_started

    asyncio.run(story())


def test_a_start_that_fails_is_told_to_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_meeting: object) -> object:
        raise OSError("the disk is full")

    monkeypatch.setattr(seat, "_joined", fails)

    async def story() -> None:
        told = await Lifespan(ServerApp(settings(), share="server")).say("startup")
        assert told == {"type": "lifespan.startup.failed", "message": "the disk is full"}

    asyncio.run(story())


def test_a_fleet_needs_ray_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> ModuleSpec | None:
        return None if name == "ray" else find_spec(name)

    monkeypatch.setattr(seat, "find_spec", without)

    async def story() -> None:
        with pytest.raises(ConfigurationError, match="Ray"):
            await ServerApp(settings(), share="fleet").__aenter__()

    asyncio.run(story())


def test_a_mistake_is_told_at_once(tmp_path: Path) -> None:
    missing, everything = tmp_path / "none.yml", cast("Share", "everything")

    with pytest.raises(ConfigurationError):
        ServerApp(missing)
    with pytest.raises(ConfigurationError):
        ServerApp(settings(), keys=missing)
    with pytest.raises(ConfigurationError, match="share"):
        ServerApp(settings(), share=everything)


def test_services_that_differ_are_not_one_server(tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        write(tmp_path / name, entry("k"))
    found = [
        ServerApp(settings()),
        ServerApp(settings(), keys=tmp_path / "one.json"),
        ServerApp(settings(), keys=tmp_path / "two.json"),
        ServerApp(settings(cluster={"name": "other"})),
        ServerApp(RuntimeConfig(models=(ModelConfig(id="n", executor=hello),))),
    ]

    assert len({service._subject() for service in found}) == len(found)
    assert ServerApp(settings())._subject() == found[0]._subject()


def test_an_end_is_heard_before_the_program_hears_it() -> None:
    heard: list[str] = []

    def program(_number: int, _frame: FrameType | None) -> None:
        heard.append("program")

    async def story() -> None:
        with on_signals(lambda: heard.append("service")):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(0)

    before = signal.signal(signal.SIGTERM, program)
    try:
        asyncio.run(story())
        assert signal.getsignal(signal.SIGTERM) is program
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == ["program", "service", "program"]


def test_a_signal_that_nothing_handles_ends_the_process_as_before() -> None:
    async def story() -> object:
        with on_signals(lambda: None):
            return signal.getsignal(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        assert asyncio.run(story()) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
