"""Calls beside messages and responses: to count tokens, to compact. Many servers lack them."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import ModelConfig, Runtime, Task
from hive_resilience.errors import InvalidRequestError, ModelLimitError, ModelUnavailableError

from ..asking import Context
from ..asking import Task as Asked
from ..faulty_server import FaultyServer, answer, run
from .calls_kit import JSON, Make, asked, claude, failure, openai, streamed
from .calls_kit import compatible as every

TOKENS = {"input_tokens": 14}
COMPACT = {
    "id": "resp_1",
    "object": "response.compaction",
    "output": [{"type": "compaction", "encrypted_content": "x"}],
    "usage": {"input_tokens": 7, "output_tokens": 3},
}
ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi"}], "odd": [1.5]}
CASES: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("message_tokens", "/v1/messages/count_tokens", ASKED, TOKENS),
    ("response_input_tokens", "/v1/responses/input_tokens", {"input": "Hi", "odd": 1}, TOKENS),
    ("response_compact", "/v1/responses/compact", {"input": [], "instructions": "x"}, COMPACT),
)
KINDS = tuple(case[0] for case in CASES)


def makes(kind: str) -> list[Make]:
    return [every, claude] if kind == "message_tokens" else [every, openai]


@pytest.mark.parametrize(("kind", "path", "payload", "body"), CASES, ids=KINDS)
def test_each_has_its_path_and_gives_its_answer_as_it_came(
    kind: str, path: str, payload: dict[str, Any], body: Any
) -> None:
    for make in makes(kind):
        found, request = run(asked(make, kind, payload, answer(200, body, JSON)))

        assert (request.path, request.json()) == (path, {"model": "tiny", **payload})
        assert (found.raw, found.text) == (body, "")
        assert found.usage == body.get("usage", {})


@pytest.mark.parametrize("kind", KINDS)
def test_they_have_no_streams(kind: str) -> None:
    error = failure(streamed(every, kind, ASKED, answer(200, TOKENS)))
    assert isinstance(error, InvalidRequestError)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [{}, {"input_tokens": None, "output": {}}, []], ids=range(3))
def test_what_is_no_answer_is_a_failure(kind: str, body: Any) -> None:
    error = failure(asked(every, kind, ASKED, answer(200, body, JSON)))
    assert isinstance(error, ModelUnavailableError)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_the_call_is_a_limit_of_the_model_and_no_lasting_one(
    kind: str, status: int
) -> None:
    body = {"error": {"message": "model not found", "code": "model_not_found"}}
    for make in makes(kind):
        error = failure(asked(make, kind, ASKED, answer(status, body, JSON)))

        assert type(error) is ModelLimitError
        assert (error.status, error.lasting) == (status, False)
        assert error.answer is not None
        assert error.answer.body


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_without_the_call_goes_on_being_asked(kind: str) -> None:
    async def story() -> tuple[list[Any], Any]:
        async with FaultyServer(answer(404, {"detail": "Not Found"}, JSON)) as server:
            model = ModelConfig(id="m", endpoint=server.base_url, families=(kind,))
            async with Runtime(models=[model]) as runtime:
                results = [await runtime.execute(Task(ASKED, type=kind)) for _ in range(20)]
                return results, runtime.snapshot()

    results, snapshot = run(story())

    assert all(type(result.attempts[-1].error) is ModelLimitError for result in results)
    assert snapshot.models["m"].breaker.state == "closed"


def test_a_model_without_the_type_is_not_asked() -> None:
    async def story() -> None:
        async with FaultyServer(answer(200, TOKENS)) as server:
            from hive_resilience import OpenAICompatible

            executor = OpenAICompatible(server.base_url, "tiny", families=["message"])
            with pytest.raises(ModelLimitError, match="no tasks of the type message_tokens"):
                await executor.execute(Asked(ASKED, "message_tokens"), Context(deadline=9.0))
            await executor.close()
        assert not server.requests

    run(story())
