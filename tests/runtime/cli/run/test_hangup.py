"""SIGHUP reads the settings again while tasks run."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from ..command_kit import HeldModel, next_result, running, story

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the system has no SIGHUP")


async def hang_up(process: Any) -> str:
    process.send_signal(signal.SIGHUP)
    return str((await process.stderr.readline()).decode())


def change(settings: str, **model: object) -> None:
    path = Path(settings)
    content = json.loads(path.read_text())
    content["models"]["echo"].update(model)
    path.write_text(json.dumps(content))


async def send(process: Any, prompt: str) -> None:
    process.stdin.write(json.dumps(prompt).encode() + b"\n")
    await process.stdin.drain()


def test_the_settings_change_and_the_tasks_go_on(tmp_path: Path) -> None:
    async def work() -> None:
        async with HeldModel("p1", "p2") as old, HeldModel() as new:
            settings = old.settings(tmp_path)
            async with running("run", settings, "--concurrency", "2") as process:
                await send(process, "p1")
                await old.has("p1")
                change(settings, endpoint=new._server.base_url, weight=2.0)
                assert await hang_up(process) == "settings reloaded: echo: endpoint, weight\n"
                await send(process, "p3")
                await new.has("p3")
                assert (await next_result(process))["line"] == 2
                old.let_go("p1")
                first = await next_result(process)
                assert (first["line"], first["success"]) == (1, True)
                process.stdin.close()
                assert await process.wait() == 0

    story(work())


def test_settings_with_mistakes_change_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with HeldModel("p1") as model:
            settings = model.settings(tmp_path)
            async with running("run", settings) as process:
                await send(process, "p1")
                await model.has("p1")
                change(settings, wieght=2.0)
                told = await hang_up(process)
                assert told == "settings not reloaded, the old ones stay:\n"
                assert b"models.echo.wieght: unknown key" in await process.stderr.readline()
                model.let_go("p1")
                assert (await next_result(process))["success"]
                process.stdin.close()
                assert await process.wait() == 0

    story(work())


def test_how_long_it_drains_is_what_holds_at_the_end(tmp_path: Path) -> None:
    async def work() -> None:
        async with HeldModel("p1") as model:
            settings = model.settings(tmp_path, drainTimeout="10m")
            async with running("run", settings) as process:
                await send(process, "p1")
                await model.has("p1")
                content = json.loads(Path(settings).read_text())
                content["global"]["drainTimeout"] = "100ms"
                Path(settings).write_text(json.dumps(content))
                assert await hang_up(process) == "settings reloaded: drain_timeout\n"
                process.terminate()
                assert b"have 0.1 s to end" in await process.stderr.readline()
                assert await process.wait() == 128 + signal.SIGTERM

    story(work())
