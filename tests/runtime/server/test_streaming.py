"""A stream over HTTP: when its headers go, what fills a silence, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.config import StreamConfig
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.runtime.server.application import Application
from hive_resilience.testing import run_virtual, settle

from .asgi_kit import Exchange, ask, chat

PATHS = ["/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses"]
ENDS = {
    "/v1/chat/completions": b"data: [DONE]\n\n",
    "/v1/completions": b"data: [DONE]\n\n",
    "/v1/messages": b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    "/v1/responses": b"event: response.completed\n",
}
SIGNS = {path: b": ping\n\n" for path in PATHS}
SIGNS["/v1/messages"] = b'event: ping\ndata: {"type":"ping"}\n\n'
ERRORS = {path: b'data: {"error":{' for path in PATHS[:2]}
ERRORS["/v1/messages"] = b'event: error\ndata: {"type":"error"'
ERRORS["/v1/responses"] = b'event: error\ndata: {"type":"error"'


def pausing(*parts: float | str) -> ModelConfig:
    """A model that streams texts, and sleeps for the numbers between them; "cut" ends it badly."""

    async def stream(task: Task) -> AsyncIterator[str]:
        for part in parts:
            if isinstance(part, str) and part == "cut":
                raise ModelUnavailableError("gone")
            if isinstance(part, str):
                yield part
            else:
                await asyncio.sleep(part)

    return ModelConfig(
        id="slow", executor=stream, timeout=600, stream=StreamConfig(idle=600, first_chunk=600)
    )


def streamed(path: str) -> dict[str, object]:
    if path == "/v1/responses":
        return {"model": "slow", "input": "Hi", "stream": True}
    if path == "/v1/completions":
        return {"model": "slow", "prompt": "Hi", "stream": True}
    return chat("slow", stream=True, max_tokens=9)


@pytest.mark.parametrize("path", PATHS)
def test_a_whole_stream_has_its_familys_proper_end(path: str) -> None:
    async def story() -> Exchange:
        async with Runtime(models=[pausing("Hel", "lo")]) as runtime:
            return await ask(Application(runtime), path, streamed(path))

    found = run_virtual(story())

    assert found.status == 200
    assert found.headers["x-hive-model"] == "slow"
    assert found.headers["x-hive-attempts"] == "1"
    assert 0 <= float(found.headers["x-hive-overhead-ms"]) < 1000
    assert ENDS[path] in found.body
    assert found.is_over


@pytest.mark.parametrize("path", PATHS)
def test_a_cut_after_content_is_an_error_in_the_stream_and_no_end(path: str) -> None:
    async def story() -> Exchange:
        async with Runtime(models=[pausing("Hel", "cut")]) as runtime:
            return await ask(Application(runtime), path, streamed(path))

    found = run_virtual(story())

    assert found.status == 200
    assert b"Hel" in found.body
    assert ERRORS[path] in found.body
    assert ENDS[path] not in found.body
    assert found.is_over


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_before_content_is_an_error_by_its_status(path: str) -> None:
    async def story() -> Exchange:
        async with Runtime(models=[pausing("cut")]) as runtime:
            return await ask(Application(runtime), path, streamed(path))

    found = run_virtual(story())

    assert found.status == 503
    assert found.headers["content-type"] == "application/json"
    assert b"slow" in found.body


@pytest.mark.parametrize("path", PATHS)
def test_headers_wait_for_content_for_15_seconds_and_then_come_signs_of_life(path: str) -> None:
    async def story() -> list[tuple[int | None, bytes]]:
        async with Runtime(models=[pausing(50, "Hello")]) as runtime:
            exchange = Exchange(Application(runtime), path, streamed(path))
            asking = asyncio.ensure_future(exchange.run())
            seen: list[tuple[int | None, bytes]] = []
            for seconds in (14, 2, 15, 15, 10):
                await asyncio.sleep(seconds)
                seen.append((exchange.status, exchange.body if exchange.sent else b""))
            await asking
            return [*seen, (exchange.status, exchange.body)]

    seen = run_virtual(story())
    sign = SIGNS[path]

    assert seen[0] == (None, b"")
    assert seen[1] == (200, sign)
    assert seen[2] == (200, sign * 2)
    assert seen[3] == (200, sign * 3)
    assert seen[-1][1].startswith(sign * 3)
    assert b"Hello" in seen[-1][1]
    assert ENDS[path] in seen[-1][1]


@pytest.mark.parametrize("path", PATHS)
def test_a_failure_after_the_headers_have_gone_is_an_error_in_the_stream(path: str) -> None:
    async def story() -> Exchange:
        async with Runtime(models=[pausing(20, "cut")]) as runtime:
            return await ask(Application(runtime), path, streamed(path))

    found = run_virtual(story())

    assert found.status == 200
    assert ERRORS[path] in found.body
    assert ENDS[path] not in found.body


def test_content_puts_the_next_sign_of_life_off() -> None:
    async def story() -> bytes:
        async with Runtime(models=[pausing("a", 10, "b", 10, "c", 20, "d")]) as runtime:
            return (await ask(Application(runtime), PATHS[0], streamed(PATHS[0]))).body

    assert run_virtual(story()).count(SIGNS[PATHS[0]]) == 1


def test_a_client_that_goes_ends_the_call_and_frees_its_place() -> None:
    async def story() -> tuple[int, int, str]:
        async with Runtime(models=[pausing("a", 500, "b")]) as runtime:
            app = Application(runtime)
            exchange = Exchange(app, PATHS[0], streamed(PATHS[0]))
            asking = asyncio.ensure_future(exchange.run())
            await asyncio.sleep(5)
            under_way = runtime.model("slow").snapshot().bulkhead.in_flight
            exchange.gone.set()
            await asyncio.wait_for(asking, 1)
            await settle()
            model = runtime.model("slow").snapshot()
            return under_way, model.bulkhead.in_flight, str(model.breaker.state)

    assert run_virtual(story()) == (1, 0, "closed")


def test_what_is_under_way_at_the_end_of_the_server_gets_its_error() -> None:
    async def story() -> tuple[Exchange, Exchange]:
        async with Runtime(models=[pausing("a", 500, "b")]) as runtime:
            app = Application(runtime)
            begun = Exchange(app, PATHS[0], streamed(PATHS[0]))
            waiting = Exchange(app, PATHS[0], chat("slow"))
            both = [asyncio.ensure_future(one.run()) for one in (begun, waiting)]
            await asyncio.sleep(5)
            app.begin_drain()
            await app.interrupt()
            await asyncio.wait_for(asyncio.gather(*both), 1)
            return begun, waiting

    begun, waiting = run_virtual(story())

    assert b'"code":"stopping"' in begun.body
    assert ENDS[PATHS[0]] not in begun.body
    assert waiting.status == 503
    assert waiting.headers["connection"] == "close"


@pytest.mark.parametrize(("mode", "told"), [("restart", ["models.slow"]), ("raise", [])])
def test_settings_that_restart_are_told_at_the_start_and_raise(
    mode: str, told: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> Exchange:
        first = pausing("Hel", "cut")
        first = ModelConfig(
            id="slow", executor=first.executor, stream=StreamConfig(on_interrupt=mode)
        )
        other = ModelConfig(id="other", executor=pausing("again").executor)
        async with Runtime(models=[first, other]) as runtime:
            body = {**streamed(PATHS[0]), "model": "auto"}
            return await ask(Application(runtime), PATHS[0], body)

    with caplog.at_level("WARNING", logger="hive_resilience.runtime.server"):
        found = run_virtual(story())

    assert [record.message.partition(":")[0] for record in caplog.records] == told
    assert ERRORS[PATHS[0]] in found.body
    assert b"again" not in found.body


def test_text_of_a_chat_may_be_continued_by_another_model() -> None:
    async def story() -> Exchange:
        first = ModelConfig(
            id="slow",
            executor=pausing("Hel", "cut").executor,
            stream=StreamConfig(on_interrupt="continue"),
        )
        other = ModelConfig(
            id="other",
            executor=pausing("lo").executor,
            stream=StreamConfig(on_interrupt="continue"),
        )
        async with Runtime(models=[first, other]) as runtime:
            body = {**streamed(PATHS[0]), "model": "auto"}
            return await ask(Application(runtime), PATHS[0], body)

    found = run_virtual(story())

    assert b'"content":"Hel"' in found.body
    assert b'"content":"lo"' in found.body
    assert ENDS[PATHS[0]] in found.body


def test_a_request_whose_body_never_comes_holds_up_no_end() -> None:
    async def story() -> float:
        async with Runtime(models=[pausing("a")]) as runtime:
            app = Application(runtime)
            exchange = Exchange(app, PATHS[0], chat("slow"))
            exchange.withheld = True
            asking = asyncio.ensure_future(exchange.run())
            await settle()
            began = asyncio.get_running_loop().time()
            app.begin_drain()
            await app.interrupt()
            took = asyncio.get_running_loop().time() - began
            exchange.gone.set()
            await asking
            return took

    assert 0.9 < run_virtual(story()) < 1.1
