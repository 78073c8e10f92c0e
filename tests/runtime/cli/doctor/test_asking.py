"""`--ask`: one tiny request to each model."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.runtime.cli.doctor.asking import ask_models
from hive_resilience.runtime.cli.doctor.finding import Finding, Verdict

from ...executors.faulty_server import Behaviour, FaultyServer, answer, completion, hang
from ..command_kit import story
from .doctor_kit import SECRET, fleet

Told = tuple[Finding, list[Any]]


async def asked(behaviour: Behaviour, **model: Any) -> Told:
    async with FaultyServer(behaviour) as server:
        config = fleet({"m": {"endpoint": server.base_url, **model}})
        (found,) = await ask_models(config)
        return found, [request.json() for request in server.requests]


def test_a_model_that_answers_is_well_and_was_asked_for_one_token() -> None:
    found, bodies = story(asked(answer(200, completion("p"))))

    assert found.verdict is Verdict.WELL
    assert [body["max_tokens"] for body in bodies] == [1]


def test_an_answer_of_one_token_may_be_empty() -> None:
    found, _ = story(asked(answer(200, completion("", finish_reason="length"))))

    assert found.verdict is Verdict.WELL


@pytest.mark.parametrize(
    ("status", "code", "verdict", "advice"),
    [
        (401, "invalid_api_key", Verdict.MEND, "is it the right key"),
        (404, "model_not_found", Verdict.MEND, "does the server have a model of this name?"),
        (429, "rate_limit_exceeded", Verdict.NOTE, "it is there"),
        (400, "bad", Verdict.NOTE, "it is there"),
        (500, "oh", Verdict.MEND, "is its server well?"),
    ],
)
def test_what_is_wrong_is_told_without_the_key(
    status: int, code: str, verdict: Verdict, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", SECRET)
    body = {"error": {"code": code, "message": f"you sent {SECRET}"}}

    found, bodies = story(asked(answer(status, body), api_key_env="THE_KEY"))

    assert found.verdict is verdict
    assert found.advice.startswith(advice)
    assert SECRET not in str(found)
    assert len(bodies) == 1


def test_a_silent_model_costs_its_limit_and_no_more() -> None:
    found, _ = story(asked(hang, timeout="50ms"))

    assert found.verdict is Verdict.MEND
    assert found.advice.startswith("is it overloaded")


def test_a_model_of_embeddings_is_asked_for_one() -> None:
    body: dict[str, Any] = {"data": [{"index": 0, "embedding": [0.5]}], "model": "e", "usage": {}}

    found, bodies = story(asked(answer(200, body), families=["embedding"]))

    assert found.verdict is Verdict.WELL
    assert [sent["input"] for sent in bodies] == ["ping"]


def test_a_type_that_no_tiny_request_fits_is_not_asked() -> None:
    found, bodies = story(asked(answer(200), families=["rerank"]))

    assert (found.verdict, bodies) == (Verdict.NOTE, [])


def test_a_model_of_python_is_not_asked() -> None:
    assert story(ask_models(fleet({"m": {}}))) == []
