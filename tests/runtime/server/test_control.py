"""What a client may say of its request beside the payload."""

from __future__ import annotations

import pytest

from hive_resilience import ModelConfig, RetryConfig, Runtime, Task
from hive_resilience.errors import ModelUnavailableError
from hive_resilience.runtime.server.application import Application
from hive_resilience.testing import run_virtual

from ..executors.faulty_server import FaultyServer, answer, completion, run
from .asgi_kit import Exchange, ask, chat

PATH = "/v1/chat/completions"
SEEN: list[Task] = []


async def failing(task: Task) -> str:
    raise ModelUnavailableError("down")


async def good(task: Task) -> str:
    SEEN.append(task)
    return "Hello"


def asked(body: object, path: str = PATH, **headers: str) -> Exchange:
    async def story() -> Exchange:
        models = [
            ModelConfig(id="bad", executor=failing, retry=RetryConfig(max_retries=0)),
            ModelConfig(id="good", executor=good),
        ]
        async with Runtime(models=models) as runtime:
            return await ask(Application(runtime), path, body, **headers)

    SEEN.clear()
    return run_virtual(story())


def test_the_header_names_fallbacks() -> None:
    found = asked(chat("bad"), x_hive_fallbacks="good")

    assert (found.status, found.headers["x-hive-model"]) == (200, "good")
    assert found.headers["x-hive-attempts"] == "2"
    assert found.headers["x-hive-fallback"] == "true"


@pytest.mark.parametrize("field", ["fallbacks", "models"])
def test_so_do_two_fields_of_the_body_which_no_provider_gets(field: str) -> None:
    found = asked(chat("bad", **{field: ["good"]}))

    assert found.status == 200
    assert field not in SEEN[0].payload


def test_the_field_models_alone_is_enough() -> None:
    body = {key: value for key, value in chat("x").items() if key != "model"}

    assert asked({**body, "models": ["bad", "good"]}).status == 200


def test_the_fields_of_a_message_are_its_providers() -> None:
    found = asked(chat("good", max_tokens=9, fallbacks=["x"]), "/v1/messages")

    assert found.status == 200
    assert SEEN[0].payload["fallbacks"] == ["x"]


def test_no_fallback_asks_the_first_alone() -> None:
    found = asked(chat("auto"), x_hive_fallback="false")

    assert found.status == 503
    assert not SEEN


def test_priority_metadata_timeout_and_session_are_the_tasks() -> None:
    asked(
        chat("good"),
        x_hive_priority="high",
        x_hive_metadata='{"team":"a"}',
        x_hive_timeout="7.5",
        x_hive_session="s1",
        x_request_id="my-id.1",
        anthropic_beta="b1",
        authorization="Bearer none",
    )

    [task] = SEEN
    assert (task.priority, task.timeout, task.id) == ("high", 7.5, "my-id.1")
    assert task.metadata == {"team": "a", "session": "s1"}
    assert task.session == "s1"
    assert task.headers == {"x-hive-hops": "1", "anthropic-beta": "b1"}


@pytest.mark.parametrize(
    "header",
    [
        {"x_hive_timeout": "soon"},
        {"x_hive_timeout": "-1"},
        {"x_hive_timeout": "nan"},
        {"x_hive_fallback": "maybe"},
        {"x_hive_priority": "huge"},
        {"x_hive_metadata": "[1]"},
        {"x_hive_metadata": "{"},
        {"x_hive_metadata": '{"a":"' + "x" * 5000 + '"}'},
        {"x_hive_hops": "one"},
        {"x_hive_fallbacks": ",".join(["good"] * 40)},
    ],
)
def test_what_cannot_be_understood_is_refused(header: dict[str, str]) -> None:
    found = asked(chat("good"), **header)

    assert found.status == 400
    assert found.headers["x-should-retry"] == "false"
    assert not SEEN


def test_a_request_that_goes_round_in_circles_is_ended() -> None:
    assert asked(chat("good"), x_hive_hops="2").status == 200
    assert asked(chat("good"), x_hive_hops="3").status == 508


def test_a_model_that_is_another_server_hears_how_many_there_were() -> None:
    async def story() -> str | None:
        async with FaultyServer(answer(200, completion())) as server:
            model = ModelConfig(id="far", endpoint=server.base_url)
            async with Runtime(models=[model]) as runtime:
                found = await ask(Application(runtime), PATH, chat("far"), x_hive_hops="1")
                assert found.status == 200
            return server.requests[0].headers.get("x-hive-hops")

    assert run(story()) == "2"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"messages":[]}', 400),
        ({"model": 7}, 400),
        ({"model": "good", "stream": "yes"}, 400),
        ({"model": "none"}, 404),
        (b'{"model":"good","messages":' + b"[" * 5000, 400),
    ],
)
def test_a_body_that_is_no_request_is_refused(body: object, status: int) -> None:
    assert asked(body).status == status
    assert not SEEN
