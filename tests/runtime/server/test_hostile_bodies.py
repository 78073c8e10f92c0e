"""Bodies made to hurt: each is answered or refused, and other clients are served meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime

from ..executors.faulty_server import FaultyServer, answer
from . import answers_kit as good
from .keys.keys_kit import entry
from .routes_kit import CHAT
from .site_kit import SMALL, USE, Counted, Reply, Site, guarded, keys_in, site, story

PATHS = ("/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/tasks")
START = b'{"model": "%s", "max_tokens": 9, "messages": ' % SMALL.encode()
JSON = "application/json"
DEEP = 1_000_000
LONG = 10_000_000

BODIES: dict[str, Callable[[], bytes]] = {
    "a million arrays deep": lambda: START + b"[" * DEEP + b"]" * DEEP + b"}",
    "a million objects deep": lambda: START + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "a million arrays that never close": lambda: START + b"[" * DEEP,
    "ten million digits": lambda: START + b"1" * LONG + b"}",
    "ten million digits behind a point": lambda: START + b"0." + b"1" * LONG + b"}",
    "an exponent of ten million digits": lambda: START + b"1e" + b"9" * LONG + b"}",
    "a lone surrogate": lambda: START + b'"\\ud800"}',
    "a lone surrogate as the name": lambda: b'{"model": "\\ud800", "messages": []}',
    "a lone surrogate in UTF-8": lambda: START + b'"\xed\xa0\x80"}',
    "no UTF-8": lambda: START + b'"\xff\xfe"}',
    "UTF-16": lambda: json.dumps(CHAT).encode("utf-16"),
    "NaN": lambda: START + b"NaN}",
    "Infinity": lambda: START + b"-Infinity}",
    "a zero in a text": lambda: START + b'"\\u0000", "user": "\\u0000"}',
    "a raw zero": lambda: START + b'"\0"}',
    "a comma too many": lambda: START + b"[],}",
    "two bodies": lambda: json.dumps(CHAT).encode() * 2,
}


async def sent(served: Site, path: str, body: bytes, **headers: str) -> Reply:
    told = {"content-type": JSON, **headers}
    return await served.ask("POST", path, USE, body, headers=told)


def peak() -> int:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused_or_answered_and_others_do_not_wait(
    tmp_path: Path, name: str
) -> None:
    body = BODIES[name]()
    before = peak()

    async def tell() -> None:
        async with guarded(tmp_path) as served:
            for path in PATHS:
                asking = asyncio.create_task(sent(served, path, body))
                while not asking.done():
                    began = asyncio.get_running_loop().time()
                    assert (await served.get("/healthz")).status == 200
                    assert asyncio.get_running_loop().time() - began < 1.0
                found = asking.result()
                assert found.status in (200, 400, 404), (path, found)
                assert found.status == 200 or found.headers["x-should-retry"] == "false"

    story(tell())

    assert peak() - before < 40 * len(body) / 1e6 + 50


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_a_packed_body_is_refused_before_it_is_read(tmp_path: Path, coding: str) -> None:
    bomb = gzip.compress(bytes(20_000_000))
    model = Counted()

    async def tell() -> None:
        async with guarded(tmp_path, model) as served:
            for path in PATHS:
                headers = {"content-encoding": coding}
                found = await sent(served, path, bomb, **headers)
                assert found.status == 415, (path, found)

    story(tell())

    assert model.calls == 0


# A field that stands there twice.

TWICE = b'{"model":"small","messages":[{"role":"user","content":"Hi"}],"model":"other"}'


def test_of_two_names_one_counts_for_the_key_and_for_the_provider(tmp_path: Path) -> None:
    keys = keys_in(tmp_path, entry("k-small", "s", models=["small"]), entry(USE, "all"))

    async def tell() -> list[Reply]:
        async with FaultyServer(answer(200, good.CHAT)) as server:
            models = [ModelConfig(id=name, endpoint=server.base_url) for name in ("small", "other")]
            async with Runtime(models=models) as runtime, site(runtime, keys) as served:
                headers = {"content-type": JSON}
                found = [
                    await served.ask("POST", "/v1/chat/completions", key, TWICE, headers=headers)
                    for key in ("k-small", USE)
                ]
            (request,) = server.requests
            assert request.body.count(b'"model"') == 1
            assert request.json()["model"] == found[1].headers["x-hive-model"]
            return found

    refused, answered = story(tell())

    assert (refused.status, refused.code) == (403, "model_not_allowed")
    assert (answered.status, answered.headers["x-hive-model"]) == (200, "other")
