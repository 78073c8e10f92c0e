"""The official clients in the process of the fleet: no socket, and the same answers."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import openai
import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import ConfigurationError, WouldDeadlockError
from hive_resilience.server import anthropic_client, openai_client

ASKED: Any = [{"role": "user", "content": "Hi"}]


class Pieces:
    """A model that streams: each piece waits until the test lets it go."""

    def __init__(self) -> None:
        self.given = 0
        self.closed = threading.Event()
        self.go = threading.Semaphore(1)

    async def __call__(self, task: Task) -> AsyncIterator[str]:
        try:
            for piece in ("one ", "two ", "three"):
                while not self.go.acquire(blocking=False):
                    await asyncio.sleep(0.001)
                self.given += 1
                yield piece
        finally:
            self.closed.set()


async def hello(task: Task) -> str:
    return "Hello"


async def broken(task: Task) -> str:
    raise ConnectionError("no route")


async def silent(task: Task) -> str:
    await asyncio.Event().wait()
    return ""


def streamed(client: Any) -> Any:
    return client.chat.completions.create(model="m", messages=ASKED, stream=True)


def fleet(executor: object = hello, **settings: object) -> Runtime:
    config = {"retry": {"max_retries": 0}, **settings}
    return Runtime(models=[ModelConfig.model_validate({"id": "m", "executor": executor, **config})])


def test_an_async_client_asks_the_fleet_on_its_own_loop() -> None:
    async def story() -> None:
        async with fleet() as runtime, openai_client(runtime) as client:
            found = await client.chat.completions.create(model="m", messages=ASKED)
            assert found.choices[0].message.content == "Hello"

    asyncio.run(story())


def test_an_async_client_asks_a_fleet_in_a_thread() -> None:
    async def story(runtime: Runtime) -> None:
        async with anthropic_client(runtime) as client:
            found = await client.messages.create(model="m", messages=ASKED, max_tokens=9)
            assert found.to_dict()["content"] == [{"type": "text", "text": "Hello"}]

    with fleet() as runtime:
        asyncio.run(story(runtime))


def test_a_blocking_client_asks_a_fleet_in_a_thread() -> None:
    with fleet() as runtime, openai_client(runtime, blocking=True) as client:
        found = client.responses.create(model="auto", input="Hi")
        assert found.output_text == "Hello"


def test_a_blocking_client_asks_a_fleet_on_a_loop_from_another_thread() -> None:
    async def story() -> str:
        async with fleet() as runtime:
            with anthropic_client(runtime, blocking=True) as client:
                create: Any = client.messages.create
                found = await asyncio.to_thread(create, model="m", messages=ASKED, max_tokens=9)
            return str(found.content[0].text)

    assert asyncio.run(story()) == "Hello"


def test_a_blocking_client_on_the_loop_of_the_fleet_says_that_it_would_stand() -> None:
    async def story() -> None:
        async with fleet() as runtime:
            client = openai_client(runtime, blocking=True)
            with pytest.raises(WouldDeadlockError, match="would block the loop"):
                client.models.list()

    asyncio.run(story())


@pytest.mark.parametrize("lives_here", [True, False])
def test_a_stream_comes_piece_by_piece(lives_here: bool) -> None:
    pieces = Pieces()

    async def story(runtime: Runtime) -> None:
        client = openai_client(runtime)
        stream: Any = await streamed(client)
        found: list[str] = []
        async for chunk in stream:
            if text := chunk.choices[0].delta.content:
                found.append(text)
                assert pieces.given == len(found)
                pieces.go.release()
        assert "".join(found) == "one two three"

    async def here() -> None:
        async with fleet(pieces) as runtime:
            await story(runtime)

    if lives_here:
        asyncio.run(here())
    else:
        with fleet(pieces) as runtime:
            asyncio.run(story(runtime))


def test_a_blocking_stream_comes_piece_by_piece() -> None:
    pieces = Pieces()
    with fleet(pieces) as runtime:
        client = anthropic_client(runtime, blocking=True)
        with client.messages.stream(model="m", messages=ASKED, max_tokens=9) as stream:
            for number, _ in enumerate(stream.text_stream, start=1):
                assert pieces.given == number
                pieces.go.release()
            assert stream.get_final_text() == "one two three"


def test_a_stream_that_is_closed_cancels_the_call() -> None:
    pieces = Pieces()

    async def story() -> None:
        async with fleet(pieces) as runtime:
            client = openai_client(runtime)
            async with await streamed(client) as stream:
                await anext(stream)
            assert pieces.closed.is_set()
            assert runtime.model("m").snapshot().under_way == 0

    asyncio.run(story())


def test_a_blocking_stream_that_is_closed_cancels_the_call() -> None:
    pieces = Pieces()
    with fleet(pieces) as runtime:
        client = openai_client(runtime, blocking=True)
        with streamed(client) as stream:
            next(stream)
        assert pieces.closed.is_set()


def test_a_stream_that_is_dropped_cancels_the_call() -> None:
    pieces = Pieces()
    with fleet(pieces) as runtime:
        client = openai_client(runtime, blocking=True)
        stream = streamed(client)
        next(stream)
        del stream
        gc.collect()
        assert pieces.closed.wait(10)


def test_a_timeout_of_the_client_cancels_the_call() -> None:
    left = threading.Event()

    async def hangs(task: Task) -> str:
        try:
            return await silent(task)
        finally:
            left.set()

    with fleet(hangs) as runtime:
        client = anthropic_client(runtime, blocking=True, timeout=0.05)
        with pytest.raises(anthropic.APITimeoutError):
            client.messages.create(model="m", messages=ASKED, max_tokens=9)
        assert left.is_set()


def test_a_cancelled_request_cancels_the_call() -> None:
    left = asyncio.Event()
    begun = asyncio.Event()

    async def hangs(task: Task) -> str:
        begun.set()
        try:
            return await silent(task)
        finally:
            left.set()

    async def story() -> None:
        async with fleet(hangs) as runtime:
            client = openai_client(runtime)
            asking = asyncio.ensure_future(client.responses.create(model="m", input="Hi"))
            await begun.wait()
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert left.is_set()

    asyncio.run(story())


def test_the_clients_own_retries_are_off() -> None:
    calls: list[Task] = []

    async def fails(task: Task) -> str:
        calls.append(task)
        return await broken(task)

    with fleet(fails) as runtime:
        client = openai_client(runtime, blocking=True)
        with pytest.raises(openai.InternalServerError):
            client.chat.completions.create(model="m", messages=ASKED)
    assert len(calls) == 1


def test_options_go_to_the_client() -> None:
    runtime = fleet()

    assert openai_client(runtime, timeout=3.0, max_retries=1).max_retries == 1
    assert anthropic_client(runtime, blocking=True, timeout=3.0).timeout == 3.0


def test_a_runtime_that_has_ended_is_no_connection() -> None:
    with fleet() as runtime:
        client = openai_client(runtime, blocking=True)
    with pytest.raises(openai.APIConnectionError) as caught:
        client.models.list()
    assert "stopped" in str(caught.value.__cause__)


@pytest.mark.parametrize("package", ["openai", "anthropic"])
def test_a_package_that_is_missing_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    made: dict[str, Any] = {"openai": openai_client, "anthropic": anthropic_client}

    with pytest.raises(ConfigurationError, match=rf"needs {package}: pip install .*{package}\]"):
        made[package](fleet())


def test_nothing_is_imported_before_a_client_is_made() -> None:
    code = "import sys, hive_resilience.server as s; s.openai_client; s.app; "
    code += "print({'openai', 'anthropic', 'httpx2', 'starlette', 'uvicorn'} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, text=True)

    assert found.stdout.strip() == "set()", found.stderr
