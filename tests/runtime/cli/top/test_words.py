"""States and numbers read as they do in the dashboard."""

from __future__ import annotations

import pytest

from hive_resilience.runtime.cli.top.keys import keys_in
from hive_resilience.runtime.cli.top.words import (
    look,
    percent,
    quota,
    quota_in_full,
    rate,
    span,
    state,
)

from .top_kit import model, out


@pytest.mark.parametrize(
    ("more", "tone", "word"),
    [
        ({}, "good", "Serving"),
        ({"status": "degraded"}, "warn", "Degraded"),
        ({"status": "maintenance", "out": "maintenance"}, "rest", "Maintenance"),
        ({"breaker": "forced_open", "out": "circuit_open"}, "bad", "Held open"),
        ({"breaker": "half_open"}, "trial", "On trial"),
        ({"breaker": "disabled"}, "warn", "Breaker off"),
        ({"breaker": "disabled", "out": "unhealthy"}, "bad", "Unavailable"),
        ({"out": "parked", "parked_for": 9.6}, "trial", "Parked"),
        ({"out": "something new"}, "bad", "Out"),
    ],
)
def test_a_model_has_a_tone_and_a_word(more: dict[str, object], tone: str, word: str) -> None:
    assert look(model("a", **more)) == (tone, word)


def test_a_wait_stands_beside_the_word() -> None:
    assert state(out("a")) == "Open, 12 s"
    assert state(model("a", out="parked", parked_for=9.6)) == "Parked, 10 s"
    assert state(model("a")) == "Serving"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (None, "-"),
        (0, "0"),
        (0.0004, "0.4 ms"),
        (0.0996, "100 ms"),
        (0.9996, "1.0 s"),
        (9.96, "10 s"),
        (121, "2 min"),
        (7_300, "2 h"),
        (200_000, "2 d"),
    ],
)
def test_a_span_has_two_figures_that_count(seconds: float | None, told: str) -> None:
    assert span(seconds) == told


def test_shares_and_rates_are_short() -> None:
    shares = [percent(share) for share in (None, 0, 0.0004, 0.0312, 0.5)]
    assert shares == ["-", "0 %", "< 0.1 %", "3.1 %", "50 %"]
    assert [rate(one) for one in (None, 0, 0.25, 12.4)] == ["-", "0", "0.2", "12"]


def test_a_quota_is_that_of_what_runs_out_first() -> None:
    left = {"requests_left": 50, "requests_limit": 100, "tokens_left": 10, "tokens_limit": 1_000}
    assert quota(model("a")) == "-"
    assert quota(model("a", quota=left)) == "1.0 %"
    full = "50 of 100 requests left · 10 of 1,000 tokens left"
    assert quota_in_full(model("a", quota=left)) == full


def test_keys_have_names_and_what_is_no_key_is_left_out() -> None:
    sent = "q\x1b[A\x1bOB\x1b[6~\x1b[1;5C\r\x7fé\x1b".encode()
    assert list(keys_in(sent)) == [
        *("q", "up", "down", "page_down", "enter", "backspace", "é", "escape")
    ]
    assert list(keys_in(b"\xff\xfe")) == []
