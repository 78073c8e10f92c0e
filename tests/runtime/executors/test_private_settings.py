"""A header of the settings shows up in no error."""

from __future__ import annotations

import asyncio
import traceback

import pytest

from hive_resilience import ModelConfig, ResilienceError, Runtime, Task
from hive_resilience.config import RetryConfig

from . import faulty_server as faulty
from .faulty_server import FaultyServer, answer, run
from .settings_kit import CANARY

# What is private stays so.


async def planted(*script: faulty.Behaviour) -> tuple[list[object], ResilienceError]:
    """All that is told of a task, and its error, where a header and the key are the canary."""
    async with FaultyServer(*script) as server:
        model = ModelConfig(
            id="m",
            endpoint=server.base_url,
            api_key_env="HIVE_CANARY",
            headers={"X-Mine": {"env": "HIVE_CANARY"}},
            retry=RetryConfig(max_retries=0),
        )
        told: list[object] = [model]
        async with Runtime(models=[model]) as runtime:
            runtime.subscribe(told.append)
            result = await runtime.execute(Task("Hi"))
            told += [result, *result.attempts, runtime.snapshot(), runtime.snapshot().to_json()]
        assert all(CANARY in one.headers["x-mine"] for one in server.requests)
    error = result.attempts[0].error
    assert isinstance(error, ResilienceError)
    return told, error


async def key_in_the_status_line(writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 {CANARY}\r\n\r\n".encode())
    writer.close()


async def key_in_a_header(writer: asyncio.StreamWriter) -> None:
    writer.write(f"HTTP/1.1 200 OK\r\n{CANARY}\r\n\r\n".encode())
    writer.close()


async def key_in_a_chunks_size(writer: asyncio.StreamWriter) -> None:
    head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    writer.write(f"{head}{CANARY}\r\n\r\n".encode())
    await writer.drain()


@pytest.mark.parametrize(
    "behaviour",
    [
        faulty.close_without_answer,
        faulty.close_mid_answer,
        faulty.reset_mid_answer,
        faulty.speak_no_http,
        key_in_the_status_line,
        key_in_a_header,
        key_in_a_chunks_size,
        answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
        answer(307, b"", {"Location": "http://other/"}),
    ],
    ids=[
        "closed",
        "cut",
        "reset",
        "no HTTP",
        "status line",
        "header",
        "chunk",
        "no gzip",
        "redirect",
    ],
)
def test_a_header_shows_up_in_no_error_however_the_exchange_fails(
    behaviour: faulty.Behaviour, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HIVE_CANARY", CANARY)

    told, error = run(planted(behaviour))

    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    for text in ("".join(whole.format()), caplog.text, *(f"{one} {one!r}" for one in told)):
        assert "canary" not in text
        assert "4.7*" not in text
