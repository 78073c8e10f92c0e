"""No key, prompt or answer is in what the server writes for people: logs, errors, events, pages."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime
from hive_resilience.config import RetryConfig
from hive_resilience.config.values.families import Family
from hive_resilience.runtime.server.application import Application

from ..executors import faulty_server as faulty
from ..executors.faulty_server import FaultyServer, answer, completion, run
from .asgi_kit import Exchange, ask
from .keys.keys_kit import entry
from .keys.test_keys import loaded
from .site_kit import ADMIN, keys_in, site

CLIENTS_KEY = "hive-canary-of-the-client-0123456789abcdefghij"
UPSTREAMS_KEY = 'sk-canary-of-the-upstream-"quoted"-9876543210'
PROMPT = "canary prompt: my grandmother's recipe"
ANSWER = "canary answer: two eggs and a secret"
PATHS = ("/v1/chat/completions", "/v1/messages", "/v1/completions", "/v1/embeddings", "/v1/tasks")
QUOTED = json.dumps(UPSTREAMS_KEY)[1:-1]


def quoting(status: int) -> faulty.Behaviour:
    told = f"you said {PROMPT} with {UPSTREAMS_KEY} and I say {ANSWER}"
    return answer(status, {"error": {"message": told, "code": QUOTED}}, {"x-request-id": "r1"})


BEHAVIOURS = {
    "good": answer(200, completion(ANSWER)),
    "wrong request": quoting(400),
    "wrong key": quoting(401),
    "limited": quoting(429),
    "down": quoting(503),
    "unreadable": answer(200, f"<html>{PROMPT}{UPSTREAMS_KEY}{ANSWER}".encode()),
    "no choices": answer(200, {"said": f"{PROMPT}{UPSTREAMS_KEY}{ANSWER}"}),
    "cut": faulty.close_mid_answer,
    "gone": faulty.close_without_answer,
    "no HTTP": faulty.speak_no_http,
}


def body_of(path: str, *, streamed: bool) -> dict[str, object]:
    if path == "/v1/tasks":
        return {"payload": {"messages": [{"role": "user", "content": PROMPT}]}, "plan": "up"}
    if path == "/v1/embeddings":
        return {"model": "up", "input": PROMPT}
    said = {"messages": [{"role": "user", "content": PROMPT}]}
    asked = {"prompt": PROMPT} if path == "/v1/completions" else said
    return {"model": "up", "max_tokens": 9, "stream": streamed, **asked}


def canaries_in(text: str, *hidden: str) -> list[str]:
    spellings = {word: {word, json.dumps(word)[1:-1]} for word in hidden}
    return [word for word, found in spellings.items() if any(one in text for one in found)]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_nothing_secret_is_written_for_people(
    behaviour: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("UPSTREAM_KEY", UPSTREAMS_KEY)
    keys = loaded(tmp_path / "keys.json", entry(CLIENTS_KEY, "ci"))
    events: list[str] = []

    async def story() -> tuple[list[Exchange], str]:
        async with FaultyServer(BEHAVIOURS[behaviour]) as server:
            model = ModelConfig(
                id="up",
                endpoint=server.base_url,
                api_key_env="UPSTREAM_KEY",
                families=("chat", "text_completion", "embedding"),
                retry=RetryConfig(max_retries=0),
            )
            async with Runtime(models=[model]) as runtime:
                runtime.subscribe(lambda event: events.append(f"{event!r}{event.to_json()!r}"))
                app = Application(runtime, keys=keys)
                asked = [
                    await ask(
                        *(app, path, body_of(path, streamed=streamed)),
                        authorization=f"Bearer {CLIENTS_KEY}",
                    )
                    for path in PATHS
                    for streamed in (False, True)
                    if not streamed or path not in PATHS[3:]
                ]
                shown = f"{vars(app)!r}{runtime.snapshot()!r}{runtime.snapshot().to_json()!r}"
        return asked, shown

    with caplog.at_level(logging.DEBUG, logger="hive_resilience"):
        asked, shown = run(story())

    told = "".join(caplog.messages) + "".join(map(str, (vars(r) for r in caplog.records)))
    everything = (CLIENTS_KEY, UPSTREAMS_KEY, PROMPT, ANSWER)
    assert len(caplog.records) >= len(asked)
    assert canaries_in(told, *everything) == []
    assert canaries_in(shown + "".join(events), *everything) == []
    for exchange in asked:
        answered = exchange.body.decode() + json.dumps(exchange.headers)
        assert canaries_in(answered, CLIENTS_KEY, UPSTREAMS_KEY) == []
        if exchange.status != 200 and exchange.status != 400:
            assert canaries_in(answered, PROMPT, ANSWER) == []


PAGES = ("/readyz", "/healthz", "/v1/models", "/v1/models/up", "/openapi.json")
OPERATORS = ("/admin/snapshot", "/admin/models", "/admin/models/up")
STREAMED: dict[str, dict[str, object]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": PROMPT}]},
    "/v1/completions": {"prompt": PROMPT},
    "/v1/messages": {"messages": [{"role": "user", "content": PROMPT}], "max_tokens": 9},
    "/v1/responses": {"input": PROMPT},
}


@pytest.mark.parametrize("behaviour", ["good", "wrong key", "down", "cut", "no HTTP"])
def test_nothing_secret_is_on_a_page_or_in_any_log_of_the_process(
    behaviour: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("UPSTREAM_KEY", UPSTREAMS_KEY)
    keys = keys_in(tmp_path, entry(CLIENTS_KEY, "ci"), entry(ADMIN, "boss", scopes=["admin"]))

    async def story() -> tuple[str, str]:
        async with FaultyServer(BEHAVIOURS[behaviour]) as server:
            model = ModelConfig(
                id="up",
                endpoint=server.base_url,
                api_key_env="UPSTREAM_KEY",
                families=tuple(Family),
                retry=RetryConfig(max_retries=0),
            )
            async with Runtime(models=[model]) as runtime, site(runtime, keys) as served:
                for path, body in STREAMED.items():
                    asked = {"model": "up", "stream": True, **body}
                    await served.post(path, CLIENTS_KEY, asked, x_api_key=CLIENTS_KEY)
                    await served.post(path, CLIENTS_KEY + "x", asked, cookie=f"key={CLIENTS_KEY}")
                    await served.post(f"{path}?key={CLIENTS_KEY}", None, asked)
                told = [await served.get(path, CLIENTS_KEY) for path in PAGES]
                told += [await served.get(path, ADMIN) for path in OPERATORS]
                assert {found.status for found in told} == {200}
                shown = (
                    f"{runtime!r}{runtime.config!r}{model!r}{keys!r}{vars(served.application)!r}"
                )
        return "".join(str(found) for found in told), shown

    with caplog.at_level(logging.DEBUG):
        pages, shown = run(story())

    logged = "".join(caplog.messages) + "".join(map(str, (vars(r) for r in caplog.records)))
    assert canaries_in(pages + shown, CLIENTS_KEY, UPSTREAMS_KEY, PROMPT, ANSWER) == []
    assert canaries_in(logged, CLIENTS_KEY, UPSTREAMS_KEY, PROMPT, ANSWER) == []


def test_the_password_of_a_proxy_is_told_to_no_caller_and_no_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "canary-of-the-proxy"
    with faulty.refusing_url() as proxy:
        place = proxy.removeprefix("http://").removesuffix("/v1")
        monkeypatch.setenv("HTTP_PROXY", f"http://user:{secret}@{place}")

        async def story() -> str:
            model = ModelConfig(id="up", endpoint="http://models.example/v1")
            async with Runtime(models=[model]) as runtime:
                app = Application(runtime)
                found = await ask(app, PATHS[0], body_of(PATHS[0], streamed=False))
                assert found.status == 503
                return f"{found.body!r}{found.headers}{runtime.snapshot()!r}{runtime.config!r}"

        with caplog.at_level(logging.DEBUG):
            told = run(story())

    assert secret not in told + "".join(str(vars(record)) for record in caplog.records)
