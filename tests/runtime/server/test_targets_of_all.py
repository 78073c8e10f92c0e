"""In no family of the server does a request choose where the call goes, and with which key."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime
from hive_resilience.config import CircuitBreakerConfig
from hive_resilience.config.values.families import Family
from hive_resilience.runtime.server.routes import ROUTES

from ..executors.faulty_server import Behaviour, FaultyServer, answer
from . import answers_kit as good
from .site_kit import Reply, Site, keys_in, site, story
from .test_targets import ASKED, BODIES, CLIENT, HEADERS, OURS

EVENTS = {"content-type": "text/event-stream"}
IMAGE = "DECOY/a.png"


class Spoken(NamedTuple):
    """What is asked in a family, what its provider answers, and an image among what is asked."""

    body: Mapping[str, Any]
    answer: bytes
    events: tuple[bytes, ...] = ()
    image: Mapping[str, Any] | None = None


FAMILIES: dict[str, Spoken] = {
    "/v1/chat/completions": Spoken(
        {"messages": ASKED},
        good.CHAT,
        (*good.CHAT_EVENTS,),
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": IMAGE}}]}
            ]
        },
    ),
    "/v1/completions": Spoken({"prompt": "Hi"}, good.COMPLETION, (*good.COMPLETION_EVENTS,)),
    "/v1/embeddings": Spoken(
        {"input": "Hi"}, good.EMBEDDING, (), {"input": [{"image": IMAGE, "url": IMAGE}]}
    ),
    "/v1/responses": Spoken(
        {"input": "Hi"},
        good.RESPONSE,
        (*good.RESPONSE_EVENTS,),
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": IMAGE}]}]},
    ),
    "/v1/responses/compact": Spoken({"input": "Hi"}, good.RESPONSE),
    "/v1/responses/input_tokens": Spoken({"input": "Hi"}, good.TOKENS),
    "/v1/messages": Spoken(
        {"messages": ASKED, "max_tokens": 9},
        good.MESSAGE,
        (*good.MESSAGE_EVENTS,),
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image", "source": {"type": "url", "url": IMAGE}}],
                }
            ]
        },
    ),
    "/v1/messages/count_tokens": Spoken({"messages": ASKED}, good.TOKENS),
    "/v1/rerank": Spoken(
        {"query": "Hi", "documents": ["a"]},
        json.dumps({"model": "m", "results": [{"index": 0, "relevance_score": 0.5}]}).encode(),
    ),
    "/v1/moderations": Spoken({"input": "Hi"}, good.MODERATION),
}


def model_at(server: FaultyServer) -> ModelConfig:
    return ModelConfig(
        id="m",
        endpoint=server.base_url,
        api_key_env="KEY_OF_THE_MODEL",
        families=tuple(Family),
        retry=RetryConfig(max_retries=0),
        circuit_breaker=CircuitBreakerConfig(enabled=False),
    )


class Stand(NamedTuple):
    """A server, its provider, and a decoy that should hear nothing."""

    served: Site
    provider: FaultyServer
    decoy: FaultyServer


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that the settings name."""
    monkeypatch.setenv("KEY_OF_THE_MODEL", OURS)


async def asked(
    stand: Stand, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> Reply:
    """One request; `DECOY` in it is the address of the decoy."""
    decoy = stand.decoy.base_url
    told = json.loads(json.dumps(body).replace("DECOY", decoy))
    told = {"model": "m", **FAMILIES[path].body, **told}
    shown = {name: value.replace("DECOY", decoy) for name, value in headers.items()}
    return await stand.served.ask("POST", path, CLIENT, told, headers=shown)


def check(server: FaultyServer, path: str, count: int) -> None:
    """Each request came to the path of the family, with the key of the settings alone."""
    assert len(server.requests) == count
    for request in server.requests:
        assert request.path == path
        presented = {request.headers.get(name) for name in ("authorization", "x-api-key")} - {None}
        assert presented in ({OURS}, {f"Bearer {OURS}"})
        told = "".join(request.headers.values())
        assert CLIENT not in told
        assert "evil" not in told


def test_every_family_of_the_server_is_among_these() -> None:
    assert set(FAMILIES) == {path for path, route in ROUTES.items() if route.name == "call"}


@asynccontextmanager
async def standing(folder: Path, *script: Behaviour) -> AsyncGenerator[Stand]:
    """The server before a provider that does this, and a decoy beside it."""
    async with FaultyServer(*script) as provider, FaultyServer(answer()) as decoy:
        runtime = Runtime(models=[model_at(provider)])
        async with runtime, site(runtime, keys_in(folder)) as served:
            yield Stand(served, provider, decoy)
        assert decoy.connections == 0


@pytest.mark.parametrize("path", FAMILIES)
def test_nothing_in_a_request_changes_the_target_or_the_key(tmp_path: Path, path: str) -> None:
    spoken = FAMILIES[path]
    nothing: dict[str, str] = {}
    tries = [*((body, nothing) for body in (*BODIES, spoken.image or {}))]
    tries += [(nothing, headers) for headers in HEADERS]

    async def tell() -> None:
        async with standing(tmp_path, answer(200, spoken.answer)) as stand:
            for body, headers in tries:
                found = await asked(stand, path, body, headers)
                assert found.status == 200, (body, headers, found)
            check(stand.provider, path, len(tries))

    story(tell())


@pytest.mark.parametrize("path", [path for path, spoken in FAMILIES.items() if spoken.events])
def test_nothing_in_a_request_for_a_stream_does_either(tmp_path: Path, path: str) -> None:
    events = b"".join(FAMILIES[path].events)

    async def tell() -> None:
        async with standing(tmp_path, answer(200, events, EVENTS)) as stand:
            for body, headers in zip(BODIES, HEADERS, strict=False):
                found = await asked(stand, path, {**body, "stream": True}, headers)
                assert found.status == 200, found
                assert b'"error":{' not in found.body
            check(stand.provider, path, min(len(BODIES), len(HEADERS)))

    story(tell())


@pytest.mark.parametrize("path", FAMILIES)
def test_a_redirect_takes_no_key_to_another_place(tmp_path: Path, path: str) -> None:
    async def tell() -> None:
        async with FaultyServer(answer()) as elsewhere:
            target = {"Location": f"{elsewhere.base_url}/take"}
            script = [answer(status, b"", target) for status in (301, 302, 303, 307, 308)]
            async with standing(tmp_path, *script) as stand:
                for _ in script:
                    found = await asked(stand, path, {}, {})
                    assert found.status in (502, 503), found
                    assert "location" not in found.headers
            assert elsewhere.connections == 0

    story(tell())
