"""The command in a process of its own, and a model server whose answers the test holds back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from ..executors.faulty_server import FaultyServer, answer, completion

T = TypeVar("T")
LIMIT = 20.0
COMMAND = [sys.executable, "-W", "error", "-m", "hive_resilience"]


def story(work: Coroutine[Any, Any, T]) -> T:
    """Runs a test's coroutine; it fails where it would hang."""

    async def limited() -> T:
        async with asyncio.timeout(LIMIT):
            return await work

    return asyncio.run(limited())


class HeldModel:
    """Answers each prompt with its echo, those in `held` only when they are let go."""

    def __init__(self, *held: str) -> None:
        self._held = {prompt: asyncio.Event() for prompt in held}
        self._server = FaultyServer(self._answer)
        self._arrived: asyncio.Queue[str] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.__aexit__()

    def let_go(self, *prompts: str) -> None:
        for prompt in prompts:
            self._held[prompt].set()

    async def has(self, *prompts: str) -> None:
        """Waits until these requests, and no others, have come."""
        assert {await self._arrived.get() for _ in prompts} == set(prompts)

    def settings(self, folder: Path, **for_all: object) -> str:
        """The path of a configuration whose one model is this one."""
        model = {"endpoint": self._server.base_url, "retry": {"maxRetries": 0}}
        path = folder / "settings.json"
        path.write_text(json.dumps({"global": for_all, "models": {"echo": model}}))
        return str(path)

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        prompt = self._server.requests[-1].json()["messages"][0]["content"]
        self._arrived.put_nowait(prompt)
        if prompt in self._held:
            await self._held[prompt].wait()
        await answer(200, completion(f"echo {prompt}", finish_reason="stop"))(writer)


@asynccontextmanager
async def running(*arguments: str, stdout: int | None = None) -> AsyncGenerator[Any, None]:
    """The process; standard input is a pipe that is open until the test closes it."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *arguments, stdin=pipe, stdout=stdout or pipe, stderr=pipe
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def finished(
    *arguments: str, tasks: str | bytes = ""
) -> tuple[int, list[dict[str, Any]], str]:
    """Exit code, results and standard error of a run from its beginning to its end."""
    content = tasks.encode() if isinstance(tasks, str) else tasks
    async with running(*arguments) as process:
        out, err = await process.communicate(content)
        return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


async def next_result(process: Any) -> dict[str, Any]:
    """The next line of standard output."""
    result: dict[str, Any] = json.loads(await process.stdout.readline())
    return result


def lines(*prompts: str) -> str:
    """Tasks, one a line."""
    return "".join(json.dumps(prompt) + "\n" for prompt in prompts)
