"""No request chooses where the server's own calls go, and with which key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime

from ..executors.faulty_server import FaultyServer, answer, completion
from .site_kit import Reply, keys_in, site, story

CLIENT, OURS = "k-use", "key-of-the-provider"
MESSAGE = {
    **{"id": "m1", "type": "message", "role": "assistant", "model": "served"},
    **{"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn"},
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
ASKED = [{"role": "user", "content": "Hi"}]


class Family(NamedTuple):
    """A path, what is asked there, and how the provider is reached and answers."""

    path: str
    provider: str | None
    body: dict[str, Any]
    answer: dict[str, Any]
    upstream: str


FAMILIES = [
    Family(
        "/v1/chat/completions",
        None,
        {"model": "m", "messages": ASKED},
        completion(finish_reason="stop"),
        "/v1/chat/completions",
    ),
    Family(
        "/v1/messages",
        "anthropic",
        {"model": "m", "messages": ASKED, "max_tokens": 9},
        MESSAGE,
        "/v1/messages",
    ),
]


class Heard(NamedTuple):
    """What came of one request: the answer, and what both servers have heard."""

    reply: Reply
    provider: list[Any]
    decoy: int


def model_at(server: FaultyServer, family: Family) -> ModelConfig:
    url = server.base_url
    return ModelConfig(
        id="m",
        endpoint=url if family.provider is None else url.removesuffix("/v1"),
        provider=family.provider,
        api_key_env="KEY_OF_THE_MODEL",
        retry=RetryConfig(max_retries=0),
    )


def ask(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    family: Family,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
) -> Heard:
    """One request, with `DECOY` in it as the address of a server that should hear nothing."""
    monkeypatch.setenv("KEY_OF_THE_MODEL", OURS)

    async def tell() -> Heard:
        async with (
            FaultyServer(answer(200, family.answer)) as good,
            FaultyServer(answer()) as decoy,
        ):
            model = model_at(good, family)
            told = json.loads(json.dumps(body).replace("DECOY", decoy.base_url))
            shown = {n: v.replace("DECOY", decoy.base_url) for n, v in headers.items()}
            async with Runtime(models=[model]) as runtime, site(runtime, keys_in(folder)) as served:
                reply = await served.ask(
                    "POST", family.path, CLIENT, {**family.body, **told}, headers=shown
                )
            return Heard(reply, good.requests, decoy.connections)

    return story(tell())


def check(heard: Heard, family: Family) -> None:
    """The provider was asked as the settings say, and no other server was."""
    assert heard.decoy == 0
    assert heard.reply.status == 200, heard.reply
    (request,) = heard.provider
    assert request.path == family.upstream
    presented = {request.headers.get(name) for name in ("authorization", "x-api-key")} - {None}
    assert presented <= {OURS, f"Bearer {OURS}"}
    assert presented
    for name, value in request.headers.items():
        assert CLIENT not in value, name
        assert "evil" not in value, name
    assert request.headers["host"].startswith("127.0.0.1:")


BODIES: list[dict[str, Any]] = [
    {"api_base": "DECOY"},
    {"base_url": "DECOY"},
    {"endpoint": "DECOY", "api_url": "DECOY", "url": "DECOY", "host": "DECOY"},
    {"api_key": "evil", "key": "evil", "organization": "evil", "project": "evil"},
    {"litellm_params": {"api_base": "DECOY", "api_key": "evil", "model": "evil"}},
    {"extra_headers": {"authorization": "Bearer evil", "host": "evil.example"}},
    {"headers": {"authorization": "Bearer evil"}, "extra_query": {"key": "evil"}},
    {"extra_body": {"base_url": "DECOY", "model": "evil"}},
    {"provider": "evil", "custom_llm_provider": "evil", "proxy": "DECOY", "http_proxy": "DECOY"},
    {"config": {"endpoint": "DECOY"}, "deployment_id": "../../evil", "route": "fallback"},
    {"metadata": {"api_base": "DECOY", "headers": {"x-api-key": "evil"}}},
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.path)
def test_no_field_of_a_body_changes_the_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: Family, body: dict[str, Any]
) -> None:
    check(ask(tmp_path, monkeypatch, family, body, {}), family)


HEADERS: list[dict[str, str]] = [
    {"x-portkey-custom-host": "DECOY", "x-portkey-provider": "evil", "x-portkey-config": "evil"},
    {"x-hive-endpoint": "DECOY", "x-hive-base-url": "DECOY", "x-hive-api-key": "evil"},
    {"x-api-base": "DECOY", "api-base": "DECOY", "api-key": "evil", "x-goog-api-key": "evil"},
    {"openai-organization": "evil", "openai-project": "evil"},
    {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example", "x-real-ip": "evil"},
    {"x-forwarded-for": "evil", "via": "evil", "x-original-url": "/evil", "x-rewrite-url": "/evil"},
    {"cookie": "evil=1", "proxy-authorization": "Basic evil", "referer": "http://evil.example"},
    {"helicone-target-url": "DECOY", "x-litellm-api-base": "DECOY", "x-bf-vk": "evil"},
    {"x-stainless-lang": "evil", "user-agent": "evil", "te": "evil"},
    {"host": "evil.example"},
]


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.path)
def test_no_header_changes_the_target_or_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: Family, headers: dict[str, str]
) -> None:
    check(ask(tmp_path, monkeypatch, family, {}, headers), family)


@pytest.mark.parametrize(
    "name", ["m@evil.example", "http://evil.example/m", "../m", "m#", "m?x", "openai/m", "m\n"]
)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.path)
def test_a_name_that_is_none_asks_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: Family, name: str
) -> None:
    heard = ask(tmp_path, monkeypatch, family, {"model": name}, {})

    assert (heard.reply.status, heard.provider, heard.decoy) == (404, [], 0)


def test_the_server_fetches_no_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    family = FAMILIES[0]
    part = {"type": "image_url", "image_url": {"url": "DECOY/a.png"}}

    heard = ask(
        tmp_path, monkeypatch, family, {"messages": [{"role": "user", "content": [part]}]}, {}
    )

    check(heard, family)
    assert heard.provider[0].json()["messages"][0]["content"][0]["type"] == "image_url"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.path)
def test_a_redirect_of_a_provider_to_another_place_takes_no_key_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: Family, status: int
) -> None:
    monkeypatch.setenv("KEY_OF_THE_MODEL", OURS)

    async def tell() -> tuple[Reply, int]:
        async with FaultyServer(answer()) as decoy:
            leads_away = answer(status, b"", {"Location": decoy.base_url + "/take"})
            async with FaultyServer(leads_away) as good:
                runtime = Runtime(models=[model_at(good, family)])
                async with runtime, site(runtime, keys_in(tmp_path)) as served:
                    reply = await served.post(family.path, CLIENT, family.body)
            return reply, decoy.connections

    reply, heard = story(tell())

    assert (reply.status, heard) == (503, 0)
    assert b"location" not in b"".join(name.encode() for name in reply.headers)
