"""When one more model is asked beside silent ones, and when silence is a hang."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from hive_resilience.actors.policies.hedging import (
    Hedges,
    SilenceTerms,
    UsualSilence,
    is_hang,
    kinds_hedged,
)
from hive_resilience.actors.policies.metrics.recent_latency import RecentLatency


def recent(*durations: float, at: float = 0.0) -> RecentLatency:
    found = RecentLatency()
    for duration in durations:
        found.add(at, duration)
    return found


KNOWN = recent(*[1.0] * 20)
"""Twenty first contents after a second each: 4 s of silence are unusual."""
QUICK = recent(*[0.01] * 20)
FEW = recent(*[1.0] * 19)


@pytest.mark.parametrize(
    ("setting", "stream", "known", "expected"),
    [
        ("auto", True, KNOWN, (4.0, 4.0)),
        ("auto", False, KNOWN, (4.0, 4.0)),
        ("auto", True, QUICK, (2.0, 2.0)),
        ("auto", True, FEW, None),
        ("auto", True, None, None),
        ("streams", True, KNOWN, (4.0, 4.0)),
        ("streams", False, KNOWN, None),
        ("streams", True, FEW, None),
        ("never", True, KNOWN, None),
        ("never", False, KNOWN, None),
        (0.5, True, KNOWN, (0.5, 4.0)),
        (0.5, False, KNOWN, (0.5, 4.0)),
        (9.0, True, KNOWN, (9.0, 4.0)),
        (0.5, True, FEW, (0.5, None)),
        (0.5, True, None, (0.5, None)),
    ],
)
def test_the_setting_and_what_is_known_say_how_long_a_model_may_be_silent(
    setting: Any,
    stream: bool,
    known: RecentLatency | None,
    expected: tuple[float, float | None] | None,
) -> None:
    terms = UsualSilence().terms(setting, known, 0.0, stream=stream)
    if terms is None or expected is None:
        assert terms is expected
    else:
        assert terms.after == pytest.approx(expected[0], rel=0.02)
        assert terms.hang == (expected[1] and pytest.approx(expected[1], rel=0.02))


def test_the_slowest_twentieth_of_first_contents_does_not_count() -> None:
    limit = UsualSilence().limit(recent(*[1.0] * 96, *[50.0] * 4), 0.0)
    assert limit == pytest.approx(4.0, rel=0.02)
    assert UsualSilence().limit(recent(*[1.0] * 90, *[50.0] * 10), 0.0) == pytest.approx(
        200.0, rel=0.02
    )


def test_what_was_measured_long_ago_does_not_count() -> None:
    assert UsualSilence().limit(recent(*[1.0] * 20), 1000.0) is None


def test_a_limit_is_there_with_the_twentieth_and_looked_up_again_after_a_second() -> None:
    usual, known = UsualSilence(), recent(*[1.0] * 19)
    assert usual.limit(known, 0.9) is None
    known.add(0.0, 1.0)
    assert usual.limit(known, 1.0) == pytest.approx(4.0, rel=0.02)
    for _ in range(200):
        known.add(1.0, 3.0)
    assert usual.limit(known, 1.9) == pytest.approx(4.0, rel=0.02)
    assert usual.limit(known, 2.0) == pytest.approx(12.0, rel=0.02)


@pytest.mark.parametrize(
    ("terms", "silent_for", "expected"),
    [
        (None, 99.0, False),
        (SilenceTerms(0.5, None), 99.0, False),
        (SilenceTerms(0.5, 4.0), 3.9, False),
        (SilenceTerms(0.5, 4.0), 4.0, True),
        (SilenceTerms(9.0, 4.0), 5.0, True),
    ],
)
def test_a_model_has_hung_if_it_was_silent_for_unusually_long(
    terms: SilenceTerms | None, silent_for: float, expected: bool
) -> None:
    assert is_hang(terms, 10.0, 10.0 + silent_for) is expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (set[Any](), (False, False)),
        ({"never"}, (False, False)),
        ({"streams"}, (False, True)),
        ({"auto"}, (True, True)),
        ({3.0}, (True, True)),
        ({"never", "streams"}, (False, True)),
        ({"never", 3.0}, (True, True)),
    ],
)
def test_the_settings_of_a_fleet_say_which_kinds_of_calls_are_hedged(
    settings: Any, expected: tuple[bool, bool]
) -> None:
    assert kinds_hedged(settings) == expected


# Side by side.


def test_nothing_is_due_where_no_model_was_asked() -> None:
    assert Hedges().due == inf


def test_one_more_is_due_once_every_model_has_been_silent_for_long_enough() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    assert (hedges.due, hedges.last) == (2.0, "a")
    hedges.asked("b", 2.0, 5.0)
    assert (hedges.due, hedges.last) == (7.0, "b")


def test_beside_a_model_that_may_be_silent_for_ever_none_is_asked() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    hedges.asked("b", 2.0, None)
    assert hedges.due == inf


def test_the_failure_of_the_hedge_makes_the_next_one_due_at_once_and_for_nothing() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    assert not hedges.is_paid_for
    hedges.pay()
    hedges.asked("b", 2.0, 2.0)
    assert not hedges.is_paid_for
    hedges.failed("b")
    assert (hedges.due, hedges.last, hedges.is_paid_for) == (2.0, "a", True)


def test_the_failure_of_the_first_leaves_the_hedge_its_time() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    hedges.pay()
    hedges.asked("b", 2.0, 2.0)
    hedges.failed("a")
    assert (hedges.due, hedges.last, hedges.is_paid_for) == (4.0, "b", True)


def test_what_is_put_off_is_due_later_and_what_is_due_later_stays_so() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    hedges.put_off(4.0)
    assert hedges.due == 4.0
    hedges.asked("b", 4.0, 3.0)
    assert hedges.due == 7.0


def test_the_failure_of_a_model_that_was_not_asked_is_no_news() -> None:
    hedges = Hedges()
    hedges.asked("a", 0.0, 2.0)
    hedges.failed("b")
    assert hedges.due == 2.0


def test_a_hang_begins_at_the_very_moment_at_which_a_hedge_is_due() -> None:
    since, hedges = 20.100000000000001, Hedges()
    hedges.asked("a", since, 2.0)
    assert is_hang(SilenceTerms(2.0, 2.0), since, hedges.due)
