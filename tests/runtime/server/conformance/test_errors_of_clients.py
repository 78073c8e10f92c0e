"""Errors reach the official clients as those of the upstream do, and say whether to try again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from ...executors.faulty_server import Request
from ..door_kit import Door, Reply, front_door
from .good_upstream import words
from .readers_kit import Clients

HI: list[Any] = [{"role": "user", "content": "Hi"}]
OPENAI = {"message": "your words", "type": "invalid_request_error", "param": "x", "code": "odd"}
SHOWN = ("status_code", "message", "body")


class Told:
    """What the upstream answers to everything."""

    status = 500
    openai: bytes = words({"error": OPENAI})
    anthropic: bytes = b""
    headers: dict[str, str] | None = None

    async def answer(self, reply: Reply, request: Request) -> None:
        body = self.anthropic if request.path.endswith("/messages") else self.openai
        await reply.whole(body, self.status, self.headers)


@pytest.fixture(scope="module")
def told() -> Told:
    return Told()


@pytest.fixture(scope="module")
def door(told: Told) -> Iterator[Door]:
    async def answer(reply: Reply, request: Request) -> None:
        await told.answer(reply, request)

    with front_door(answer) as found:
        yield found


def fails(url: str, family: str, model: str = "m", **options: Any) -> Any:
    """The error that a client raises."""
    clients = Clients(url, **options)
    try:
        if family == "message":
            clients.anthropic.messages.create(model=model, messages=HI, max_tokens=9)
        elif family == "response":
            clients.openai.responses.create(model=model, input="Hi")
        else:
            clients.openai.chat.completions.create(model=model, messages=HI)
    except (openai.APIError, anthropic.APIError) as error:
        return error
    finally:
        clients.close()
    raise AssertionError("no error")


def say(told: Told, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
    told.status, told.headers = status, headers
    error = {"type": kind, "message": "your words"}
    told.anthropic = words({"type": "error", "error": error, "request_id": "req_1"})


FAMILIES = ("chat", "response", "message")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (404, "not_found_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
    ],
)
def test_an_error_about_the_request_is_the_upstreams_own(
    door: Door, told: Told, family: str, status: int, kind: str
) -> None:
    say(told, status, kind)

    here, direct = fails(door.url, family), fails(door.upstream.url, family)

    assert type(here) is type(direct)
    assert [getattr(here, name) for name in SHOWN] == [getattr(direct, name) for name in SHOWN]
    assert here.response.content == direct.response.content
    assert here.response.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, "rate_limit_error"), (500, "api_error"), (503, "api_error"), (529, "overloaded_error")],
)
def test_an_error_of_the_upstream_has_the_class_of_a_direct_call(
    door: Door, told: Told, family: str, status: int, kind: str
) -> None:
    say(told, status, kind)

    here, direct = fails(door.url, family), fails(door.upstream.url, family)

    assert isinstance(here, type(direct)) or isinstance(direct, type(here))
    assert here.response.headers.get("x-should-retry") != "true"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_bad_key_of_the_server_is_not_the_callers(
    door: Door, told: Told, family: str, status: int
) -> None:
    say(told, status, "authentication_error")
    before = len(door.upstream.requests)

    error = fails(door.url, family, max_retries=2)

    assert error.status_code == 502
    assert len(door.upstream.requests) == before + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_long_wait_is_capped_and_ends_the_retries(door: Door, told: Told, family: str) -> None:
    say(told, 429, "rate_limit_error", {"retry-after": "3600"})
    before = len(door.upstream.requests)

    error = fails(door.url, family, max_retries=2)

    assert isinstance(error, openai.RateLimitError | anthropic.RateLimitError)
    assert 1 <= int(error.response.headers["retry-after"]) <= 60
    assert error.response.headers["x-should-retry"] == "false"
    assert len(door.upstream.requests) == before + 1


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_of_another_server_says_nothing_of_a_model(told: Told, family: str) -> None:
    async def answer(reply: Reply, request: Request) -> None:
        await reply.whole(b"<html>nothing here</html>", 404, {"Content-Type": "text/html"})

    with front_door(answer) as door:
        assert fails(door.url, family).status_code == 503


@pytest.mark.parametrize("family", FAMILIES)
def test_a_runtime_that_takes_no_more_says_so(told: Told, family: str) -> None:
    with front_door(told.answer) as door:
        door.runtime.drain(1.0).get(timeout=10)
        error = fails(door.url, family)

    assert error.status_code == 503
    assert error.response.headers["retry-after"] == "1"


@pytest.mark.parametrize("family", FAMILIES)
def test_clients_try_again_where_that_may_help(
    told: Told, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in (openai, anthropic):
        monkeypatch.setattr(f"{package.__name__}._base_client.INITIAL_RETRY_DELAY", 0.0)
    say(told, 500, "api_error")
    with front_door(told.answer) as door:
        assert fails(door.url, family, max_retries=1).status_code == 503
        assert len(door.upstream.requests) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_an_error_has_the_id_of_its_request(door: Door, told: Told, family: str) -> None:
    say(told, 400, "invalid_request_error")

    named = fails(door.url, family, default_headers={"x-request-id": "mine-2"})

    assert named.request_id == "mine-2"
    assert fails(door.url, family).request_id


@pytest.mark.parametrize("family", FAMILIES)
def test_the_servers_own_errors_have_the_familys_shape(door: Door, family: str) -> None:
    error = fails(door.url, family, model="none")

    assert isinstance(error, openai.NotFoundError | anthropic.NotFoundError)
    body: Any = error.response.json()
    if family == "message":
        assert (body["type"], body["error"]["type"]) == ("error", "not_found_error")
        assert body["request_id"] == error.request_id
    else:
        assert body["error"].keys() == {"message", "type", "param", "code"}
        assert body["error"]["code"] == "model_not_found"
