from __future__ import annotations

from hive_resilience.runtime.server.keys.gate import SOON, KeyLimits
from hive_resilience.runtime.server.workers.desk import Desk


def test_the_places_of_a_key_are_those_of_all_workers() -> None:
    desk, limits = Desk(), KeyLimits(max_concurrent=1)

    assert desk.enter(1, 1, "ci", limits, 0.0) is None
    assert desk.enter(2, 1, "ci", limits, 0.0) == SOON
    assert desk.enter(2, 2, "other", limits, 0.0) is None
    desk.leave(1, 1, 0, 1.0)
    assert desk.enter(2, 3, "ci", limits, 1.0) is None


def test_the_rate_of_a_key_is_that_of_all_workers() -> None:
    desk, limits = Desk(), KeyLimits(rpm=60)

    found = [desk.enter(worker % 2 + 1, worker, "ci", limits, 0.0) for worker in range(61)]

    assert found[:60] == [None] * 60
    assert found[60] == 1.0


def test_tokens_that_a_request_has_cost_are_a_debt_on_all_workers() -> None:
    desk, limits = Desk(), KeyLimits(tpm=60)
    assert desk.enter(1, 1, "ci", limits, 0.0) is None

    desk.leave(1, 1, 120, 0.0)

    wait = desk.enter(2, 1, "ci", limits, 0.0)
    assert wait is not None
    assert wait > 59


def test_a_dead_worker_gives_back_the_places_of_its_requests() -> None:
    desk, limits = Desk(), KeyLimits(max_concurrent=2)
    assert desk.enter(1, 1, "ci", limits, 0.0) is None
    assert desk.enter(2, 1, "ci", limits, 0.0) is None

    desk.forget(1, 1.0)

    assert desk.enter(2, 2, "ci", limits, 1.0) is None
    assert desk.enter(2, 3, "ci", limits, 1.0) == SOON


def test_a_request_leaves_once_and_only_if_it_is_inside() -> None:
    desk, limits = Desk(), KeyLimits(max_concurrent=1)
    assert desk.enter(1, 1, "ci", limits, 0.0) is None

    desk.leave(2, 1, 0, 0.0)  # of another worker
    assert desk.enter(2, 9, "ci", limits, 0.0) == SOON
    desk.leave(2, 9, 0, 0.0)  # it was refused
    assert desk.enter(2, 9, "ci", limits, 0.0) == SOON
    desk.leave(1, 1, 0, 0.0)
    desk.leave(1, 1, 0, 0.0)
    assert desk.enter(2, 9, "ci", limits, 0.0) is None
    assert desk.enter(2, 10, "ci", limits, 0.0) == SOON


def test_other_limits_hold_from_then_on_and_what_was_taken_stays_taken() -> None:
    desk = Desk()
    assert desk.enter(1, 1, "ci", KeyLimits(max_concurrent=1), 0.0) is None

    assert desk.enter(1, 2, "ci", KeyLimits(max_concurrent=2), 0.0) is None
    assert desk.enter(1, 3, "ci", KeyLimits(max_concurrent=2), 0.0) == SOON
