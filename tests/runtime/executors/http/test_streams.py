"""Streams over real sockets: what is whole comes through, chunk by chunk."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience.runtime.executors.http.reading import body as streaming

from ..asking import Context, own_task
from ..faulty_server import FaultyServer, answer, reset, run
from ..pouring import Step, bytewise, cut, pour, stall, with_line_ends
from ..providers import ALL, ANTHROPIC, COMPATIBLE, KEY, Provider, ask_for_stream
from ..providers import read as read_stream

pytestmark = pytest.mark.usefixtures("key")
every_provider = pytest.mark.parametrize("provider", ALL, ids=str)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


@every_provider
def test_an_answer_comes_in_its_chunks_with_usage_and_finish_reason(provider: Provider) -> None:
    limits = {"X-RateLimit-Remaining-Tokens": "9", "anthropic-ratelimit-tokens-remaining": "9"}

    chunks = run(read_stream(provider, pour(provider.answer("Hel", "lo"), headers=limits)))

    assert [chunk.text for chunk in chunks if chunk.is_content] == ["Hel", "lo"]
    assert "".join(map(str, chunks)) == "Hello"
    assert {chunk.model for chunk in chunks} == {"served"}
    assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == ["stop"]
    assert [chunk.usage["total_tokens"] for chunk in chunks if chunk.usage] == [7]
    assert {chunk.rate_limits["x-ratelimit-remaining-tokens"] for chunk in chunks} == {"9"}
    assert not chunks[0].is_content
    assert "Hel" not in repr(chunks[0].raw)


@every_provider
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_it_does_not_matter_where_the_network_cuts(provider: Provider, end: bytes) -> None:
    content = b"\xef\xbb\xbf: a comment\n" + provider.answer("h\u00f6n", "\N{HONEY POT}")

    chunks = run(read_stream(provider, pour(*bytewise(with_line_ends(content, end)))))

    assert "".join(map(str, chunks)) == "h\u00f6n\N{HONEY POT}"


@every_provider
def test_a_chunk_is_there_before_the_next_is_sent(provider: Provider) -> None:
    async def story() -> list[str]:
        go_on = asyncio.Event()
        start, more = provider.start + provider.said("Hel"), provider.said("lo")
        async with FaultyServer(pour(start, go_on, more + provider.end + provider.over)) as server:
            executor = provider.make(server.base_url)
            texts: list[str] = []
            async for chunk in ask_for_stream(executor):
                texts.append(chunk.text)
                if chunk.text == "Hel":
                    go_on.set()
            await executor.close()
        return texts

    assert "".join(run(story())) == "Hello"


@every_provider
def test_what_comes_after_the_end_is_not_read(provider: Provider) -> None:
    content = provider.answer("Hello") + provider.over + provider.said("secret") + b"data: {\n\n"

    chunks = run(read_stream(provider, pour(content)))

    assert "".join(map(str, chunks)) == "Hello"


@every_provider
@pytest.mark.parametrize("last", [(), (cut,), (reset,), (stall,)])
def test_nothing_after_its_end_spoils_an_answer(
    provider: Provider, last: tuple[Step, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "AFTER_THE_END", 0.05)
    # OpenAI's form is complete with its finish reason, Anthropic's with its last event only.
    over = provider.over if provider is ANTHROPIC else b""

    chunks = run(
        read_stream(
            provider, pour(provider.answer("Hello").removesuffix(provider.over), over, *last)
        )
    )

    assert "".join(map(str, chunks)) == "Hello"


def test_done_ends_an_answer_that_gives_no_finish_reason() -> None:
    content = COMPATIBLE.start + COMPATIBLE.said("Hello") + COMPATIBLE.over

    assert "".join(map(str, run(read_stream(COMPATIBLE, pour(content))))) == "Hello"


@every_provider
def test_an_answer_in_one_piece_is_one_chunk(provider: Provider) -> None:
    whole = answer(200, provider.whole, {"Content-Type": "application/json; charset=utf-8"})

    (chunk,) = run(read_stream(provider, whole))

    assert (chunk.text, chunk.is_content) == ("Hello", True)
    assert chunk.usage["total_tokens"] == 7
    assert chunk.raw == provider.whole


@every_provider
def test_leaving_early_closes_the_connection(provider: Provider) -> None:
    async def story() -> None:
        async with FaultyServer(pour(provider.said("Hel"), stall)) as server:
            executor = provider.make(server.base_url)
            chunks = ask_for_stream(executor)
            await anext(chunks)
            await chunks.aclose()
            async with asyncio.timeout(1.0):
                await server.hung_up.wait()
            await executor.close()

    run(story())


@every_provider
def test_cancelling_the_reader_closes_the_connection(provider: Provider) -> None:
    async def story() -> None:
        async with FaultyServer(pour(provider.said("Hel"), stall)) as server:
            executor = provider.make(server.base_url)
            started = asyncio.Event()

            async def reader() -> None:
                async for _ in ask_for_stream(executor):
                    started.set()

            reading = asyncio.create_task(reader())
            await started.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            async with asyncio.timeout(1.0):
                await server.hung_up.wait()
            await executor.close()

    run(story())


@every_provider
def test_a_stream_that_was_read_to_its_end_leaves_its_connection_for_the_next(
    provider: Provider,
) -> None:
    async def story() -> int:
        async with FaultyServer(pour(provider.answer("Hello"))) as server:
            executor = provider.make(server.base_url)
            for _ in range(3):
                assert [chunk async for chunk in ask_for_stream(executor)]
            await executor.close()
        return server.connections

    assert run(story()) == 1


@every_provider
def test_the_payload_is_sent_as_it_is_and_asks_for_a_stream(provider: Provider) -> None:
    async def story() -> tuple[object, str, dict[str, str]]:
        payload = {
            "messages": [{"role": "user", "content": "Hi", "odd": 1}],
            "max_tokens": 5,
            "stream_options": {"include_usage": True},
            "unheard_of": [None],
        }
        async with FaultyServer(pour(provider.answer("Hello"))) as server:
            executor = provider.make(server.base_url)
            async for _ in executor.stream(own_task(executor, payload), Context(deadline=9.0)):
                pass
            await executor.close()
        request = server.requests[0]
        assert request.json() == {"model": "tiny", "stream": True, **payload}
        return request.json(), request.path, request.headers

    _, path, headers = run(story())

    assert path == provider.path
    # Which header carries it is the client's affair.
    assert KEY in headers.get("authorization", "") + headers.get("x-api-key", "")
