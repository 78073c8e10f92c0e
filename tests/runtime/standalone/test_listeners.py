"""What a guard tells its listeners, and when."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from hive_resilience import CircuitBreakerGuard
from hive_resilience.errors import CircuitBreakerError
from hive_resilience.events import GuardCalled, GuardChanged, Trigger

from .guard_kit import Clock, double, fail

Moves = list[tuple[str, str, str]]


def listen(guard: CircuitBreakerGuard) -> Moves:
    moves: Moves = []

    def note(event: GuardChanged) -> None:
        moves.append((event.before.value, event.after.value, event.trigger.value))

    guard.subscribe(note, GuardChanged)
    return moves


def test_every_change_is_told_with_the_trigger_of_the_original(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    moves = listen(guard)

    fail(guard, 2)
    clock.now += 60.0
    guard.call(int)

    assert moves == [
        ("closed", "open", "failure_threshold_exceeded"),
        ("open", "half_open", "recovery_timeout_elapsed"),
        ("half_open", "closed", "recovery_successful"),
    ]


def test_a_failed_trial_is_a_threshold_exceeded(guard: CircuitBreakerGuard, clock: Clock) -> None:
    fail(guard, 2)
    clock.now += 60.0
    moves = listen(guard)

    fail(guard)

    assert moves[-1] == ("half_open", "open", "failure_threshold_exceeded")


@pytest.mark.parametrize(
    ("operate", "after", "trigger"),
    [
        ("trip", "open", Trigger.MANUAL_TRIP),
        ("force_open", "forced_open", Trigger.MANUAL_TRIP),
        ("disable", "disabled", Trigger.MANUAL_CHANGE),
        ("metrics_only", "metrics_only", Trigger.MANUAL_CHANGE),
    ],
)
def test_what_an_operator_does_is_told_at_once(
    guard: CircuitBreakerGuard, operate: str, after: str, trigger: Trigger
) -> None:
    moves = listen(guard)

    getattr(guard, operate)()
    guard.reset()

    assert moves == [("closed", after, trigger), (after, "closed", Trigger.MANUAL_RESET)]


def test_a_change_says_why_for_how_long_and_what_there_is_then(guard: CircuitBreakerGuard) -> None:
    seen: list[GuardChanged] = []
    guard.subscribe(seen.append, GuardChanged)

    fail(guard, 2)

    (opened,) = seen
    assert (opened.name, opened.reason, opened.open_for) == ("search", "failure_run", 60.0)
    assert (opened.snapshot.state, opened.snapshot.failed) == ("open", 2)
    assert opened.at.tzinfo is not None


def test_the_reason_of_a_trip_is_told(guard: CircuitBreakerGuard) -> None:
    seen: list[GuardChanged] = []
    guard.subscribe(seen.append, GuardChanged)

    guard.trip("maintenance")

    assert (seen[0].reason, seen[0].trigger) == ("maintenance", Trigger.MANUAL_TRIP)


def test_every_call_is_told_after_what_it_has_changed(
    guard: CircuitBreakerGuard, clock: Clock
) -> None:
    seen: list[Any] = []
    guard.subscribe(seen.append)

    def slow() -> None:
        clock.now += 3.0

    guard.call(slow)
    asyncio.run(guard.execute(double, 1))
    fail(guard, 2)

    kinds = [type(event).__name__ for event in seen]
    assert kinds == ["GuardCalled"] * 3 + ["GuardChanged", "GuardCalled"]
    told = [(event.success, event.duration, event.state.value) for event in seen[:3]]
    assert told == [(True, 3.0, "closed"), (True, 0.0, "closed"), (False, 0.0, "closed")]
    assert isinstance(seen[-1].error, OSError)
    assert seen[-1].state == "open"


def test_a_refusal_is_no_call(guard: CircuitBreakerGuard) -> None:
    fail(guard, 2)
    seen: list[Any] = []
    guard.subscribe(seen.append, GuardCalled)

    with pytest.raises(CircuitBreakerError):
        guard.call(int)

    assert seen == []


def test_what_came_before_is_not_told(guard: CircuitBreakerGuard) -> None:
    fail(guard, 2)
    moves = listen(guard)

    guard.reset()

    assert moves == [("open", "closed", "manual_reset")]


def test_a_listener_that_was_taken_back_hears_no_more(guard: CircuitBreakerGuard) -> None:
    seen: list[Any] = []
    first, second = guard.subscribe(seen.append), guard.subscribe(seen.append)

    first()
    guard.call(int)
    second()
    second()
    guard.call(int)

    assert len(seen) == 1


def test_a_listener_that_fails_is_logged_and_harms_no_call(
    guard: CircuitBreakerGuard, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []

    def failing(event: object) -> None:
        raise RuntimeError("listener")

    guard.subscribe(failing)
    guard.subscribe(seen.append)

    assert guard.call(int) == 0
    assert len(seen) == 1
    assert caplog.messages == ["a listener of search failed"]


def test_a_listener_may_use_the_guard_and_hears_of_that_afterwards(
    guard: CircuitBreakerGuard,
) -> None:
    moves: Moves = []

    def reopen(event: GuardChanged) -> None:
        moves.append((event.before.value, event.after.value, event.trigger.value))
        if event.after == "open":
            guard.reset()

    guard.subscribe(reopen, GuardChanged)
    fail(guard, 2)

    assert [move[1] for move in moves] == ["open", "closed"]
    assert guard.state == "closed"


def test_events_of_many_threads_come_in_the_order_of_the_changes(
    guard: CircuitBreakerGuard,
) -> None:
    moves = listen(guard)
    ready = threading.Barrier(4)

    def work(_: int) -> None:
        ready.wait(10)
        for _ in range(100):
            guard.trip()
            guard.reset()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(moves) > 1
    assert all(first[1] == then[0] for first, then in pairwise(moves))


async def _listen(event: object) -> None: ...


@pytest.mark.parametrize("wrong", ["listener", None, _listen])
def test_what_cannot_listen_is_refused(guard: CircuitBreakerGuard, wrong: Any) -> None:
    with pytest.raises(TypeError, match="a listener is a function"):
        guard.subscribe(wrong)


def test_kinds_that_there_are_not_are_refused(guard: CircuitBreakerGuard) -> None:
    wrong: Any = [GuardChanged]

    with pytest.raises(TypeError, match="a guard tells of GuardChanged and GuardCalled"):
        guard.subscribe(print, wrong)
