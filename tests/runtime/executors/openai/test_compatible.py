from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from types import MappingProxyType

import httpx2
import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelUnavailableError,
)
from hive_resilience.config.errors import ConfigurationError, ResilienceError

from .. import faulty_server as faulty
from ..asking import Context, Task, ask, exchange, failure
from ..faulty_server import FaultyServer, answer, completion, run

KEY = "sk-very-secret"


def test_an_answer_becomes_a_completion_that_reads_as_its_text() -> None:
    limits = {"X-RateLimit-Remaining-Tokens": "99", "Retry-After-Ms": "5", "X-Request-Id": "r"}

    result, request = run(
        exchange(answer(200, completion(finish_reason="stop"), limits), deadline=15.0)
    )

    assert str(result) == result.text == "Hello"
    assert (result.model, result.finish_reason) == ("served", "stop")
    assert result.usage == {"total_tokens": 7}
    assert result.raw["id"] == "c1"
    assert "raw" not in repr(result)
    assert result.rate_limits == {"x-ratelimit-remaining-tokens": "99", "retry-after-ms": "5"}
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("payload", "sent"),
    [
        ("Hi", {"model": "tiny", "messages": [{"role": "user", "content": "Hi"}]}),
        (
            {"prompt": "Hi", "temperature": 0.5, "stream": False},
            {
                "model": "tiny",
                "messages": [{"role": "user", "content": "Hi"}],
                "temperature": 0.5,
                "stream": False,
            },
        ),
        ({"messages": [], "model": "big"}, {"model": "tiny", "messages": []}),
        (MappingProxyType({"messages": ()}), {"model": "tiny", "messages": []}),
    ],
)
def test_a_payload_is_sent_as_messages_with_its_other_keys(
    payload: object, sent: Mapping[str, object]
) -> None:
    _, request = run(exchange(answer(200, completion()), payload=payload))

    assert request.json() == sent


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (7, "`messages` (a list) or `prompt` (a string); this is int"),
        ({"prompt": ["secret"]}, "this one has neither"),
        ({"messages": "secret"}, "`messages` is a list, not str"),
        ({"prompt": "secret", "stream": True}, "`stream` in the payload is for streams"),
        ({"prompt": "secret", "tools": object()}, "cannot be written as JSON"),
        ({"prompt": "secret", 1: 2}, "cannot be written as JSON"),
        ("secret \ud800", "cannot be written as JSON"),
    ],
)
def test_a_payload_that_cannot_be_sent_is_an_invalid_request(payload: object, says: str) -> None:
    executor = OpenAICompatible("http://127.0.0.1:1/v1", "tiny")

    with pytest.raises(InvalidRequestError) as caught:
        run(ask(executor, payload))

    assert says in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.model_id == "m1"


def test_tool_calls_without_content_are_an_answer() -> None:
    body = completion(None, finish_reason="tool_calls")
    body["choices"][0]["message"]["tool_calls"] = [{"id": "t1"}]

    result, _ = run(exchange(answer(200, body)))

    assert (result.text, result.finish_reason) == ("", "tool_calls")


def test_text_before_the_content_filter_is_an_answer_and_nothing_before_it_is_a_refusal() -> None:
    partly, _ = run(exchange(answer(200, completion("Once", finish_reason="content_filter"))))
    refused = run(failure(answer(200, completion(None, finish_reason="content_filter"))))

    assert partly.text == "Once"
    assert isinstance(refused, ContentRefusedError)


def test_an_answer_that_its_server_has_given_up_is_none() -> None:
    error = run(failure(answer(200, completion("Once", finish_reason="abort"))))

    assert type(error) is ModelUnavailableError
    assert "abort" in str(error)


def test_cancelling_a_call_closes_its_connection() -> None:
    async def story() -> None:
        async with FaultyServer(faulty.hang) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            call = asyncio.ensure_future(executor.execute(Task("Hi"), Context()))
            await server.arrived.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await server.hung_up.wait()
            await executor.close()

    run(story())


def test_the_key_is_read_at_each_call_and_struck_from_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> tuple[FaultyServer, ResilienceError]:
        said = {"error": {"message": f"wrong key {KEY} " + "x " * 500}}
        async with FaultyServer(answer(200, completion()), answer(401, said)) as server:
            executor = OpenAICompatible(server.base_url, "tiny", api_key_env="HIVE_KEY")
            monkeypatch.setenv("HIVE_KEY", "first")
            await ask(executor)
            monkeypatch.setenv("HIVE_KEY", KEY + "\n")
            with pytest.raises(ModelAuthenticationError) as caught:
                await ask(executor)
        return server, caught.value

    server, error = run(story())

    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer first", f"Bearer {KEY}"]
    assert "wrong key *** x" in str(error)
    assert KEY not in str(error)
    assert len(str(error)) < 300


@pytest.mark.parametrize("value", ["", "  ", "sk-caf\u00e9", "sk-a\nb", None])
def test_a_key_that_cannot_be_sent_names_its_variable_and_not_its_value(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HIVE_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("HIVE_KEY", value)

    error = run(failure(faulty.hang, api_key_env="HIVE_KEY"))

    assert isinstance(error, ModelAuthenticationError)
    assert "HIVE_KEY" in str(error)
    assert "sk-" not in str(error)


def test_calls_on_one_loop_share_a_connection_and_another_loop_gets_its_own() -> None:
    async def story(executor: OpenAICompatible, server: FaultyServer) -> int:
        async with server:
            executor.url = server.base_url
            await executor.execute(Task("Hi"), Context())
            await executor.execute(Task("Hi"), Context())
            await executor.close()
        return server.connections

    async def both(executor: OpenAICompatible) -> int:
        return await story(executor, FaultyServer(answer(200, completion())))

    executor = OpenAICompatible("http://127.0.0.1:1", "tiny")

    assert (run(both(executor)), run(both(executor))) == (1, 1)


def test_a_given_client_is_used_and_never_closed() -> None:
    async def story() -> tuple[bool, str]:
        async with (
            FaultyServer(answer(200, completion())) as server,
            httpx2.AsyncClient(headers={"X-Mine": "1"}) as client,
        ):
            await ask(OpenAICompatible(server.base_url, "tiny", client=client))
            return client.is_closed, server.requests[0].headers["x-mine"]

    assert run(story()) == (False, "1")


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (404, True), (500, False)])
def test_health_passes_below_500(status: int, healthy: bool) -> None:
    async def story() -> tuple[bool, str]:
        async with FaultyServer(answer(status, b"{}")) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            result = await executor.check_health()
            await executor.close()
            return result, f"{server.requests[0].method} {server.requests[0].path}"

    assert run(story()) == (healthy, "GET /v1/models")


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_list_models_may_still_chat(status: int) -> None:
    async def story() -> bool:
        async with FaultyServer(answer(status)) as server:
            executor = OpenAICompatible(server.base_url, "tiny")
            healthy = await executor.check_health()
            await executor.close()
            return healthy

    assert run(story())


@pytest.mark.parametrize("url", ["", "localhost:8000/v1", "ftp://host/v1", "http://"])
def test_a_base_url_that_is_none_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        OpenAICompatible(url, "tiny")


@pytest.mark.parametrize("url", ["http://me:hunter2@host/v1", "http://host/v1?api_key=hunter2"])
def test_a_base_url_with_a_key_in_it_is_an_error_that_does_not_show_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        OpenAICompatible(url, "tiny")

    assert "hunter2" not in f"{caught.value} {vars(caught.value)}"


def test_a_key_in_place_of_its_variable_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(ConfigurationError, match="name of an environment variable") as caught:
        OpenAICompatible("http://host/v1", "tiny", api_key_env="sk-hunter2")

    assert "hunter2" not in f"{caught.value} {vars(caught.value)}"


def test_a_missing_http_client_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)

    with pytest.raises(ConfigurationError, match=r"hive-resilience\[http\]"):
        OpenAICompatible("http://127.0.0.1:1", "tiny")
