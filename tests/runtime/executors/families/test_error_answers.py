"""An error of a server may be passed on as it came, without the model's key."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.processes.serialization import pack_error, unpack

from ..asking import Context, Task
from ..faulty_server import FaultyServer, answer, run

KEY = "sk-a-key-of-the-model"
BODY = {"type": "error", "error": {"type": "invalid_request_error", "message": "max_tokens: odd"}}
HEADERS = {"request-id": "r1", "retry-after": "3", "set-cookie": "a=b"}


def failure(status: int, body: Any, headers: dict[str, str] = HEADERS) -> ResilienceError:
    async def story() -> ResilienceError:
        async with FaultyServer(answer(status, body, headers)) as server:
            executor = OpenAICompatible(server.base_url, "tiny", api_key_env="HIVE_KEY")
            with pytest.raises(ResilienceError) as caught:
                await executor.execute(Task("Hi"), Context(deadline=9.0))
            await executor.close()
        return caught.value

    return run(story())


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIVE_KEY", KEY)


@pytest.mark.parametrize("status", [400, 413, 429, 500, 529])
def test_it_has_status_headers_and_body(status: int) -> None:
    found: Any = failure(status, BODY).answer
    assert (found.status, json.loads(found.body)) == (status, BODY)
    assert found.headers == {"request-id": "r1", "retry-after": "3"}


def test_it_is_in_no_text_and_no_pickle() -> None:
    error = failure(400, BODY)
    copied: Any = pickle.loads(pickle.dumps(error)).answer

    assert "odd" not in repr(error.answer)
    assert (copied.status, copied.headers, copied.body) == (400, {}, b"")


@pytest.mark.parametrize("told", [KEY, KEY.upper(), KEY.replace("-", " "), KEY[3:15]])
def test_a_body_with_the_key_is_left_out(told: str) -> None:
    found: Any = failure(401, {"error": {"message": f"wrong {told}"}}).answer
    assert (found.status, found.body) == (401, b"")


def test_a_header_with_the_key_is_left_out() -> None:
    found: Any = failure(500, BODY, {"request-id": KEY, "x-request-id": "r2"}).answer
    assert found.headers == {"x-request-id": "r2"}


def test_a_large_body_is_left_out() -> None:
    found: Any = failure(400, b"x" * 65_537).answer
    assert found.body == b""


def test_an_error_without_an_answer_has_none() -> None:
    async def story() -> ResilienceError:
        executor = OpenAICompatible("http://127.0.0.1:1/v1", "tiny")
        with pytest.raises(ResilienceError) as caught:
            await executor.execute(Task("Hi"), Context(deadline=9.0))
        await executor.close()
        return caught.value

    assert run(story()).answer is None


def test_a_body_of_64_kib_is_kept_and_one_with_the_key_anywhere_is_not() -> None:
    large: Any = failure(400, b"words " * 10_922).answer
    assert len(large.body) == 65_532

    for place in (8_180, 8_192, 40_000, 60_000):
        body = b"x" * place + KEY.upper().encode() + b"y" * 1_000
        assert vars(failure(400, body))["answer"].body == b""


def test_it_comes_out_of_a_worker_process_as_it_is() -> None:
    with pytest.raises(ResilienceError) as caught:
        unpack(pack_error(failure(400, BODY)))
    found: Any = caught.value.answer

    assert (found.status, json.loads(found.body)) == (400, BODY)
    assert found.headers == {"request-id": "r1", "retry-after": "3"}
