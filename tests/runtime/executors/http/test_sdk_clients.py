"""The providers' own clients: what they are asked, given and made for."""

from __future__ import annotations

import logging
import sys
from typing import Any

import anthropic
import openai
import pytest

from hive_resilience import AnthropicClient, OpenAIClient, ResilienceError
from hive_resilience.errors import (
    ConfigurationError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor

from .. import faulty_server as faulty
from ..asking import Context, Task, own_task
from ..faulty_server import FaultyServer, answer, refusing_url, run
from ..providers import ANTHROPIC, KEY, OPENAI, Provider

PAIR = (OPENAI, ANTHROPIC)
both = pytest.mark.parametrize("provider", PAIR, ids=str)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


async def exchange(
    provider: Provider, *script: faulty.Behaviour, payload: object = "Hi"
) -> tuple[Any, list[faulty.Request]]:
    async with FaultyServer(*script) as server:
        executor = provider.make(server.base_url)
        try:
            return await executor.execute(
                own_task(executor, payload), Context(deadline=9.0)
            ), server.requests
        finally:
            await executor.close()


async def failure(
    provider: Provider, *script: faulty.Behaviour, deadline: float = 9.0
) -> ResilienceError:
    async with FaultyServer(*script) as server:
        executor = provider.make(server.base_url)
        with pytest.raises(ResilienceError) as caught:
            await executor.execute(Task("Hi"), Context(deadline=deadline))
        await executor.close()
    assert len(server.requests) <= 1
    return caught.value


@both
def test_an_answer_becomes_a_completion(provider: Provider) -> None:
    result, (request,) = run(exchange(provider, answer(200, provider.whole, JSON)))

    assert (str(result), result.model, result.usage["total_tokens"]) == ("Hello", "served", 7)
    assert result.raw == provider.whole
    assert (request.method, request.path) == ("POST", provider.path)
    sent = request.json()
    assert (sent["model"], sent["messages"]) == ("tiny", [{"role": "user", "content": "Hi"}])
    assert not sent.get("stream")


@both
def test_no_client_asks_a_second_time(provider: Provider) -> None:
    error = run(failure(provider, answer(503, b"", {"Retry-After": "7"})))

    assert isinstance(error, ModelUnavailableError)
    assert (error.status, error.retry_after) == (503, 7.0)


@both
def test_a_server_that_does_not_answer_is_a_timeout(provider: Provider) -> None:
    error = run(failure(provider, faulty.hang, deadline=0.2))

    assert isinstance(error, ModelTimeoutError)
    assert (error.kind, error.limit) == ("attempt", 0.2)


@both
@pytest.mark.parametrize(
    "behaviour",
    [
        faulty.close_without_answer,
        faulty.close_mid_answer,
        faulty.reset_mid_answer,
        faulty.speak_no_http,
        answer(200, b"secret {", JSON),
        answer(302, b"", {"Location": "http://127.0.0.1:1"}),
    ],
    ids=["closed", "closed midway", "reset", "no HTTP", "no JSON", "elsewhere"],
)
def test_what_is_no_answer_is_unavailable(provider: Provider, behaviour: faulty.Behaviour) -> None:
    error = run(failure(provider, behaviour))

    assert type(error) is ModelUnavailableError
    assert "secret" not in str(error)


@both
def test_a_refused_connection_is_unavailable(provider: Provider) -> None:
    async def story() -> None:
        with refusing_url() as url:
            executor = provider.make(url)
            with pytest.raises(ModelUnavailableError, match="Connection refused"):
                await executor.execute(Task("Hi"), Context(deadline=9.0))
            await executor.close()

    run(story())


@both
def test_a_payload_that_is_no_json_is_an_invalid_request(provider: Provider) -> None:
    async def story() -> None:
        executor = provider.make("http://127.0.0.1:1/v1")
        for payload in ({"prompt": "Hi", "tools": object()}, {"prompt": "Hi", "stream": True}, 7):
            with pytest.raises(InvalidRequestError):
                await executor.execute(Task(payload), Context(deadline=9.0))
        await executor.close()

    run(story())


@both
@pytest.mark.parametrize(
    ("status", "healthy"), [(200, True), (404, True), (429, True), (500, False)]
)
def test_health_passes_below_500(provider: Provider, status: int, healthy: bool) -> None:
    async def story() -> tuple[bool, str]:
        async with FaultyServer(answer(status, {"data": []}, JSON)) as server:
            executor = provider.make(server.base_url)
            result = await executor.check_health()
            await executor.close()
            return result, f"{server.requests[0].method} {server.requests[0].path}"

    result, asked = run(story())

    assert result is healthy
    assert asked.startswith("GET /v1/models")


@both
@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_list_models_may_still_chat(provider: Provider, status: int) -> None:
    async def story() -> bool:
        async with FaultyServer(answer(status, b"{}", JSON)) as server:
            executor = provider.make(server.base_url)
            healthy = await executor.check_health()
            await executor.close()
            return healthy

    assert run(story())


@both
def test_a_key_that_changes_is_used_at_the_next_call(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> tuple[list[str], int]:
        async with FaultyServer(answer(200, provider.whole, JSON)) as server:
            executor = provider.make(server.base_url)
            for value in ("first", "second"):
                monkeypatch.setenv("HIVE_KEY", value)
                await executor.execute(Task("Hi"), Context())
            await executor.close()
        return [str(request.headers) for request in server.requests], server.connections

    (first, second), connections = run(story())

    assert "first" in first
    assert "second" in second
    assert connections == 1


@both
def test_the_key_is_in_no_log(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    run(exchange(provider, answer(200, provider.whole, JSON)))
    run(failure(provider, answer(401, {"error": {"message": KEY}}, JSON)))

    assert caplog.records
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("make", "variable"),
    [
        (lambda: OpenAIClient("tiny"), "OPENAI_API_KEY"),
        (lambda: AnthropicClient("tiny"), "ANTHROPIC_API_KEY"),
    ],
)
def test_the_key_is_in_the_usual_variable_unless_it_is_said(
    make: Any, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)

    with pytest.raises(ModelAuthenticationError, match=variable):
        run(make().execute(Task("Hi"), Context()))


def given_openai(url: str) -> tuple[ChatExecutor, Any]:
    client = openai.AsyncOpenAI(api_key=KEY, base_url=url, default_headers={"X-Mine": "1"})
    return OpenAIClient("tiny", client=client), client


def given_anthropic(url: str) -> tuple[ChatExecutor, Any]:
    client = anthropic.AsyncAnthropic(
        api_key=KEY, base_url=url.removesuffix("/v1"), default_headers={"X-Mine": "1"}
    )
    return AnthropicClient("tiny", client=client), client


@pytest.mark.parametrize("give", [given_openai, given_anthropic])
def test_a_given_client_is_used_without_its_retries_and_never_closed(give: Any) -> None:
    async def story() -> tuple[ResilienceError, list[faulty.Request], bool]:
        said = {"error": {"message": f"no luck, {KEY}"}}
        async with FaultyServer(answer(500, said, JSON)) as server:
            executor, client = give(server.base_url)
            with pytest.raises(ModelUnavailableError) as caught:
                await executor.execute(Task("Hi"), Context(deadline=9.0))
            await executor.close()
            closed = client.is_closed()
            assert client.max_retries > 0
            await client.close()
        return caught.value, server.requests, closed

    error, requests, closed = run(story())

    assert [request.headers["x-mine"] for request in requests] == ["1"]
    assert not closed
    assert "500: no luck, *** (http://127.0.0.1:" in str(error)


def blocking(kind: Any) -> Any:
    return kind(api_key="k")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: OpenAIClient("t", client=blocking(openai.OpenAI)), "AsyncOpenAI"),
        (
            lambda: AnthropicClient("t", client=blocking(anthropic.Anthropic)),
            "AsyncAnthropic",
        ),
        (
            lambda: OpenAIClient("t", client=openai.AsyncOpenAI(api_key="k"), base_url="http://x"),
            "leave these out",
        ),
    ],
)
def test_a_client_that_cannot_be_used_is_a_configuration_error(make: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        make()


@pytest.mark.parametrize(
    ("module", "kind"), [("openai", OpenAIClient), ("anthropic", AnthropicClient)]
)
def test_a_missing_package_names_the_extra(
    module: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ConfigurationError, match=rf"hive-resilience\[{module}\]"):
        kind("tiny")
