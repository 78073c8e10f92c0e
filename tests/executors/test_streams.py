"""Streams over real sockets: what is whole comes through, what is not never passes for it."""

from __future__ import annotations

import asyncio

import pytest

from hive_resilience.actors.policies.errors import (
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
    StreamInterruptedError,
)
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors import streaming

from .asking import Context, Task
from .faulty_server import FaultyServer, answer, close_without_answer, reset, run
from .pouring import Step, bytewise, cut, endless, pour, stall, with_line_ends
from .providers import ALL, ANTHROPIC, COMPATIBLE, KEY, OPENAI, Provider, ask_for_stream, event
from .providers import broken as broken_stream
from .providers import read as read_stream

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
    assert chunks[0].rate_limits["x-ratelimit-remaining-tokens"] == "9"
    assert not any(chunk.rate_limits for chunk in chunks[1:])
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
            texts = []
            async for chunk in ask_for_stream(executor):
                texts.append(chunk.text)
                if chunk.text == "Hel":
                    go_on.set()
            await executor.close()
        return texts

    assert "".join(run(story())) == "Hello"


@every_provider
@pytest.mark.parametrize("step", [cut, reset], ids=["cut", "reset"])
def test_what_is_cut_off_is_interrupted_with_what_had_come(provider: Provider, step: Step) -> None:
    error = run(broken_stream(provider, pour(provider.start, provider.said("Hel"), step)))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "cut off" in str(error)
    assert "Hel" not in str(error)


@every_provider
def test_what_ends_in_good_order_but_too_early_is_interrupted(provider: Provider) -> None:
    error = run(broken_stream(provider, pour(provider.start + provider.said("Hel"))))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "ended before the answer did" in str(error)


@every_provider
@pytest.mark.parametrize("last", [(), (cut,), (reset,)], ids=["end", "cut", "reset"])
def test_before_the_first_content_it_is_as_if_nothing_had_come(
    provider: Provider, last: tuple[Step, ...]
) -> None:
    assert type(run(broken_stream(provider, pour(provider.start, *last)))) is ModelUnavailableError
    assert type(run(broken_stream(provider, close_without_answer))) is ModelUnavailableError


@every_provider
@pytest.mark.parametrize("bad", [b'data: {"secret": \n\n', b"data: \xff\n\n", b"data: [1]\n\n"])
def test_what_cannot_be_read_is_interrupted_and_not_quoted(provider: Provider, bad: bytes) -> None:
    late = pour(provider.start + provider.said("Hel") + bad + provider.end + provider.over)
    early = pour(provider.start + bad + provider.answer("Hel"))

    error = run(broken_stream(provider, late))

    assert isinstance(error, StreamInterruptedError)
    assert error.partial == "Hel"
    assert "secret" not in str(error)
    assert type(run(broken_stream(provider, early))) is ModelUnavailableError


@every_provider
@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"type": "rate_limit_error", "message": f"slow down, {KEY}"}, RateLimitedError),
        ({"type": "authentication_error"}, ModelAuthenticationError),
        ({"type": "invalid_request_error"}, InvalidRequestError),
        ({"type": "overloaded_error", "message": "Overloaded"}, ModelUnavailableError),
    ],
)
def test_an_error_in_the_stream_is_judged_by_the_table(
    provider: Provider, found: dict[str, str], kind: type[ResilienceError]
) -> None:
    sent = event({"type": "error", "error": found}, "error")

    error = run(broken_stream(provider, pour(provider.start + provider.said("Hel") + sent)))

    assert type(error) is kind
    assert KEY not in str(error)


def test_an_event_named_error_is_an_error_whatever_is_in_it() -> None:
    sent = event({"message": "no luck"}, "error")

    assert "no luck" in str(run(broken_stream(COMPATIBLE, pour(sent))))


@every_provider
def test_what_stalls_ends_with_the_deadline(provider: Provider) -> None:
    error = run(broken_stream(provider, pour(provider.said("Hel"), stall), deadline=0.2))

    assert isinstance(error, ModelTimeoutError)
    assert (error.kind, error.limit) == ("attempt", 0.2)


@every_provider
@pytest.mark.parametrize("piece", [b": alive\n\n", b": "], ids=["comments", "no line end"])
def test_what_is_kept_alive_for_ever_ends_with_the_deadline(
    provider: Provider, piece: bytes
) -> None:
    error = run(broken_stream(provider, endless(piece), deadline=0.2))

    assert isinstance(error, ModelTimeoutError | ModelUnavailableError)


@every_provider
def test_an_event_without_an_end_does_not_fill_the_memory(provider: Provider) -> None:
    error = run(broken_stream(provider, endless(b"data: " + b"x" * 65_536), deadline=15.0))

    assert "larger than 4194304 bytes" in str(error)


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
@pytest.mark.parametrize("kind", ["text/html", ""])
def test_another_type_of_answer_is_an_error_that_names_it(provider: Provider, kind: str) -> None:
    error = run(broken_stream(provider, pour(b"<html>secret", kind=kind)))

    assert type(error) is ModelUnavailableError
    assert repr(kind or "no type") in str(error)
    assert "secret" not in str(error)


@every_provider
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidRequestError),
        (401, ModelAuthenticationError),
        (404, ModelUnavailableError),
        (429, RateLimitedError),
        (500, ModelUnavailableError),
        (529, ModelUnavailableError),
    ],
)
def test_a_status_before_the_stream_is_judged_by_the_table_and_asked_once(
    provider: Provider, status: int, kind: type[ResilienceError]
) -> None:
    async def story() -> tuple[ResilienceError, int]:
        said = {"error": {"message": f"wrong key {KEY}"}}
        headers = {"Retry-After": "7", "Content-Type": "application/json"}
        async with FaultyServer(answer(status, said, headers)) as server:
            executor = provider.make(server.base_url)
            with pytest.raises(ResilienceError) as caught:
                await anext(ask_for_stream(executor))
            await executor.close()
        return caught.value, len(server.requests)

    error, requests = run(story())

    assert type(error) is kind
    assert requests == 1
    assert "wrong key ***" in str(error)
    assert KEY not in f"{error!r} {error.__cause__!r} {error.__context__!r}"
    if isinstance(error, RateLimitedError):
        assert error.retry_after == 7.0


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
            async for _ in executor.stream(Task(payload), Context(deadline=9.0)):
                pass
            await executor.close()
        request = server.requests[0]
        assert request.json() == {"model": "tiny", "stream": True, **payload}
        return request.json(), request.path, request.headers

    _, path, headers = run(story())

    assert path == provider.path
    # Which header carries it is the client's affair.
    assert KEY in headers.get("authorization", "") + headers.get("x-api-key", "")


def test_no_time_left_is_a_timeout_without_asking() -> None:
    error = run(broken_stream(OPENAI, answer(200), deadline=0.0))

    assert isinstance(error, ModelTimeoutError)
