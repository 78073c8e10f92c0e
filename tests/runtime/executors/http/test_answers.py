"""What twelve providers send, written from their documentation, is read as they mean it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hive_resilience import errors
from hive_resilience.config.errors import ResilienceError

from ..canned import FAMILIES, JSON, CannedTransport, asked, cut, streamed
from ..faulty_server import run

FOLDER = Path(__file__).parents[1] / "answers"
TOLD: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
TEXT = "The sky is blue."
every_provider = pytest.mark.parametrize("name", TOLD)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", "a-key-for-tests")


def test_there_are_the_providers_that_were_promised() -> None:
    assert set(TOLD) == {
        *("anthropic", "azure", "deepseek", "gemini", "groq", "llama_cpp", "mistral", "ollama"),
        *("openai", "openrouter", "sglang", "vllm"),
    }
    assert all(told["source"] and told["errors"] for told in TOLD.values())


@every_provider
def test_an_answer_is_read(name: str) -> None:
    told = TOLD[name]
    body = json.dumps(told["answer"]).encode()

    for make in FAMILIES[told["family"]]:
        answer = run(asked(make(CannedTransport(body, kind=JSON))))

        assert (answer.text, answer.reasoning) == (TEXT, told["reasoning"])
        assert (answer.finish_reason, answer.model) == (told["finish"], "m-1")
        assert answer.usage["total_tokens"] == 12
        assert answer.raw == told["answer"]


@every_provider
@pytest.mark.parametrize("size", [0, 1, 7], ids=["whole", "bytewise", "by sevens"])
def test_a_stream_is_read(name: str, size: int) -> None:
    told = TOLD[name]
    stream = (FOLDER / f"{name}.sse").read_bytes()
    pieces = tuple(cut(stream, size)) if size else (stream,)

    for make in FAMILIES[told["family"]]:
        chunks = run(streamed(make(CannedTransport(*pieces))))

        assert "".join(map(str, chunks)) == TEXT
        assert "".join(chunk.reasoning for chunk in chunks) == told["reasoning"]
        assert [chunk.finish_reason for chunk in chunks if chunk.finish_reason] == [told["finish"]]
        contents = [chunk.is_content for chunk in chunks]
        assert contents[-1] is False or name == "gemini"  # it ends with its last words


@every_provider
def test_a_stream_in_answer_to_a_plain_request_is_read(name: str) -> None:
    told = TOLD[name]
    stream = (FOLDER / f"{name}.sse").read_bytes()

    answer = run(asked(FAMILIES[told["family"]][0](CannedTransport(stream))))

    assert (answer.text, answer.reasoning) == (TEXT, told["reasoning"])
    assert answer.finish_reason == told["finish"]


@every_provider
def test_an_error_is_told_apart(name: str) -> None:
    told = TOLD[name]
    for error in told["errors"]:
        body = json.dumps(error["body"]).encode()
        transport = CannedTransport(
            body, status=error["status"], kind=JSON, headers=error["headers"]
        )
        for make in FAMILIES[told["family"]]:
            with pytest.raises(ResilienceError) as caught:
                run(asked(make(transport)))
            assert type(caught.value) is getattr(errors, error["becomes"]), error
            if error["becomes"] == "RateLimitedError" and (
                error["headers"] or "retry" in str(body)
            ):
                assert caught.value.retry_after  # type: ignore[attr-defined]
