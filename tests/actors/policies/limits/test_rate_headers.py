"""Limits that are learnt from answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.limits.rate_headers import LearntLimit, parse_limits
from hive_resilience.actors.policies.limits.rate_limit import RateLimiter, RateLimitSnapshot
from hive_resilience.actors.policies.limits.token_bucket import full_at
from hive_resilience.actors.policies.outcomes.waits import NOTHING_STATED, StatedWait, Unusable
from hive_resilience.config import RateLimitConfig
from hive_resilience.config.settings.breaker import MAX_PARKING


def limiter_of(requests: float | None = None, tokens: float | None = None) -> RateLimiter:
    return RateLimiter(RateLimitConfig(requests_per_minute=requests, tokens_per_minute=tokens))


def answer(kind: str = "requests", **stated: object) -> dict[str, str]:
    return {f"X-RateLimit-{name.title()}-{kind.title()}": str(v) for name, v in stated.items()}


def go(limiter: RateLimiter, now: float = 0.0, tokens: float = 0) -> int:
    """How many requests may go right now, at most a thousand."""
    return next((n for n in range(1000) if limiter.admit(now, tokens) > 0), 1000)


def test_limits_are_learnt_from_an_answer() -> None:
    limiter = RateLimiter()

    limiter.learn(answer(limit=100, remaining=3, reset="1m37s"), now=0.0)
    limiter.learn(answer("tokens", limit=1000, remaining=400, reset="6s"), now=0.0)

    assert limiter.snapshot(0.0) == RateLimitSnapshot(0.0, 100, 3, 1000, 400)
    assert go(limiter) == 3
    assert limiter.admit(0.0) == pytest.approx(1.0)
    assert limiter.snapshot(97.0).requests_left == pytest.approx(97.0)


def test_a_learnt_limit_is_full_again_when_the_answer_said_so() -> None:
    limiter = RateLimiter()
    limiter.learn(answer(limit=200, remaining=0, reset="1d"), now=0.0)

    assert limiter.admit(0.0) == pytest.approx(86400 / 200)
    assert limiter.snapshot(86400.0).requests_left == pytest.approx(200)


@pytest.mark.parametrize("reset", ["400d", "31000000", "99999999999999", "1e9", "-5s", "soon"])
@pytest.mark.parametrize("limit", [1, 200, 0.001])
def test_one_request_may_go_within_the_bound_whatever_the_reset(reset: str, limit: float) -> None:
    limiter = RateLimiter(max_parking=90.0)

    limiter.learn(answer(limit=limit, remaining=0, reset=reset), now=0.0, wall_now=1.7e9)

    assert 0.0 < limiter.admit(0.0) <= 90.0 * 1.000_001
    assert limiter.admit(91.0) == 0.0


def test_an_older_answer_never_raises_what_is_left() -> None:
    limiter = RateLimiter()
    limiter.learn(answer(limit=100, remaining=3), now=0.0)

    limiter.learn(answer(limit=100, remaining=50), now=0.0)

    assert limiter.snapshot(0.0).requests_left == 3


def test_a_configured_limit_is_a_ceiling_over_a_learnt_one() -> None:
    lower, higher = limiter_of(requests=10, tokens=10), limiter_of(requests=1000)
    for limiter in (lower, higher):
        limiter.learn(answer(limit=100, remaining=100), now=0.0)

    assert lower.snapshot(0.0).requests_limit == 10
    assert higher.snapshot(0.0).requests_limit == 100
    assert go(lower) == 10
    assert lower.admit(0.0) == pytest.approx(6.0)


def test_what_is_left_counts_even_where_the_limit_is_not_stated() -> None:
    known, unknown = limiter_of(requests=60), RateLimiter()
    for limiter in (known, unknown):
        limiter.learn(answer(remaining=2), now=0.0)

    assert go(known) == 2
    assert go(unknown) == 1000


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain", "retry-after": "5"},
        answer(limit="none", remaining="many"),
        answer(limit=0),
        answer(limit=-5, remaining="nan"),
        answer(reset="1s"),
        answer("images", limit=5, remaining=0),
    ],
)
def test_headers_that_say_nothing_usable_change_nothing(headers: dict[str, str]) -> None:
    limiter = RateLimiter()

    limiter.learn(headers, now=0.0)

    assert limiter.snapshot(0.0) == RateLimiter().snapshot(0.0)


def test_only_what_is_stated_is_parsed() -> None:
    stated = answer(limit=10, remaining=0, reset="1s") | answer("tokens", remaining=7)

    assert parse_limits(stated) == {
        "requests": LearntLimit(limit=10, remaining=0, reset=1),
        "tokens": LearntLimit(limit=None, remaining=7, reset=None),
    }


@pytest.mark.parametrize(
    ("reset", "seconds", "ignored"),
    [
        *(("6m0s", 360.0, None), ("1700000012", 12.0, None), ("1700000012000", 12.0, None)),
        *(("1699999999", 0.0, None), ("2023-11-14T22:13:32Z", 12.0, None)),
        *(("-1s", None, Unusable.NEGATIVE), ("soon", None, Unusable.UNREADABLE)),
    ],
)
def test_a_reset_is_a_span_or_a_point_in_time(
    reset: str, seconds: float | None, ignored: Unusable | None
) -> None:
    stated = parse_limits(answer(limit=10, remaining=0, reset=reset), wall_now=1.7e9)

    limit = LearntLimit(limit=10, remaining=0, reset=seconds, ignored=ignored)
    assert stated == {"requests": limit}


@pytest.mark.parametrize("reset", ["0s", "1699999999"])
def test_after_a_reset_that_has_come_there_is_no_wait(reset: str) -> None:
    limiter = RateLimiter()

    limiter.learn(answer(limit=10, remaining=0, reset=reset), now=0.0, wall_now=1.7e9)

    assert go(limiter) == 10


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        (answer(limit=100, remaining=0, reset="1h"), NOTHING_STATED),
        (answer(limit=10, remaining=0, reset="1h"), StatedWait(3600.0)),
        (answer(limit=1, remaining=0, reset="91s"), StatedWait(91.0)),
        (answer(limit=1, remaining=0, reset="99999999999999"), StatedWait(1e9)),
        (answer(limit=10, remaining=10, reset="400d"), NOTHING_STATED),
        (answer(limit=10, remaining=0, reset="-1s"), StatedWait(ignored=Unusable.NEGATIVE)),
        (
            answer("tokens", limit=9, remaining=0, reset="x"),
            StatedWait(ignored=Unusable.UNREADABLE),
        ),
        (answer(remaining=0, reset="soon"), StatedWait(ignored=Unusable.UNREADABLE)),
        (answer(remaining=0, reset="400d"), NOTHING_STATED),
        ({}, NOTHING_STATED),
    ],
)
def test_a_reset_that_is_not_taken_at_its_word_is_told(
    stated: dict[str, str], told: StatedWait
) -> None:
    assert RateLimiter(max_parking=90.0).learn(stated, now=0.0, wall_now=1.7e9) == told


@pytest.mark.parametrize(
    ("remaining", "reset"),
    [(None, 5.0), (10.0, None), (10.0, 0.0), (60.0, 5.0), (90.0, 5.0), (0.0, 5e-324)],
)
def test_a_limit_without_a_usable_reset_is_one_a_minute(
    remaining: float | None, reset: float | None
) -> None:
    assert full_at(60.0, remaining, reset) == 1.0


@given(
    st.dictionaries(
        st.sampled_from([f"x-ratelimit-{n}-requests" for n in ("limit", "remaining", "reset")]),
        st.floats().map(str) | st.integers().map(str) | st.text(max_size=6),
    )
)
def test_whatever_an_answer_says_waits_stay_finite(headers: dict[str, str]) -> None:
    limiter = RateLimiter()

    limiter.learn(headers, now=0.0)

    assert 0.0 <= limiter.admit(0.0) <= MAX_PARKING * 1.000_001
    assert 0.0 <= limiter.admit(1.0) <= MAX_PARKING * 1.000_001
