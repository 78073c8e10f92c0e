"""Where a deployment of Azure is asked, for each type of task and version of its API."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, Task

from ..families.calls_kit import EMBEDDING, JSON, RESPONSE, TEXT
from ..faulty_server import FaultyServer, Request, answer, completion, run

TOKENS = {"input_tokens": 7}
BODIES: dict[str, Any] = {
    "chat": completion(),
    "text_completion": TEXT,
    "embedding": EMBEDDING,
    "response": RESPONSE,
    "response_compact": {"output": []},
    "response_input_tokens": TOKENS,
}
PATHS = {
    "chat": "/chat/completions",
    "text_completion": "/completions",
    "embedding": "/embeddings",
    "response": "/responses",
    "response_compact": "/responses/compact",
    "response_input_tokens": "/responses/input_tokens",
}
OF_A_DEPLOYMENT = ("chat", "text_completion", "embedding")


async def asked(kind: str, version: str, base: str = "") -> Request:
    async with FaultyServer(answer(200, BODIES[kind], JSON)) as server:
        model = ModelConfig(
            id="m",
            provider="azure",
            endpoint=server.base_url.removesuffix("/v1") + base,
            api_version=version,
            deployment="big one",
        )
        name = "input" if kind.startswith(("response", "embedding")) else "prompt"
        payload: dict[str, Any] = {name: "Hi"}
        async with Runtime(models=[model]) as runtime:
            (await runtime.execute(Task(payload, type=kind))).unwrap()
    return server.requests[0]


@pytest.mark.parametrize("kind", BODIES)
def test_a_version_with_a_date_has_only_some_types_below_its_deployment(kind: str) -> None:
    request = run(asked(kind, "2024-10-21"))

    below = f"/openai/deployments/big%20one{PATHS[kind]}?api-version=2024-10-21"
    assert request.path == (below if kind in OF_A_DEPLOYMENT else f"/openai/v1{PATHS[kind]}")
    assert request.json()["model"] == "big one"


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("base", ["", "/", "/openai/v1", "/openai/v1/", "/openai/deployments/x"])
def test_a_version_without_one_has_all_types_at_one_place(kind: str, base: str) -> None:
    assert run(asked(kind, "v1", base)).path == f"/openai/v1{PATHS[kind]}"


def test_the_preview_is_asked_for() -> None:
    assert run(asked("response", "preview")).path == "/openai/v1/responses?api-version=preview"
