"""Keys, prompts and answers come through no failure: not in words, frames, causes or logs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.actors.policies.outcomes.errors import StreamInterruptedError
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.anthropic.client import AnthropicClient
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor
from hive_resilience.runtime.executors.openai.client import OpenAIClient
from hive_resilience.runtime.executors.openai.compatible import OpenAICompatible

from ..asking import Context
from ..asking import Task as Asked
from ..canary import KEYS, carried_by, disguises, found_in, logged, pickled
from ..canned import DONE, MESSAGE_START, named, piece, said
from ..faulty_server import Behaviour, FaultyServer, run
from ..pouring import cut, pour

PROMPT = "Tell nobody of the zebra crossing at QUAGGA-7731, please"
ANSWER = "The okapi was seen at BONGO-9942 by three of them"
SECRETS_OF_THE_CALLER = ("zebra crossing at QUAGGA-7731", "okapi was seen at BONGO-9942")
CONTROL = "\x1b[31mred\x1b]0;title\x07\x9b\x7f\u202e\u2066\x00"

Path = Callable[[str], Behaviour]
"""What a server does that has been told a secret."""


def raw(head: str, body: str | bytes = b"") -> Behaviour:
    """Answer with exactly this."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        content = body.encode() if isinstance(body, str) else body
        lines = f"{head}\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
        writer.write(lines.encode("utf-8", "replace") + content)
        await writer.drain()
        writer.close()

    return behave


def quoted(status: int) -> Path:
    return lambda told: raw(
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json",
        json.dumps({"error": {"message": f"wrong: {told} !", "code": told[:50], "type": told}}),
    )


def inner(text: str) -> str:
    """As it stands in a header: one line of it."""
    return text.replace("\n", " ").replace("\r", " ")


OK = "HTTP/1.1 200 OK"
PATHS: dict[str, Path] = {
    "401": quoted(401),
    "400": quoted(400),
    "429": quoted(429),
    "500": quoted(500),
    "detail": lambda told: raw(
        "HTTP/1.1 422 X",
        json.dumps({"detail": [{"loc": ["body", told], "msg": told, "input": told}]}),
    ),
    "a body that is no JSON": lambda told: raw("HTTP/1.1 500 X", f"wrong {told}"),
    "a page": lambda told: raw("HTTP/1.1 403 X", f"<!doctype html><title>{told}</title>"),
    "a good answer that is no JSON": lambda told: raw(OK, f"wrong {told}"),
    "a good answer that is none": lambda told: raw(OK, json.dumps({"choices": told})),
    "an error in a good answer": lambda told: raw(
        f"{OK}\r\nContent-Type: application/json", json.dumps({"error": {"message": told}})
    ),
    "the status line": lambda told: raw(f"HTTP/1.1 500 {inner(told)}"),
    "a good status line": lambda told: raw(f"HTTP/1.1 200 {inner(told)}", "{}"),
    "no status line": lambda told: raw(f"{inner(told)} 200 OK"),
    "a header": lambda told: raw(f"HTTP/1.1 500 X\r\nX-Echo: {inner(told)}"),
    "a header line without a name": lambda told: raw(f"{OK}\r\n{inner(told)}"),
    "the type": lambda told: raw(f"{OK}\r\nContent-Type: {inner(told)}", "what"),
    "the packing": lambda told: raw(f"{OK}\r\nContent-Encoding: {inner(told)}", "what"),
    "the length": lambda told: raw(f"{OK}\r\nTransfer-Encoding: chunked", f"{inner(told)}\r\n"),
    "a redirect": lambda told: raw(f"HTTP/1.1 307 X\r\nLocation: http://other/{inner(told)}"),
    "a limit": lambda told: raw(f"HTTP/1.1 429 X\r\nRetry-After: {inner(told)}"),
    "an event that is no JSON": lambda told: pour(piece("a"), f"data: {inner(told)}\n\n".encode()),
    "an event that is an error": lambda told: pour(
        piece("a"), b"error: " + json.dumps({"message": told}).encode() + b"\n\n"
    ),
    "an event of another form": lambda told: pour(
        b"data: " + json.dumps({"choices": told, "type": told}).encode() + b"\n\n"
    ),
    "a finish reason": lambda told: pour(piece("a"), piece(None, f"error: {told}")),
    "a cut": lambda told: pour(piece(told), cut),
}


def compatible(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY")


def openai(url: str) -> ChatExecutor:
    return OpenAIClient("tiny", base_url=url, api_key_env="HIVE_KEY")


def anthropic(url: str) -> ChatExecutor:
    return AnthropicClient("tiny", base_url=url.removesuffix("/v1"), api_key_env="HIVE_KEY")


def given(url: str) -> ChatExecutor:
    return OpenAICompatible(url, "tiny", api_key_env="HIVE_KEY", client=httpx2.AsyncClient())


def given_openai(url: str) -> ChatExecutor:
    client = AsyncOpenAI(api_key=os.environ["HIVE_KEY"], base_url=url)
    return OpenAIClient("tiny", client=client)


async def failures(
    make: Callable[[str], ChatExecutor], behaviour: Behaviour
) -> list[BaseException]:
    """What asking for an answer and for a stream raises."""
    raised: list[BaseException] = []
    async with FaultyServer(behaviour) as server:
        executor = make(server.base_url)
        context = Context(deadline=9.0)
        try:
            await executor.execute(Asked(PROMPT), context)
        except Exception as error:
            raised.append(error)
        try:
            async for _ in executor.stream(Asked(PROMPT), context):
                pass
        except Exception as error:
            raised.append(error)
        await executor.close()
        for client in (getattr(executor._transport, "_client", None), given_sdk(executor)):
            if client is not None:
                await (client.close() if hasattr(client, "close") else client.aclose())
        await asyncio.sleep(0.01)  # httpx2 leaves the closing of its generators to the loop
    return raised


def given_sdk(executor: ChatExecutor) -> Any:
    return getattr(getattr(executor, "_sdks", None), "given", None)


def check(raised: list[BaseException], secret: str) -> None:
    for error in raised:
        assert isinstance(error, ResilienceError), repr(error)
        for place, text in carried_by(error):
            assert found_in(text, secret) is None, (place, text[:2000])
        assert found_in(pickled(error), secret) is None


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("make", [compatible, openai, anthropic, given, given_openai])
def test_no_key_comes_through_a_failure(
    path: Path,
    make: Callable[[str], ChatExecutor],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for key in KEYS.values() if make is compatible else [KEYS["quotes"]]:
        monkeypatch.setenv("HIVE_KEY", key)
        raised = run(failures(make, path(key)))

        assert raised
        check(raised, key)
        assert found_in(logged(caplog.records), key) is None
        caplog.clear()


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_no_disguise_helps_a_key(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", key)
    for told in disguises(key):
        check(run(failures(compatible, PATHS["401"](told))), key)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_no_prompt_comes_through_a_failure_in_words(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")
    for told in (PROMPT, PROMPT.upper(), json.dumps(PROMPT), PROMPT[8:50]):
        for error in run(failures(compatible, path(told))):
            assert found_in(f"{error} {error!r} {vars(error).get('message')}", PROMPT) is None
            assert error.__cause__ is error.__context__ is None
            assert found_in(pickled(error), PROMPT) is None
    assert found_in(logged(caplog.records), PROMPT) is None


@pytest.mark.parametrize(
    "behaviour",
    [
        pour(piece(ANSWER), cut),
        pour(piece(ANSWER), b'error: {"message": "failed after: ' + ANSWER.encode() + b'"}\n\n'),
        pour(piece(ANSWER), b"data: {nonsense\n\n"),
        pour(piece(ANSWER), piece(None, "error"), DONE),
        raw(OK, ANSWER),
        raw(f"{OK}\r\nContent-Type: application/json", json.dumps({"answer": ANSWER})),
    ],
    ids=["cut", "error", "no JSON", "given up", "no JSON at all", "no completion"],
)
def test_no_answer_comes_through_a_failure_in_words(
    behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")

    for error in run(failures(compatible, behaviour)):
        assert found_in(f"{error} {error!r} {pickled(error)}", ANSWER) is None
        if isinstance(error, StreamInterruptedError):
            assert error.partial == ANSWER
    assert found_in(logged(caplog.records), ANSWER) is None


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_nothing_of_a_server_reaches_a_terminal_that_would_obey_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", "sk-any-key-will-do")

    for error in run(failures(compatible, path(CONTROL))):
        assert str(error).isprintable()
    for line in logged(caplog.records).split("\n"):
        assert line.isprintable()


EVERYWHERE = ["401", "a body that is no JSON", "the status line", "an event that is an error"]


@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.parametrize("key", [KEYS["quotes"], KEYS["two spaces"]], ids=["quotes", "spaces"])
def test_no_secret_is_in_results_events_snapshots_or_logs_of_a_runtime(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("HIVE_KEY", key)
    told = f"{key} {PROMPT} "

    async def story() -> tuple[str, list[BaseException]]:
        seen: list[Any] = []
        async with FaultyServer(PATHS[name](told)) as server:
            model = ModelConfig(
                id="m1",
                endpoint=server.base_url,
                api_key_env="HIVE_KEY",
                retry=RetryConfig(max_retries=1, base_delay=0.01),
            )
            async with Runtime(models=[model]) as runtime:
                runtime.subscribe(seen.append)
                results = [await runtime.execute(Task(PROMPT))]
                stream = runtime.stream(Task(PROMPT))
                try:
                    async for _ in stream:
                        pass
                except ResilienceError:
                    pass
                results.append(stream.result)
                seen += results
                seen.append(runtime.snapshot())
        errors = [one.error for result in results for one in result.attempts if one.error]
        errors += [result.error for result in results if result.error]
        return "\n".join(map(repr, seen)), errors

    seen, errors = run(story())

    assert errors
    for secret in (key, *(SECRETS_OF_THE_CALLER[:1])):
        assert found_in(seen, secret) is None
        assert found_in(logged(caplog.records), secret) is None
        for error in errors:
            assert found_in(f"{error} {error!r}", secret) is None
    for error in errors:
        for place, text in carried_by(error):
            assert found_in(text, key) is None, (place, text[:500])


def test_a_cancelled_call_leaves_no_key_in_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    key = KEYS["plain"]
    monkeypatch.setenv("HIVE_KEY", key)

    async def story() -> BaseException:
        from .. import faulty_server as faulty

        async with FaultyServer(faulty.hang) as server:
            executor = compatible(server.base_url)
            call = asyncio.ensure_future(executor.execute(Asked(PROMPT), Context()))
            await server.arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await call
            await executor.close()
            return caught.value

    for place, text in carried_by(run(story())):
        assert found_in(text, key) is None, (place, text)


def test_a_message_of_claude_that_quotes_a_key_is_struck(monkeypatch: pytest.MonkeyPatch) -> None:
    key = KEYS["backslashes"]
    monkeypatch.setenv("HIVE_KEY", key)
    error = named("error", error={"type": "overloaded_error", "message": f"no: {key}"})

    check(run(failures(anthropic, pour(MESSAGE_START, said("a"), error))), key)
