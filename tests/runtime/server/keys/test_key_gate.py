from __future__ import annotations

import pytest

from hive_resilience.runtime.server.keys.gate import SOON, KeyGate
from hive_resilience.runtime.server.keys.gate import KeyLimits as limits


def test_a_key_without_limits_always_goes() -> None:
    gate = KeyGate(limits())

    assert {gate.enter(now=0.0) for _ in range(10_000)} == {None}


def test_a_key_waits_once_its_requests_of_a_minute_are_used_up() -> None:
    gate = KeyGate(limits(rpm=2))

    assert [gate.enter(now=0.0) for _ in range(3)] == [None, None, 30.0]
    assert gate.enter(now=30.0) is None


def test_a_refused_request_takes_no_place() -> None:
    gate = KeyGate(limits(rpm=1, max_concurrent=5))

    gate.enter(now=0.0)
    gate.enter(now=0.0)

    assert gate.in_flight == 1


def test_all_places_taken_means_a_short_wait_and_costs_no_rate() -> None:
    gate = KeyGate(limits(max_concurrent=1, rpm=2))

    assert [gate.enter(now=0.0), gate.enter(now=0.0)] == [None, SOON]
    gate.leave(now=0.0)
    assert gate.enter(now=0.0) is None


def test_tokens_of_an_answer_are_a_debt_of_the_next_request() -> None:
    gate = KeyGate(limits(tpm=60))
    gate.enter(now=0.0)

    gate.leave(now=0.0, tokens=90)

    assert gate.enter(now=0.0) == pytest.approx(30.0)
    assert gate.enter(now=30.0) is None


def test_a_request_leaves_once() -> None:
    gate = KeyGate(limits())
    gate.enter(now=0.0)
    gate.leave(now=0.0)

    with pytest.raises(RuntimeError, match="leaves once"):
        gate.leave(now=0.0)


def test_what_was_taken_stays_taken_with_other_limits() -> None:
    gate = KeyGate(limits(rpm=2, max_concurrent=9))
    gate.enter(now=0.0)

    gate.reconfigure(limits(rpm=1, max_concurrent=1), now=0.0)

    assert gate.enter(now=0.0) == SOON
    gate.leave(now=0.0)
    assert gate.enter(now=0.0) == pytest.approx(60.0)
