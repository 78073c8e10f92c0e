"""The examples do what they say."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from types import ModuleType

from fastapi.testclient import TestClient

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_fleet_from_a_file_falls_back_to_the_model_that_answers() -> None:
    result = asyncio.run(example("from_file").ask("hello"))

    assert (result.value, result.model_used, result.fallback_used) == (
        "small says: hello",
        "small",
        True,
    )
    assert [record.model_id for record in result.attempts] == ["large", "small"]


def test_a_blocking_program_gets_its_answers_in_order() -> None:
    assert example("blocking").answers(["one", "two"]) == ["answer to one", "answer to two"]


def test_a_web_service_answers_and_shows_its_models() -> None:
    with TestClient(example("fastapi_app").app) as client:
        answer = client.get("/ask", params={"prompt": "hello"}).json()
        models = client.get("/status").json()["models"]

    assert answer == {"answer": "small says: hello", "model": "small"}
    assert sorted(models) == ["large", "small"]
