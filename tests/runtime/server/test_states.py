"""A response goes on where its state is, and nowhere that its caller may not ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from hive_resilience import ModelConfig, Runtime
from hive_resilience.runtime.server.application import Application

from ..executors.faulty_server import FaultyServer, answer, run
from .asgi_kit import ask
from .keys.keys_kit import entry
from .keys.test_keys import loaded

PATH = "/v1/responses"
PART: dict[str, object] = {"type": "output_text", "text": "Hi", "annotations": []}
ITEM: dict[str, object] = {
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [PART],
}
RESPONSE: dict[str, object] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "output": [ITEM],
}


@pytest.mark.parametrize(
    ("key", "name", "status"),
    [("all", "a", 200), ("all", "auto", 200), ("all", "b", 409), ("only b", "b", 409)],
)
def test_a_state_is_reached_by_those_who_may_ask_its_model(
    key: str, name: str, status: int, tmp_path: Path
) -> None:
    keys = loaded(tmp_path / "keys.json", entry("all", "x"), entry("only b", "y", models=["b"]))

    async def story() -> tuple[int | None, int]:
        async with FaultyServer(answer(200, RESPONSE)) as server:
            models = [
                ModelConfig(id=i, endpoint=server.base_url, families=("response",)) for i in "ab"
            ]
            async with Runtime(models=models) as runtime:
                app = Application(runtime, keys=keys)
                first = {"model": "a", "input": "Hi"}
                await ask(app, PATH, first, authorization="Bearer all")
                later = {"model": name, "input": "and?", "previous_response_id": "resp_1"}
                found = await ask(app, PATH, later, authorization=f"Bearer {key}")
            return found.status, len(server.requests)

    assert run(story()) == (status, 2 if status == 200 else 1)
