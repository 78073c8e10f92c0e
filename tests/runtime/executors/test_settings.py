"""What settings say of a model's requests is what its server is asked."""

from __future__ import annotations

import asyncio
import base64
import json
import traceback
from binascii import crc32
from pathlib import Path
from struct import pack
from typing import Any

import pytest

from hive_resilience import ModelConfig, OpenAICompatible, ResilienceError, Runtime, Task
from hive_resilience.actors.policies.outcomes.errors import (
    ModelAuthenticationError,
    StreamInterruptedError,
)
from hive_resilience.config import GlobalConfig, RetryConfig, RuntimeConfig
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.runtime.executors.endpoint import endpoint_executor
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor

from . import faulty_server as faulty
from .asking import Context
from .asking import Task as Asked
from .faulty_server import FaultyServer, answer, completion, run
from .pouring import pour
from .providers import ANTHROPIC

CANARY = 'a"canary\\ 4.7*  end'
GOOD = answer(200, completion())
MESSAGE = answer(200, ANTHROPIC.whole, {"Content-Type": "application/json"})


async def exchanged(
    *script: faulty.Behaviour, payload: object = "Hi", base: str = "", **settings: Any
) -> faulty.Request:
    """The first request of a model with these settings; `base` goes behind the server's URL."""
    async with FaultyServer(*script) as server:
        url = server.base_url.removesuffix("/v1") + base
        executor = endpoint_executor(ModelConfig(id="m", endpoint=url, **settings))
        try:
            await executor.execute(Asked(payload), Context())
        finally:
            await executor.close()
    return server.requests[0]


# Where.


def test_the_query_of_an_endpoint_goes_behind_the_path() -> None:
    request = run(exchanged(GOOD, base="/a/b/?team=search&x=1"))

    assert request.path == "/a/b/chat/completions?team=search&x=1"


@pytest.mark.parametrize("base", ["", "/", "/openai/deployments/other/chat/completions?a=b"])
@pytest.mark.parametrize("settings", [{"deployment": "big one"}, {"model": "big one"}])
def test_azure_is_asked_by_deployment_and_version_with_its_own_header(
    base: str, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")
    azure = {"provider": "azure", "api_version": "2024-10-21", "api_key_env": "HIVE_KEY"}

    request = run(exchanged(GOOD, base=base, **azure, **settings))

    wanted = "/openai/deployments/big%20one/chat/completions?api-version=2024-10-21"
    assert request.path == wanted
    assert request.headers["api-key"] == "a-key"
    assert "authorization" not in request.headers


def test_a_token_for_azure_is_a_header_of_ones_own(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("Bearer a-token\n")
    headers = {"Authorization": {"file": str(token)}}

    request = run(exchanged(GOOD, provider="azure", api_version="1", headers=headers))

    assert request.headers["authorization"] == "Bearer a-token"
    assert "api-key" not in request.headers


@pytest.mark.parametrize(
    "settings",
    [
        {"provider": "azure", "endpoint": "http://host"},
        {"provider": "azure", "api_version": "1"},
        {"deployment": "big"},
        {"provider": "openai", "api_version": "1"},
    ],
)
def test_azure_is_told_all_or_nothing(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="provider azure"):
        ModelConfig(id="m", **settings)


# What.


@pytest.mark.parametrize("provider", ["somebody", "openai", "anthropic"])
def test_headers_and_params_go_with_each_request(
    provider: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")
    monkeypatch.setenv("HIVE_HEADER", "of the environment")
    place = tmp_path / "header"
    place.write_text("of a file\n")
    script = MESSAGE if provider == "anthropic" else GOOD

    request = run(
        exchanged(
            script,
            payload={"prompt": "Hi", "temperature": 0.1},
            provider=provider,
            api_key_env="HIVE_KEY",
            organization="ours",
            headers={"X-A": "plain", "X-B": {"env": "HIVE_HEADER"}, "X-C": {"file": str(place)}},
            params={"temperature": 0.9, "top_p": 0.5},
        ),
        limit=50.0,  # a client looks at the machine at its first call
    )

    sent = [request.headers[name] for name in ("x-a", "x-b", "x-c", "openai-organization")]
    assert sent == ["plain", "of the environment", "of a file", "ours"]
    assert (request.json()["temperature"], request.json()["top_p"]) == (0.1, 0.5)


def test_a_header_is_read_again_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> list[str]:
        async with FaultyServer(GOOD) as server:
            executor = OpenAICompatible(server.base_url, "m", headers={"X-A": {"env": "HIVE_A"}})
            for value in ("first", "second"):
                monkeypatch.setenv("HIVE_A", value)
                await executor.execute(Asked("Hi"), Context())
            await executor.close()
        return [request.headers["x-a"] for request in server.requests]

    assert run(story()) == ["first", "second"]


def test_a_header_without_its_value_is_named_and_nothing_is_sent() -> None:
    executor = OpenAICompatible("http://127.0.0.1:1", "m", headers={"X-A": {"env": "HIVE_NONE"}})

    with pytest.raises(ModelAuthenticationError, match="HIVE_NONE with the header X-A is not set"):
        run(executor.execute(Asked("Hi"), Context()))


@pytest.mark.parametrize(
    "headers",
    [
        {"X Y": "a"},
        {"X-A": "a\nb"},
        {"X-A": "caf\u00e9"},
        {"Content-Length": "1"},
        {"host": "other"},
        {"X-A": "a", "x-a": "b"},
        {"X-A": {"env": "A", "file": "b"}},
        {"X-A": {"env": "not a name"}},
        {"X-A": {}},
        {"Authorization": CANARY},
        {"X-Api-Key": CANARY},
        {"X-A": f"sk-{CANARY}"},
    ],
)
def test_headers_that_cannot_be_sent_or_hold_a_key_are_mistakes_that_are_not_quoted(
    headers: dict[str, Any],
) -> None:
    for refused in (
        lambda: ModelConfig(id="m", headers=headers),
        lambda: OpenAICompatible("http://host/v1", "m", headers=headers),
    ):
        with pytest.raises((ValueError, ConfigurationError)) as caught:
            refused()
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize("params", [{"model": "x"}, {"stream": True}, {"a": "sk-canary"}])
def test_params_are_neither_the_tasks_own_fields_nor_keys(params: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"params|comes with a task|is not written") as caught:
        ModelConfig(id="m", params=params)

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(("own", "asked"), [({}, "mine"), ({"model_from_payload": True}, "other")])
def test_a_payloads_model_counts_only_where_settings_say_so(
    own: dict[str, Any], asked: str
) -> None:
    payload = {"prompt": "Hi", "model": "other"}

    request = run(exchanged(GOOD, payload=payload, model="mine", **own))

    assert request.json()["model"] == asked


def test_a_limit_for_connections_of_all_models_holds_from_the_next_call_on() -> None:
    def settings(limit: float) -> RuntimeConfig:
        model = ModelConfig(id="m", endpoint="http://127.0.0.1:1/v1")
        return RuntimeConfig(global_=GlobalConfig(connect_timeout=limit), models=(model,))

    async def story() -> list[float]:
        async with Runtime(settings(3.0)) as runtime:
            executor: Any = runtime._fleet.member("m").backend.executor
            options = executor._owner._options
            found = [options.connect_timeout(None), options.connect_timeout(1.0)]
            await runtime.reload(settings(2.0))
            return [*found, options.connect_timeout(None)]

    assert asyncio.run(story()) == [3.0, 1.0, 2.0]


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


# Clouds.


def event(fields: dict[str, Any], kind: str = "event") -> bytes:
    """A message of AWS's event stream that holds an event of Anthropic's."""
    packed = base64.b64encode(json.dumps(fields).encode()).decode()
    body = json.dumps({"bytes": packed}).encode()
    headers = b""
    for name, value in ((":event-type", "chunk"), (":message-type", kind)):
        headers += pack(">B", len(name)) + name.encode() + b"\x07"
        headers += pack(">H", len(value)) + value.encode()
    start = pack(">II", 16 + len(headers) + len(body), len(headers))
    start += pack(">I", crc32(start))
    message = start + headers + body
    return message + pack(">I", crc32(message))


EVENTS = b"".join(
    event(json.loads(line.removeprefix(b"data: ")))
    for line in ANTHROPIC.answer("Hel", "lo").splitlines()
    if line.startswith(b"data: ")
)
AWS_STREAM = "application/vnd.amazon.eventstream"


def bedrock(url: str) -> ChatExecutor:
    return endpoint_executor(
        ModelConfig(
            id="m",
            provider="anthropic_bedrock",
            endpoint=url.removesuffix("/v1"),
            model="anthropic.claude:0",
            region="eu-west-1",
            api_key_env="HIVE_KEY",
            headers={"X-A": "b"},
        )
    )


def test_bedrock_is_asked_by_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")

    async def story() -> tuple[str, faulty.Request]:
        async with FaultyServer(MESSAGE) as server:
            executor = bedrock(server.base_url)
            found = str(await executor.execute(Asked("Hi"), Context()))
            await executor.close()
        return found, server.requests[0]

    found, request = run(story())

    assert found == "Hello"
    assert request.path == "/model/anthropic.claude:0/invoke"
    assert (request.headers["authorization"], request.headers["x-a"]) == ("Bearer a-key", "b")
    sent = request.json()
    assert not {"model", "stream"} & set(sent)
    assert sent["messages"] == [{"role": "user", "content": "Hi"}]


def test_bedrock_signs_what_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    settings = {"provider": "anthropic_bedrock", "model": "a:0", "region": "eu-west-1"}

    request = asyncio.run(exchanged(MESSAGE, **settings))

    signed = request.headers["authorization"].partition("SignedHeaders=")[2].split(",")[0]
    assert {"host", "accept", "accept-encoding", "content-type"} <= set(signed.split(";"))
    assert request.headers["accept"] == "application/json"


async def chunks_of(executor: ChatExecutor) -> list[str]:
    try:
        return [str(chunk) async for chunk in executor.stream(Asked("Hi"), Context()) if str(chunk)]
    finally:
        await executor.close()


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_bedrocks_stream_is_read_however_it_is_cut(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")
    pieces = [EVENTS[at : at + step] for at in range(0, len(EVENTS), step)]

    async def story() -> tuple[list[str], faulty.Request]:
        async with FaultyServer(pour(*pieces, kind=AWS_STREAM)) as server:
            return await chunks_of(bedrock(server.base_url)), server.requests[0]

    found, request = run(story())

    assert found == ["Hel", "lo"]
    assert request.path == "/model/anthropic.claude:0/invoke-with-response-stream"
    assert "stream" not in request.json()


def test_bedrocks_stream_that_is_cut_is_no_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key")

    async def story() -> None:
        async with FaultyServer(pour(EVENTS[:-30], kind=AWS_STREAM)) as server:
            with pytest.raises(StreamInterruptedError) as caught:
                await chunks_of(bedrock(server.base_url))
            assert caught.value.partial == "Hello"

    run(story())


def test_vertex_is_asked_by_its_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-token")

    request = run(
        exchanged(
            MESSAGE,
            base="/v1",
            provider="anthropic_vertex",
            model="claude@1",
            region="eu",
            project="ours",
            api_key_env="HIVE_KEY",
        )
    )

    where = "/v1/projects/ours/locations/eu/publishers/anthropic/models/claude@1:rawPredict"
    assert request.path == where
    assert request.headers["authorization"] == "Bearer a-token"
    assert "model" not in request.json()


def test_a_cloud_whose_own_tools_are_missing_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hive_resilience.runtime.executors.anthropic import cloud

    def finds_nothing(name: str) -> None:
        return None

    monkeypatch.setattr(cloud, "find_spec", finds_nothing)

    with pytest.raises(ConfigurationError, match=r"hive-resilience\[vertex\]"):
        endpoint_executor(ModelConfig(id="m", provider="anthropic_vertex"))
