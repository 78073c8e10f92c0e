"""Claude in the clouds: asked by their own clients, read like any other."""

from __future__ import annotations

import asyncio
import base64
import json
from binascii import crc32
from struct import pack
from typing import Any

import pytest

from hive_resilience import ModelConfig
from hive_resilience.actors.policies.outcomes.errors import (
    StreamInterruptedError,
)
from hive_resilience.config.errors import ConfigurationError
from hive_resilience.runtime.executors.endpoint import endpoint_executor
from hive_resilience.runtime.executors.http.chat_executor import ChatExecutor

from .. import faulty_server as faulty
from ..asking import Context
from ..asking import Task as Asked
from ..faulty_server import FaultyServer, run
from ..pouring import pour
from ..providers import ANTHROPIC
from ..settings_kit import MESSAGE, exchanged


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
