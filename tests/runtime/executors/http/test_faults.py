"""Which failure a provider means: the account, the model, the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hive_resilience.actors.policies.outcomes.classify import classify
from hive_resilience.actors.policies.outcomes.errors import (
    ContentRefusedError,
    ModelAuthenticationError,
    ModelLimitError,
)
from hive_resilience.actors.policies.outcomes.fault import Fault
from hive_resilience.runtime.executors.families.message.faults import ANTHROPIC_FAULTS
from hive_resilience.runtime.executors.http.faults.exchange import Exchange

from .fault_kit import OPENAI, openai, refused

ANTHROPIC = Exchange("tiny", "m1", "https://api.example.com/v1/messages", ANTHROPIC_FAULTS)


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
