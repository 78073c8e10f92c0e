"""How much of its tasks a model gets that has come back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.balancing.ramp_up import FIRST_SHARE, LONGEST, RampUp
from hive_resilience.actors.policies.unavailability import UnavailableReason

OPEN = UnavailableReason.CIRCUIT_OPEN


def back_at(now: float, span: float = 30.0, failed: int = 0) -> RampUp:
    """Model `a` has come back behind an open breaker."""
    ramps = RampUp()
    ramps.left("a", OPEN)
    ramps.returned("a", now, span, failed)
    return ramps


@pytest.mark.parametrize(
    ("after", "share"),
    [(0.0, 0.1), (3.0, 0.1), (6.0, 0.2), (15.0, 0.5), (29.0, 29 / 30), (30.0, 1.0), (99.0, 1.0)],
)
def test_the_share_grows_linearly_from_a_tenth_to_all_of_it(after: float, share: float) -> None:
    assert back_at(100.0).share("a", 100.0 + after, 0) == pytest.approx(share)


def test_the_first_task_is_its_own_and_then_every_tenth() -> None:
    ramps = back_at(0.0)
    got = [n for n in range(41) if ramps.takes("a", 0.0, 0)]

    assert got == [0, 10, 20, 30, 40]


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200))
def test_what_it_gets_keeps_to_its_share_however_the_tasks_come(gaps: list[float]) -> None:
    ramps, now, due, got = back_at(0.0), 0.0, 1.0, 0
    for gap in gaps:
        now += gap
        got += ramps.takes("a", now, 0)
        assert due - 1.0 - 1e-6 <= got <= due + 1e-6
        due += ramps.share("a", now, 0)


def test_once_it_is_over_nothing_is_kept_of_it() -> None:
    ramps = back_at(0.0)
    assert len(ramps) == 1
    assert ramps.share("a", 30.0, 0) == 1.0
    assert len(ramps) == 0


@pytest.mark.parametrize(("failures", "share"), [(1, 0.4), (2, 0.2), (3, 0.1), (400, 0.1)])
def test_each_failure_halves_the_share(failures: int, share: float) -> None:
    ramps = back_at(0.0, failed=7)
    assert ramps.share("a", 24.0, 7) == pytest.approx(0.8)
    assert ramps.share("a", 24.0, 7 + failures) == pytest.approx(share)


def test_after_a_failure_it_grows_on_as_fast_as_before() -> None:
    ramps = back_at(0.0)
    assert ramps.share("a", 24.0, 1) == pytest.approx(0.4)
    assert ramps.share("a", 30.0, 1) == pytest.approx(0.6)
    assert ramps.share("a", 42.0, 1) == 1.0


def test_a_model_that_fails_on_and_on_has_its_whole_share_in_the_end() -> None:
    ramps = back_at(0.0)
    for second in range(300):
        assert ramps.share("a", float(second), second) <= 0.2
    assert ramps.share("a", LONGEST * 30.0, 300) == 1.0


def test_the_ramp_begins_when_the_breaker_does_not_try_the_model_any_more() -> None:
    ramps = back_at(0.0)
    ramps.on_trial("a", 20.0, failed=2)
    assert ramps.share("a", 26.0, 2) == pytest.approx(0.2)


@pytest.mark.parametrize("reason", UnavailableReason)
def test_what_leaves_a_model_weak_is_followed_by_a_ramp(reason: UnavailableReason) -> None:
    ramps = RampUp()
    ramps.left("a", reason)
    ramps.returned("a", 0.0, 30.0, 0)
    weak = {"circuit_open", "unhealthy", "maintenance", "disabled"}
    assert ("a" in ramps) is (reason.value in weak)


def test_a_crash_while_the_breaker_is_open_does_not_hide_why_the_model_was_away() -> None:
    ramps = RampUp()
    ramps.left("a", OPEN)
    ramps.left("a", UnavailableReason.CRASHED)
    ramps.returned("a", 0.0, 30.0, 0)
    assert "a" in ramps


def test_news_of_a_model_that_was_not_away_begins_no_ramp() -> None:
    ramps = back_at(0.0)
    ramps.share("a", 30.0, 0)
    ramps.returned("a", 31.0, 30.0, 0)
    assert len(ramps) == 0


def test_a_span_of_nothing_is_no_ramp() -> None:
    assert len(back_at(0.0, span=0.0)) == 0


def test_a_model_that_goes_again_has_a_ramp_of_its_own_when_it_comes_back() -> None:
    ramps = back_at(0.0)
    ramps.left("a", OPEN)
    assert "a" not in ramps
    ramps.returned("a", 20.0, 30.0, 0)
    assert ramps.share("a", 20.0, 0) == FIRST_SHARE


def test_the_last_usable_model_has_none() -> None:
    ramps = back_at(0.0)
    ramps.cancel()
    assert ramps.share("a", 0.0, 0) == 1.0


@pytest.mark.parametrize("known", [True, False])
def test_a_removed_model_is_forgotten(known: bool) -> None:
    ramps = back_at(0.0) if known else RampUp()
    ramps.left("b", OPEN)
    ramps.forget("a")
    ramps.forget("b")
    ramps.returned("b", 0.0, 30.0, 0)
    assert len(ramps) == 0


def test_what_is_told_of_the_ramps_changes_none() -> None:
    ramps = back_at(0.0)
    assert ramps.under_way(15.0) == {"a": pytest.approx(0.5)}
    assert ramps.under_way(30.0) == {}
    assert "a" in ramps


@given(
    st.lists(st.tuples(st.floats(0.0, 20.0), st.integers(0, 3)), max_size=60),
    st.floats(0.1, 1000.0),
)
def test_the_share_stays_within_its_bounds_and_every_ramp_ends(
    steps: list[tuple[float, int]], span: float
) -> None:
    ramps, now, failed = back_at(0.0, span), 0.0, 0
    for seconds, failures in steps:
        now, failed = now + seconds, failed + failures
        before = ramps.share("a", now, failed)
        assert FIRST_SHARE <= before <= 1.0
        assert FIRST_SHARE <= ramps.share("a", now, failed + 1) <= before
        failed += 1
    assert ramps.share("a", max(now, LONGEST * span), failed) == 1.0


@given(st.floats(0.1, 1000.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_without_failures_the_share_never_falls(span: float, one: float, other: float) -> None:
    ramps = back_at(0.0, span)
    earlier, later = sorted((one * span, other * span))
    assert ramps.share("a", earlier, 0) <= ramps.share("a", later, 0)
