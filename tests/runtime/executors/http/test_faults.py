"""What providers say is wrong, told apart by code, by words, by status."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    InvalidRequestError,
    ModelAuthenticationError,
    ModelLimitError,
    ModelUnavailableError,
    RateLimitedError,
)
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.config.errors import ResilienceError
from hive_resilience.runtime.executors.families.chat.faults import OPENAI_FAULTS
from hive_resilience.runtime.executors.families.message.faults import ANTHROPIC_FAULTS
from hive_resilience.runtime.executors.http.faults.errors import in_band_error, status_error
from hive_resilience.runtime.executors.http.faults.exchange import Exchange
from hive_resilience.runtime.executors.http.faults.phrases import PHRASES, meaning_of
from hive_resilience.runtime.executors.http.faults.private import Private

URL = "https://me:pw@api.example.com/v1/chat/completions?key=hunter2"
OPENAI = Exchange("tiny", "m1", URL, OPENAI_FAULTS)
ANTHROPIC = Exchange("tiny", "m1", "https://api.example.com/v1/messages", ANTHROPIC_FAULTS)


def refused(status: int, body: Any, exchange: Exchange = OPENAI) -> ResilienceError:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status_error(status, content, exchange)


def openai(message: str = "", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


def anthropic(message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


ACCOUNTS: dict[str, tuple[int, Any, str]] = {
    "OpenAI, quota": (
        429,
        openai("You exceeded your current quota", type="insufficient_quota", code=None),
        "quota",
    ),
    "OpenAI, credit": (
        429,
        openai("No credits", type="insufficient_quota", code="credit_balance_exhausted"),
        "credit",
    ),
    "OpenAI, project": (
        429,
        openai("", type="insufficient_quota", code="project_spend_limit_exceeded"),
        "quota",
    ),
    "OpenAI, key": (
        401,
        openai("Incorrect API key provided: sk-***", code="invalid_api_key"),
        "key",
    ),
    "OpenAI, country": (403, openai(code="unsupported_country_region_territory"), "permission"),
    "DeepSeek": (402, openai("Insufficient Balance", code="invalid_request_error"), "credit"),
    "OpenRouter": (402, openai("Insufficient credits", code=402), "credit"),
    "OpenRouter, key limit": (403, openai("Key limit exceeded", code=403), "quota"),
    "xAI": (
        403,
        {
            "code": "The caller does not have permission",
            "error": "Your team t has either used all available credits or reached its monthly "
            "spending limit.",
        },
        "credit",
    ),
    "Moonshot": (
        429,
        openai(
            "Your account o<k> is suspended, please check your plan",
            type="exceeded_current_quota_error",
        ),
        "credit",
    ),
    "Fireworks": (
        412,
        openai("Account a is suspended, possibly due to reaching the monthly spending limit"),
        "credit",
    ),
    "Alibaba": (400, openai("Access denied", code="Arrearage", type="Arrearage"), "credit"),
    "Google, key": (
        400,
        [
            {
                "error": {
                    "code": 400,
                    "message": "API key not valid. Please pass a valid API key.",
                    "status": "INVALID_ARGUMENT",
                    "details": [{"@type": "x/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
                }
            }
        ],
        "key",
    ),
    "Google, within a message": (
        400,
        openai(json.dumps({"error": {"details": [{"reason": "SERVICE_DISABLED"}]}})),
        "permission",
    ),
    "a plain 401": (401, b"", "key"),
    "a plain 402": (402, b"Payment required", "credit"),
    "a plain 403": (403, b"<html>Forbidden</html>", "permission"),
}


@pytest.mark.parametrize(("status", "body", "reason"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_that_is_not_let_through_says_why(status: int, body: Any, reason: str) -> None:
    error = refused(status, body)

    assert isinstance(error, ModelAuthenticationError)
    assert (error.reason, error.status) == (reason, status)
    assert classify(error) is Fault.UNAUTHORIZED


@pytest.mark.parametrize(
    ("status", "message", "kind", "reason"),
    [
        (400, "Your credit balance is too low to access the Anthropic API.", "", "credit"),
        (400, "You have reached your specified API usage limits.", "", "quota"),
        (400, "This organization has been disabled.", "", "permission"),
        (402, "no", "billing_error", "credit"),
        (401, "invalid x-api-key", "authentication_error", "key"),
        (403, "no", "permission_error", "permission"),
    ],
)
def test_an_account_at_anthropic_says_why(
    status: int, message: str, kind: str, reason: str
) -> None:
    error = refused(status, anthropic(message, kind or "invalid_request_error"), ANTHROPIC)

    assert isinstance(error, ModelAuthenticationError)
    assert error.reason == reason


LIMITS: dict[str, tuple[int, Any]] = {
    "code": (400, openai(code="context_length_exceeded")),
    "OpenAI": (400, openai("This model's maximum context length is 8192 tokens.", code=None)),
    "vLLM": (
        400,
        {
            "object": "error",
            "message": "This model's maximum context length is 4096 tokens.",
            "type": "BadRequestError",
            "code": 400,
        },
    ),
    "llama.cpp": (400, openai("request exceeds", type="exceed_context_size_error", code=400)),
    "llama.cpp, 500": (500, openai("Context size has been exceeded.", type="server_error")),
    "Google": (
        400,
        [openai("The input token count (9) exceeds the maximum number of tokens allowed (8)")],
    ),
    "Groq": (413, openai("Request too large", type="tokens", code="rate_limit_exceeded")),
    "parameter": (400, openai("Unsupported parameter: 'max_tokens'", code="unsupported_parameter")),
    "images": (400, openai("This model does not support image input")),
    "too large": (413, b""),
}


@pytest.mark.parametrize(("status", "body"), LIMITS.values(), ids=LIMITS)
def test_what_one_model_cannot_take_another_may(status: int, body: Any) -> None:
    error = refused(status, body)

    assert isinstance(error, ModelLimitError)
    assert not error.lasting
    assert classify(error) is Fault.MODEL_LIMIT


@pytest.mark.parametrize(
    ("status", "body", "exchange"),
    [
        (404, openai("The model `x` does not exist", code="model_not_found"), OPENAI),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}, OPENAI),
        (400, openai("Model Not Exist", code="invalid_request_error"), OPENAI),
        (400, openai("x is not a valid model ID", code=400), OPENAI),
        (404, {"error": 'model "x" not found, try pulling it first'}, OPENAI),
        (404, [openai("models/x is not found for API version v1main", status="NOT_FOUND")], OPENAI),
        (404, openai(code="DeploymentNotFound"), OPENAI),
        (404, anthropic("model: claude-9", "not_found_error"), ANTHROPIC),
    ],
)
def test_a_model_that_is_not_there_is_not_there_for_any_task(
    status: int, body: Any, exchange: Exchange
) -> None:
    error = refused(status, body, exchange)

    assert isinstance(error, ModelLimitError)
    assert error.lasting


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, openai(code="content_filter", innererror={"code": "ResponsibleAIPolicyViolation"})),
        (
            400,
            openai("The prompt was filtered", innererror={"code": "ResponsibleAIPolicyViolation"}),
        ),
        (
            403,
            openai("Moderated", code=403, metadata={"reasons": ["violence"], "flagged_input": "x"}),
        ),
        (400, openai("Content Exists Risk", code="invalid_request_error")),
        (400, openai("flagged", code="data_inspection_failed")),
    ],
)
def test_what_a_provider_will_not_answer_is_a_refusal(status: int, body: Any) -> None:
    assert isinstance(refused(status, body), ContentRefusedError)


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
    found: object, kind: type[ResilienceError]
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
