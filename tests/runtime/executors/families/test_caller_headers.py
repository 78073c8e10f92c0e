"""Headers of a caller go on to the provider by a list, and show up nowhere else."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from hive_resilience import ModelConfig, OpenAICompatible, Runtime, Task
from hive_resilience.config.errors import ConfigurationError, ResilienceError
from hive_resilience.errors import InvalidRequestError

from ..asking import Context
from ..faulty_server import FaultyServer, Request, answer, completion, run
from .calls_kit import JSON, MESSAGE, RESPONSE, Make, claude, openai

GIVEN = {
    "Anthropic-Version": "2025-01-01",
    "anthropic-beta": "tools-2026-01-01, context-1m",
    "anthropic-new-thing": "odd",
    "OpenAI-Beta": "responses=v1",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b",
    "Accept": "application/json",
    "X-Team": "search",
    "Authorization": "Bearer sk-of-the-client",
    "X-API-Key": "sk-of-the-client",
    "api-key": "sk-of-the-client",
    "anthropic-auth-token": "sk-of-the-client",
    "Cookie": "a=b",
    "Host": "evil.example.com",
    "Forwarded": "for=1.2.3.4",
    "X-Forwarded-For": "1.2.3.4",
    "X-Stainless-Lang": "js",
    "Connection": "close",
    "TE": "trailers",
    "Transfer-Encoding": "chunked",
    "Content-Length": "7",
    "Content-Type": "text/plain",
    "Proxy-Authorization": "Basic x",
    "x-hive-fallbacks": "a,b",
}
EVERYWHERE = {
    "traceparent": GIVEN["traceparent"],
    "tracestate": "a=b",
    "accept": "application/json",
}
OF_ANTHROPIC = {
    "anthropic-version": "2025-01-01",
    "anthropic-beta": "tools-2026-01-01, context-1m",
    "anthropic-new-thing": "odd",
}
OF_OPENAI = {"openai-beta": "responses=v1"}
BODIES = {"chat": completion(), "message": MESSAGE, "response": RESPONSE}


def compatible(url: str, **settings: Any) -> OpenAICompatible:
    return OpenAICompatible(url, "tiny", families=["chat", "response"], **settings)


def messages(url: str) -> OpenAICompatible:
    return OpenAICompatible(url, "tiny", families=["message"])


async def sent(make: Make, kind: str, body: Any, headers: dict[str, str] = GIVEN) -> Request:
    task = Task({"prompt": "Hi", "input": "Hi", "max_tokens": 9}, type=kind, headers=headers)
    if kind != "response":
        task = Task({"prompt": "Hi", "max_tokens": 9}, type=kind, headers=headers)
    async with FaultyServer(answer(200, body, JSON)) as server:
        executor = make(server.base_url)
        await executor.execute(task, Context(deadline=9.0))
        await executor.close()
    return server.requests[0]


@pytest.mark.parametrize(
    ("make", "kind", "body", "own"),
    [
        (compatible, "chat", completion(), OF_OPENAI),
        (compatible, "response", RESPONSE, OF_OPENAI),
        (compatible, "message", completion(), OF_OPENAI),
        (messages, "message", MESSAGE, OF_ANTHROPIC),
        (openai, "response", RESPONSE, OF_OPENAI),
        (claude, "message", MESSAGE, OF_ANTHROPIC),
        (claude, "chat", MESSAGE, OF_ANTHROPIC),
    ],
    ids=[
        "chat",
        "response",
        "message over chat",
        "message",
        "openai",
        "claude",
        "chat over claude",
    ],
)
def test_what_the_server_understands_goes_on_and_nothing_else_does(
    make: Make, kind: str, body: Any, own: dict[str, str]
) -> None:
    request = run(sent(make, kind, body))
    plain = run(sent(make, kind, body, {}))

    allowed = {**EVERYWHERE, **own}
    assert {name: request.headers.get(name) for name in allowed} == allowed
    for name in {name.lower() for name in GIVEN} - allowed.keys():
        # Neither made by the caller's headers, nor changed.
        told = [one.headers.get(name) for one in (request, plain)]
        assert told[0] == told[1] or name in ("host", "content-length"), name
    for secret in ("sk-of-the-client", "evil.example.com", "1.2.3.4"):
        assert secret not in str(request.headers)


def test_the_settings_go_before_the_caller_and_lists_have_both() -> None:
    def make(url: str) -> OpenAICompatible:
        return OpenAICompatible(
            url,
            "tiny",
            families=["message"],
            headers={"Anthropic-Beta": "ours", "anthropic-version": "1999-01-01"},
            forward_headers=["X-Team"],
        )

    request = run(sent(make, "message", MESSAGE))

    assert request.headers["anthropic-beta"] == "ours,tools-2026-01-01, context-1m"
    assert request.headers["anthropic-version"] == "1999-01-01"
    assert request.headers["x-team"] == "search"


@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "Cookie", "Host", "a b", "te"])
def test_no_setting_lets_the_forbidden_go_on(name: str) -> None:
    with pytest.raises(ConfigurationError):
        OpenAICompatible("http://server", "tiny", forward_headers=[name])


@pytest.mark.parametrize(
    "headers",
    [
        {"a": "b\r\nx-api-key: c"},
        {"a": "b\nc"},
        {"a": "b\0"},
        {"a": "\u00e4"},
        {"a\r\nb": "c"},
        {"a b": "c"},
        {"": "c"},
        {"a": "1", "A": "2"},
        {"a": 7},
    ],
)
def test_what_no_header_can_carry_is_refused_unquoted(headers: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        Task("Hi", headers=headers)
    assert "x-api-key" not in f"{caught.value} {caught.value!r} {caught.value.__cause__}"


def test_they_travel_with_a_task_and_are_in_no_repr() -> None:
    task = Task("Hi", headers={"anthropic-beta": "canary-beta"})
    copied: Task = pickle.loads(pickle.dumps(task))

    assert copied.headers == {"anthropic-beta": "canary-beta"}
    assert "canary" not in repr(task)
    assert pickle.loads(pickle.dumps(Task("Hi"))).headers == {}


def test_a_server_that_quotes_one_is_not_quoted_with_it() -> None:
    async def story() -> ResilienceError:
        body = {"error": {"message": "odd header canary-beta-2026-01 here", "code": "odd"}}
        async with FaultyServer(answer(400, body, JSON)) as server:
            executor = messages(server.base_url)
            task = Task("Hi", type="message", headers={"anthropic-beta": "canary-beta-2026-01"})
            with pytest.raises(ResilienceError) as caught:
                await executor.execute(task, Context(deadline=9.0))
            await executor.close()
        return caught.value

    error: Any = run(story())
    assert "canary" not in f"{error} {error!r}"
    # A program that passes the error on hands the caller's own words back to it.
    assert b"canary-beta" in error.answer.body


def test_they_go_on_from_a_worker_process_too() -> None:
    async def story() -> Request:
        async with FaultyServer(answer(200, completion(), JSON)) as server:
            model = ModelConfig(id="m", endpoint=server.base_url, isolation="process")
            async with Runtime(models=[model]) as runtime:
                result = await runtime.execute(Task("Hi", headers=GIVEN))
        assert result.success
        return server.requests[0]

    request = asyncio.run(story())  # the pool of processes keeps some files

    assert request.headers["traceparent"] == GIVEN["traceparent"]
    assert "sk-of-the-client" not in str(request.headers)


def test_a_runtime_tells_nothing_of_them() -> None:
    async def story() -> str:
        told: list[object] = []
        body = {"error": {"message": "odd header canary-beta-2026-01 here", "code": "odd"}}
        async with FaultyServer(answer(400, body, JSON)) as server:
            model = ModelConfig(id="m", endpoint=server.base_url, families=("message",))
            async with Runtime(models=[model]) as runtime:
                runtime.subscribe(told.append)
                headers = {"anthropic-beta": "canary-beta-2026-01", "x-other": "canary-of-others"}
                result = await runtime.execute(Task("Hi", type="message", headers=headers))
                told += [result, runtime.snapshot(), runtime.snapshot().to_json()]
        return "\n".join(map(repr, told))

    assert "canary" not in run(story())
