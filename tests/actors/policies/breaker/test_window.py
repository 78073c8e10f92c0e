"""The sliding window counts what a plain list of the last calls would count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_resilience.actors.policies.breaker.window import SlidingWindow

Call = tuple[float, bool, bool]

CALLS = st.lists(
    st.tuples(st.floats(0, 8, allow_subnormal=False), st.booleans(), st.booleans()), max_size=60
)


def counts(window: SlidingWindow) -> tuple[int, int, int]:
    return window.calls, window.failed, window.slow


def naive_counts(calls: list[Call], now: float, size: int, age: float) -> tuple[int, int, int]:
    kept = [call for call in calls[-size:] if call[0] >= now - age]
    return len(kept), sum(call[1] for call in kept), sum(call[2] for call in kept)


@given(size=st.integers(1, 12), age=st.floats(0.5, 30), calls=CALLS, idle=st.floats(0, 40))
def test_it_counts_as_a_plain_list_does(
    size: int, age: float, calls: list[Call], idle: float
) -> None:
    window, now = SlidingWindow(size, age), 0.0
    seen: list[Call] = []
    for step, failed, slow in calls:
        now += step
        window.add(now, failed, slow)
        seen.append((now, failed, slow))
        if not window.bad:
            window.drop_old(now)
        assert counts(window) == naive_counts(seen, now, size, age)
        assert window.is_sound()
    window.drop_old(now + idle)
    assert counts(window) == naive_counts(seen, now + idle, size, age)
    assert window.is_sound()


@given(times=st.lists(st.floats(-1e9, 1e9), max_size=40))
def test_a_clock_that_jumps_back_never_makes_counts_negative(times: list[float]) -> None:
    window = SlidingWindow(5, 10.0)
    for now in times:
        window.add(now, failed=True, slow=True)
        assert 1 <= window.calls <= 5
        assert window.failed == window.slow == window.calls


def test_a_call_just_as_old_as_allowed_still_counts() -> None:
    window = SlidingWindow(3, 10.0)
    window.add(0.0, failed=True)
    window.drop_old(10.0)
    assert counts(window) == (1, 1, 0)


def test_a_call_is_good_and_quick_unless_said_otherwise() -> None:
    window = SlidingWindow(3, 10.0)
    window.add(0.0)
    assert counts(window) == (1, 0, 0)


def test_clearing_forgets_every_call() -> None:
    window = SlidingWindow(3, 10.0)
    window.add(0.0, failed=True, slow=True)
    window.clear()
    assert counts(window) == (0, 0, 0)
    assert window.is_sound()


def test_its_shape_is_its_size_and_its_age() -> None:
    window = SlidingWindow(3, 10.0)
    assert window.has_shape(3, 10.0)
    assert not window.has_shape(4, 10.0)
    assert not window.has_shape(3, 11.0)


@pytest.mark.parametrize(
    ("count", "wrong"), [("failed", 2), ("slow", 1), ("_number", 0), ("_number", 2), ("_number", 9)]
)
def test_a_damaged_count_is_not_sound(count: str, wrong: int) -> None:
    window = SlidingWindow(3, 10.0)
    window.add(0.0, failed=True)
    setattr(window, count, wrong)
    assert not window.is_sound()
