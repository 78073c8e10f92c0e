"""Whole streams: a runtime on this side of real sockets, servers that fail on the other."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from hive_resilience import (
    ModelConfig,
    Plan,
    RetryConfig,
    Runtime,
    StreamRestarted,
    Task,
    TaskResult,
)
from hive_resilience.errors import ModelTimeoutError
from hive_resilience.snapshots import ModelSnapshot

from ...runtime.executors.faulty_server import Behaviour, FaultyServer, answer, run
from ...runtime.executors.pouring import Step, cut, endless, pour, stall
from ...runtime.executors.providers import ALL, KEY, Provider, event
from .stream_kit import Read, read

every_provider = pytest.mark.parametrize("provider", ALL, ids=str)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


class Fleet:
    """A runtime with one model for each script, asked in order; `stream` is for the first."""

    def __init__(self, provider: Provider, *scripts: Behaviour, **stream: Any) -> None:
        self.servers = [FaultyServer(script) for script in scripts]
        self._provider = provider
        self._stream = stream

    async def __aenter__(self) -> Runtime:
        models: list[ModelConfig] = []
        for number, server in enumerate(self.servers):
            await server.__aenter__()
            executor = self._provider.make(server.base_url)
            models.append(
                ModelConfig(
                    id=f"m{number}",
                    executor=executor,
                    retry=RetryConfig(max_retries=0),
                    stream={} if number else self._stream,  # type: ignore[arg-type]  # pydantic makes one of it
                )
            )
        self.runtime = await Runtime(models=models).__aenter__()
        return self.runtime

    async def __aexit__(self, *_: object) -> None:
        await self.runtime.__aexit__(None, None, None)
        for server in self.servers:
            await server.__aexit__(None, None, None)


@every_provider
@pytest.mark.parametrize(
    "start",
    [
        answer(503),
        pour(cut),
        pour(b": alive\n\n", cut),
        pour(b"data: {\n\n"),
        pour(b"<html>", kind="text/html"),
        pour(event({"type": "error", "error": {"type": "overloaded_error"}}, "error")),
        pour(stall),
    ],
    ids=["503", "cut", "comments", "malformed", "HTML", "error", "stall"],
)
def test_before_the_first_content_another_model_answers(
    provider: Provider, start: Behaviour
) -> None:
    async def story() -> tuple[list[object], TaskResult]:
        good = pour(provider.answer("Hel", "lo"))
        async with Fleet(provider, start, good, first_chunk=0.2) as runtime:
            async with runtime.stream(Task("Hi")) as stream:
                chunks = [chunk async for chunk in stream]
            return chunks, stream.result

    chunks, result = run(story())

    assert "".join(map(str, chunks)) == result.value == "Hello"
    assert (result.success, result.model_used, result.fallback_used) == (True, "m1", True)


@every_provider
@pytest.mark.parametrize(
    "end",
    [(cut,), (), (b"data: {\n\n",), (b"data: [DO",), (stall,)],
    ids=["cut", "no end", "malformed", "cut event", "stall"],
)
def test_a_truncated_answer_is_never_a_success(provider: Provider, end: tuple[Step, ...]) -> None:
    async def story() -> tuple[Read, ModelSnapshot]:
        start = provider.start + provider.said("Hel")
        async with Fleet(provider, pour(start, *end), idle=0.2) as runtime:
            found = await read(runtime)
            return found, runtime.model("m0").snapshot()

    found, model = run(story())

    assert found.cut.partial == "Hel"
    assert not found.result.success
    assert found.result.model_used is None
    assert model.under_way == 0
    assert model.metrics.successes == 0


@every_provider
def test_what_is_cut_begins_again_at_another_model(provider: Provider) -> None:
    async def story() -> tuple[list[object], TaskResult]:
        start = provider.start + provider.said("Hel")
        async with Fleet(provider, pour(start, cut), pour(provider.answer("Hello"))) as runtime:
            plan = Plan("m0", ("m1",), on_interrupt="restart")
            async with runtime.stream(Task("Hi"), plan=plan) as stream:
                chunks = [chunk async for chunk in stream]
            return chunks, stream.result

    chunks, result = run(story())

    (at,) = [n for n, chunk in enumerate(chunks) if isinstance(chunk, StreamRestarted)]
    assert "".join(map(str, chunks[:at])) == "Hel"
    assert "".join(map(str, chunks[at:])) == result.value == "Hello"
    assert result.model_used == "m1"


@every_provider
def test_what_is_cut_is_gone_on_with_whatever_the_payload(provider: Provider) -> None:
    async def story() -> tuple[TaskResult, object]:
        start = provider.start + provider.said("Hel")
        fleet = Fleet(provider, pour(start, cut), pour(provider.answer("lo")))
        async with fleet as runtime:
            plan = Plan("m0", ("m1",), on_interrupt="continue")
            async with runtime.stream(Task({"prompt": "Hi"}), plan=plan) as stream:
                async for _ in stream:
                    pass
            return stream.result, fleet.servers[1].requests[0].json()["messages"]

    result, messages = run(story())

    assert result.value == "Hello"
    assert messages == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hel"},
    ]


@every_provider
def test_leaving_early_frees_the_model_and_its_server_within_a_second(provider: Provider) -> None:
    async def story() -> Any:
        fleet = Fleet(provider, pour(provider.start, provider.said("Hel"), stall))
        async with fleet as runtime:
            async with runtime.stream(Task("Hi")) as stream:
                async for chunk in stream:
                    if chunk.is_content:
                        break
            async with asyncio.timeout(1.0):
                await fleet.servers[0].hung_up.wait()
            return runtime.model("m0").snapshot()

    model = run(story())

    assert model.under_way == 0
    assert model.metrics.cancelled == 1


@every_provider
def test_a_stream_that_is_dropped_frees_the_model_and_its_server(provider: Provider) -> None:
    async def story() -> int:
        fleet = Fleet(provider, pour(provider.start, provider.said("Hel"), stall))
        async with fleet as runtime:
            stream = runtime.stream(Task("Hi"))
            await anext(stream)
            del stream
            gc.collect()
            async with asyncio.timeout(1.0):
                await fleet.servers[0].hung_up.wait()
            return runtime.model("m0").snapshot().under_way

    assert run(story()) == 0


@every_provider
def test_a_model_that_only_drips_is_given_up(provider: Provider) -> None:
    async def story() -> Read:
        drip = endless(provider.said("a"), every=0.02)
        floor = {"min_chunks_per_second": 1000, "throughput_window": 0.2}
        async with Fleet(provider, drip, **floor) as runtime:
            return await read(runtime)

    found = run(story())

    assert isinstance(found.cut.__cause__, ModelTimeoutError)
    assert found.cut.__cause__.kind == "throughput"
    assert set(found.cut.partial) == {"a"}


@every_provider
def test_what_comes_after_the_end_reaches_nobody(provider: Provider) -> None:
    async def story() -> Read:
        twice = provider.answer("Hello") + provider.over + provider.answer("again")
        async with Fleet(provider, pour(twice)) as runtime:
            return await read(runtime)

    found = run(story())

    assert "".join(map(str, found.chunks)) == found.result.value == "Hello"
    assert found.result.success


@every_provider
def test_a_slow_reader_holds_back_the_server(provider: Provider) -> None:
    async def story() -> Any:
        sent = asyncio.Event()

        async def note(_: asyncio.StreamWriter) -> None:
            sent.set()

        much = [provider.said("a" * 65_536)] * 400
        script = pour(provider.start, *much, note, provider.end, provider.over)
        async with Fleet(provider, script) as runtime:
            async with runtime.stream(Task("Hi")) as stream:
                await anext(stream)
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(sent.wait(), 0.3)
                async for _ in stream:
                    pass
            assert sent.is_set()
            return stream.result

    assert len(run(story()).value) == 400 * 65_536


@every_provider
def test_in_parallel_the_first_with_content_wins_and_the_others_are_hung_up_on(
    provider: Provider,
) -> None:
    async def story() -> Read:
        slow, quick = pour(provider.start, stall), pour(provider.answer("Hello"))
        fleet = Fleet(provider, slow, quick)
        async with fleet as runtime:
            found = await read(runtime, strategy="parallel")
            async with asyncio.timeout(1.0):
                await fleet.servers[0].hung_up.wait()
            return found

    found = run(story())

    assert found.result.value == "Hello"
    assert found.result.model_used == "m1"


@every_provider
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "streamed"])
def test_a_stream_teaches_the_limits_of_its_provider(provider: Provider, whole: bool) -> None:
    headers = {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "7",
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "7",
        "Content-Type": "application/json",
    }

    async def story() -> Any:
        streamed = pour(provider.answer("Hello"), headers={**headers, "Content-Type": ""})
        script = answer(200, provider.whole, headers) if whole else streamed
        async with Fleet(provider, script) as runtime:
            async with runtime.stream(Task("Hi")) as stream:
                async for _ in stream:
                    pass
            return runtime.model("m0").snapshot().rate_limit

    learnt = run(story())

    assert learnt.requests_limit == 60
    assert learnt.requests_left == pytest.approx(7, abs=1)
