"""What goes into the headers of an answer, and what of a caller's goes on."""

from __future__ import annotations

import pytest

from hive_resilience import Completion, ModelConfig, Runtime, Task
from hive_resilience.runtime.server.application import Application
from hive_resilience.testing import run_virtual

from .asgi_kit import Exchange, ask, chat

PATH = "/v1/chat/completions"
SEEN: list[Task] = []


def asked(model_id: str = "m", **headers: str) -> Exchange:
    async def answers(task: Task) -> Completion:
        SEEN.append(task)
        told = {"x-ratelimit-note": "a\r\nset-cookie: b=c\0é", "openai-processing-ms": "7"}
        return Completion("Hi", "m", "stop", {}, {"choices": []}, headers=told)

    async def story() -> Exchange:
        async with Runtime(models=[ModelConfig(id=model_id, executor=answers)]) as runtime:
            return await ask(Application(runtime), PATH, chat(model_id), **headers)

    SEEN.clear()
    return run_virtual(story())


def all_bytes(found: Exchange) -> bytes:
    return b"".join(name + value for name, value in found.sent[0]["headers"])


@pytest.mark.parametrize("given", ["a b", "a\r\nb: c", "x" * 129, "", "é", "a;b", "../x"])
def test_a_request_id_that_is_none_is_replaced(given: str) -> None:
    found = asked(x_request_id=given)

    assert found.status == 200
    assert found.headers["x-request-id"] == found.headers["request-id"] == SEEN[0].id
    assert len(SEEN[0].id) == 36


@pytest.mark.parametrize("given", ["a", "A-Z_0.9", "x" * 128])
def test_a_request_id_that_is_one_is_kept(given: str) -> None:
    assert asked(x_request_id=given).headers["x-request-id"] == given


def test_what_a_provider_writes_into_a_header_stays_in_it() -> None:
    found = asked()

    assert found.headers["openai-processing-ms"] == "7"
    assert b"\r" not in all_bytes(found)
    assert b"\n" not in all_bytes(found)
    assert b"\0" not in all_bytes(found)
    assert "set-cookie" not in found.headers


def test_a_name_of_a_model_that_no_header_can_carry_is_made_one() -> None:
    assert asked("größe").headers["x-hive-model"] == "gr??e"


@pytest.mark.parametrize("given", ["00-abc\r\nx: y", "00-é", "00-\0"])
def test_what_no_header_can_carry_does_not_go_on(given: str) -> None:
    assert asked(traceparent=given).status == 200
    assert "traceparent" not in SEEN[0].headers


def test_tracing_goes_on_and_keys_and_cookies_do_not() -> None:
    asked(
        traceparent="00-1-2-01",
        tracestate="a=b",
        cookie="a=b",
        authorization="Bearer x",
        x_api_key="x",
        x_stainless_lang="python",
        forwarded="for=1.2.3.4",
        baggage="a=b",
    )

    assert SEEN[0].headers == {
        "traceparent": "00-1-2-01",
        "tracestate": "a=b",
        "x-hive-hops": "1",
    }
