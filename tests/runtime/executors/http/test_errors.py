from __future__ import annotations

import re
import socket

import pytest

from hive_resilience import OpenAICompatible
from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.reading import whole_answer

from .. import faulty_server as faulty
from ..asking import ask, failure
from ..faulty_server import FaultyServer, answer, run


def test_a_refused_connection_is_an_unavailable_model_and_says_so() -> None:
    with faulty.refusing_url() as url, pytest.raises(ModelUnavailableError) as caught:
        run(ask(OpenAICompatible(url, "tiny")))

    assert caught.value.recoverable
    assert caught.value.model_id == "m1"
    assert "onnection refused" in str(caught.value)
    assert f"({url}/chat/completions)" in str(caught.value)


def test_an_unknown_host_is_an_unavailable_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    with pytest.raises(ModelUnavailableError, match="Name or service not known"):
        run(ask(OpenAICompatible("http://nowhere.invalid/v1", "tiny")))


@pytest.mark.parametrize(
    "behaviour",
    [
        faulty.close_without_answer,
        faulty.close_mid_answer,
        faulty.reset_mid_answer,
        faulty.speak_no_http,
        answer(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
)
def test_a_broken_exchange_is_an_unavailable_model(behaviour: faulty.Behaviour) -> None:
    error = run(failure(behaviour))

    assert type(error) is ModelUnavailableError
    assert error.__cause__ is error.__context__ is None
    assert "secret" not in str(error)


def test_a_silent_server_is_a_timeout_when_the_time_that_is_left_has_passed() -> None:
    error = run(failure(faulty.hang, deadline=0.05))

    assert isinstance(error, ModelTimeoutError)
    assert (error.kind, error.limit, error.model_id) == ("attempt", 0.05, "m1")


def test_nothing_is_sent_when_no_time_is_left() -> None:
    async def story() -> int:
        async with FaultyServer(faulty.hang) as server:
            with pytest.raises(ModelTimeoutError):
                await ask(OpenAICompatible(server.base_url, "tiny"), deadline=0.0)
            return server.connections

    assert run(story()) == 0


UNAVAILABLE = [404, 408, 409, 425, 500, 502, 503, 504, 529, 301, 418]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, InvalidRequestError) for status in (400, 422)),
        (413, ModelLimitError),
        *((status, ModelAuthenticationError) for status in (401, 402, 403)),
        *((status, ModelUnavailableError) for status in UNAVAILABLE),
    ],
)
def test_a_status_decides_which_error_it_is(status: int, kind: type[ResilienceError]) -> None:
    body = {"error": {"message": "no\n luck", "type": "invalid_request_error"}}

    error = run(failure(answer(status, body)))

    assert type(error) is kind
    assert getattr(error, "status", None) == status
    assert re.fullmatch(
        rf"the server answered {status}: no luck \(http://[0-9.:]+/v1/chat/completions\)"
        "(; check the base URL)?",
        str(error),
    )
    assert error.model_id == "m1"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, "insufficient_quota", ModelAuthenticationError),
        (400, "content_filter", ContentRefusedError),
        (400, "content_policy_violation", ContentRefusedError),
        (500, "context_length_exceeded", ModelLimitError),
        (404, "model_not_found", ModelLimitError),
    ],
)
def test_a_known_code_says_more_than_the_status(
    status: int, code: str, kind: type[ResilienceError]
) -> None:
    assert type(run(failure(answer(status, {"error": {"code": code}})))) is kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After-Ms": "1500"}, 1.5),
        (
            {
                "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
                "Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT",
            },
            30.0,
        ),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_its_three_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    limited = run(failure(answer(429, b"slow down", headers)))
    unavailable = run(failure(answer(503, b"", headers)))

    assert isinstance(limited, RateLimitedError)
    assert isinstance(unavailable, ModelUnavailableError)
    assert limited.retry_after == unavailable.retry_after == seconds


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": 429, "message": "slow"}, RateLimitedError),
        ({"code": "401"}, ModelAuthenticationError),
        ({"status": 422}, InvalidRequestError),
        ({"type": "invalid_request_error"}, InvalidRequestError),
        ({"code": "rate_limit_exceeded"}, RateLimitedError),
        ({"code": True}, ModelUnavailableError),
        ("overloaded", ModelUnavailableError),
    ],
)
def test_an_error_inside_a_good_status_is_an_error(
    error: object, kind: type[ResilienceError]
) -> None:
    assert type(run(failure(answer(200, {"error": error, "choices": []})))) is kind


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"secret {", "8 bytes that are not JSON"),
        (b"", "0 bytes that are not JSON"),
        (b"[" * 100_000, "100000 bytes that are not JSON"),
        (["secret"], "answer should be an object and is list of length 1"),
        ({"choices": []}, "is list of length 0"),
        ({}, "choices should be a list with at least one entry and is NoneType"),
        ({"choices": ["secret"]}, "choices[0] should be an object and is str of length 6"),
        ({"choices": [{"message": 7}]}, "choices[0].message should be an object and is int"),
        ({"choices": [{"message": {"content": 7}}]}, "should be a string, a list or null and is"),
    ],
)
def test_an_answer_that_is_no_completion_is_described_without_its_content(
    body: object, says: str
) -> None:
    error = run(failure(answer(200, body)))

    assert type(error) is ModelUnavailableError
    assert says in str(error)
    assert "secret" not in str(error)


def test_an_answer_is_not_read_beyond_its_limit_however_well_it_is_packed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(whole_answer, "MAX_ANSWER_BYTES", 1000)

    error = run(failure(faulty.packed_zeros(100_000)))

    assert isinstance(error, ModelUnavailableError)
    assert "larger than 1000 bytes" in str(error)
