"""What headers say about limits is the same whatever their provider calls them."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.limits.rate_headers import parse_limits
from hive_resilience.runtime.executors.http.faults.limits import asked_wait, stated_limits

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z

OPENAI = {
    "x-ratelimit-limit-requests": "60",
    "x-ratelimit-limit-tokens": "150000",
    "x-ratelimit-remaining-requests": "59",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-requests": "1s",
    "x-ratelimit-reset-tokens": "6m0s",
}
ANTHROPIC = {
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "0",
    "anthropic-ratelimit-requests-reset": "2023-11-14T22:13:30Z",
    "anthropic-ratelimit-tokens-limit": "40000",
    "anthropic-ratelimit-tokens-remaining": "39000",
    "anthropic-ratelimit-tokens-reset": "2023-11-14T22:13:21Z",
    "anthropic-ratelimit-input-tokens-remaining": "39000",
}
MISTRAL = {
    "x-ratelimit-limit-tokens-minute": "500000",
    "x-ratelimit-remaining-tokens-minute": "499911",
    "x-ratelimit-tokens-query-cost": "52",
    "x-ratelimit-limit-req-minute": "720",
    "x-ratelimit-remaining-req-minute": "717",
}
CEREBRAS = {
    "x-ratelimit-limit-requests-day": "1000",
    "x-ratelimit-remaining-requests-day": "0",
    "x-ratelimit-reset-requests-day": "33011.382867097855",
    "x-ratelimit-limit-requests-minute": "30",
    "x-ratelimit-remaining-requests-minute": "29",
    "x-ratelimit-reset-requests-minute": "2.5",
    "x-ratelimit-limit-tokens-minute": "60000",
    "x-ratelimit-remaining-tokens-minute": "59000",
    "x-ratelimit-reset-tokens-minute": "11.4",
}
GROQ = {
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "6000",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-remaining-tokens": "120",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-reset-tokens": "7.66s",
}
OPENROUTER = {
    "X-RateLimit-Limit": "20",
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset": f"{(NOW + 40) * 1000:.0f}",
}


@pytest.mark.parametrize(
    ("headers", "requests", "tokens"),
    [
        (OPENAI, (60, 59, 1.0), (150_000, 0, 360.0)),
        (ANTHROPIC, (50, 0, 10.0), (40_000, 39_000, 1.0)),
        (MISTRAL, (720, 717, None), (500_000, 499_911, None)),
        (CEREBRAS, (1000, 0, pytest.approx(33_011.38, abs=0.01)), (60_000, 59_000, 11.4)),
        (GROQ, (14_400, 14_370, pytest.approx(179.56)), (6000, 120, 7.66)),
        (OPENROUTER, (20, 0, 40.0), None),
    ],
    ids=["OpenAI", "Anthropic", "Mistral", "Cerebras", "Groq", "OpenRouter"],
)
def test_the_limits_of_a_provider_are_learnt(
    headers: dict[str, str], requests: tuple[object, ...], tokens: tuple[object, ...] | None
) -> None:
    learnt = parse_limits(stated_limits(headers, NOW), NOW)

    found = {kind: (one.limit, one.remaining, one.reset) for kind, one in learnt.items()}
    assert found.get("requests") == requests
    assert found.get("tokens") == tokens


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({**OPENAI, "retry-after": "7"}, 7.0),
        ({**OPENAI, "retry-after-ms": "1500"}, 1.5),
        (OPENAI, 360.0),
        (ANTHROPIC, 10.0),
        (CEREBRAS, pytest.approx(33_011.38, abs=0.01)),
        (GROQ, 7.66),
        (OPENROUTER, 40.0),
        (MISTRAL, None),
        ({"x-ratelimit-reset-requests": "12ms"}, 0.012),
        ({"x-ratelimit-reset-requests": f"{NOW + 5:.0f}"}, 5.0),
        ({"x-ratelimit-reset-requests": "1", "x-ratelimit-reset-tokens": "9"}, 9.0),
        ({"x-ratelimit-reset-requests": "soon"}, None),
        ({}, None),
    ],
)
def test_a_refusal_is_waited_for_as_long_as_what_is_used_up_needs(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_wait(headers, NOW) == seconds


def test_a_point_in_time_is_read_by_the_clock_of_its_server() -> None:
    headers = {**ANTHROPIC, "date": "Tue, 14 Nov 2023 22:13:00 GMT"}

    assert asked_wait(headers, NOW + 3600) == 30.0


def test_what_cannot_be_read_is_not_passed_on() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "sk-a-key",
        "x-ratelimit-sk-a-key": "7",
        "retry-after": "sk-a-key",
        "x-ratelimit-remaining-project-tokens": "9",
        "server": "sk-a-key",
    }

    assert stated_limits(headers, NOW) == {"x-ratelimit-remaining-project-tokens": "9"}
