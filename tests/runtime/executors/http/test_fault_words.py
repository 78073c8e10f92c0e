"""What is read of the words of a failure, and what of it is shown."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.errors import (
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.http.faults.errors import in_band_error
from hive_resilience.runtime.executors.http.faults.phrases import PHRASES, meaning_of
from hive_resilience.runtime.executors.http.faults.private import Private
from hive_resilience.runtime.executors.http.wire.json_value import Json

from .fault_kit import OPENAI, openai, refused

RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "39s"}


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        (
            [openai("too many", code=429, status="RESOURCE_EXHAUSTED", details=[RETRY_INFO])],
            {},
            39.0,
        ),
        (openai("too many", details=[RETRY_INFO]), {"retry-after": "7"}, 7.0),
        (openai("slow"), {"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        (
            openai("slow", metadata={"headers": {"X-RateLimit-Reset": "30"}, "raw": "x"}),
            {},
            30.0,
        ),
        (openai("slow", code="rate_limit_exceeded"), {}, None),
        (b"slow down", {"retry-after-ms": "1500"}, 1.5),
    ],
)
def test_a_rate_limit_says_how_long(
    body: Any, headers: dict[str, str], seconds: float | None
) -> None:
    error = refused(429, body, OPENAI._replace(headers=headers))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("status", [400, 422])
def test_a_request_that_is_wrong_everywhere_says_where(status: int) -> None:
    wrong = {
        "loc": ["body", "messages", 0],
        "msg": "field required",
        "type": "missing",
        "input": "x",
    }
    error = refused(status, {"detail": [wrong]})

    assert type(error) is InvalidRequestError
    assert "body.messages.0: field required" in str(error)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"code": 429, "message": "slow"}, RateLimitedError),
        ({"type": "overloaded_error"}, ModelUnavailableError),
        ({"type": "invalid_request_error"}, InvalidRequestError),
        ({"message": "prompt is too long: 9 tokens > 8 maximum"}, ModelLimitError),
        ("slot failed", ModelUnavailableError),
        (
            {"code": 502, "metadata": {"raw": '{"error": {"code": "insufficient_quota"}}'}},
            ModelAuthenticationError,
        ),
    ],
)
def test_an_error_in_a_good_answer_is_judged_alike(
    found: Json, kind: type[ResilienceError]
) -> None:
    assert type(in_band_error(found, OPENAI)) is kind


def test_what_the_caller_wrote_is_no_word_of_the_server() -> None:
    prompt = "Explain: your credit balance is too low to go on"
    exchange = OPENAI._replace(private=Private((), {"messages": [{"content": prompt}]}))

    error = refused(400, openai(f"Invalid value: '{prompt}'"), exchange)

    assert type(error) is InvalidRequestError
    assert "credit" not in str(error)


def test_the_message_names_the_address_without_what_is_private() -> None:
    assert str(refused(500, openai("no"))) == (
        "the server answered 500: no (https://api.example.com/v1/chat/completions)"
    )


@pytest.mark.parametrize(
    ("url", "check"),
    [
        ("http://h/chat/completions", "it has no /v1"),
        ("http://h/v1/v1/chat/completions", "/v1 is in it twice"),
        ("http://h/v1/chat/completions/chat/completions", "it ends before /chat/completions"),
        ("http://h/v1/chat/completions", "check the base URL"),
    ],
)
@pytest.mark.parametrize("status", [200, 404])
def test_an_address_that_leads_to_no_model_says_what_to_check(
    url: str, check: str, status: int
) -> None:
    page = b"<!DOCTYPE html><title>Console</title>"

    assert check in str(refused(404, page, OPENAI._replace(url=url)))
    assert "a web page" in str(refused(404, page, OPENAI._replace(url=url)))
    assert check in str(refused(404, b"{}", OPENAI._replace(url=url)))
    assert check not in str(refused(500, b"{}", OPENAI._replace(url=url)))


def test_each_phrase_is_known_in_any_spelling_and_has_its_source() -> None:
    for phrase in PHRASES:
        assert phrase.words == " ".join(phrase.words.lower().split())
        assert phrase.source
        assert meaning_of(f"Sorry,  {phrase.words.upper()}\n.") is not None
    assert meaning_of("nothing is wrong with this") is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[[[[[[[[1]]]]]]]]",
        b'"text"',
        b"7",
        b"null",
        b"\xff",
        b"data: {",
        b'{"error": 7}',
    ],
)
def test_a_body_that_says_nothing_is_judged_by_its_status(body: bytes) -> None:
    assert type(refused(400, body)) is InvalidRequestError
    assert type(refused(503, body)) is ModelUnavailableError


def test_an_error_as_an_event_is_read() -> None:
    assert "no luck" in str(refused(500, b'data: {"error": {"message": "no luck"}}\n\n'))
    assert "no luck" in str(refused(500, b'error: {"message": "no luck"}\n\n'))
