"""Views of a breaker that another process owns: which is newer, and what follows from it."""

from __future__ import annotations

import pytest

from hive_resilience.actors.policies.breaker.breaker import CircuitBreaker
from hive_resilience.actors.policies.breaker.states import Reason, State
from hive_resilience.actors.policies.cluster.records import View
from hive_resilience.actors.policies.cluster.views import NO_ANSWER, Sight, view_of
from hive_resilience.config import CircuitBreakerConfig

SETTINGS = CircuitBreakerConfig(recovery_timeout=10.0, recovery_jitter=0.0)


def of(state: State, stamp: int = 1, *, epoch: int = 1, **more: float) -> View:
    return View(epoch, stamp, stamp, state, **more)  # type: ignore[arg-type]


def adopted(*views: View, breaker: CircuitBreaker | None = None) -> tuple[Sight, CircuitBreaker]:
    sight, breaker = Sight(), breaker or CircuitBreaker(SETTINGS)
    for view in views:
        sight.adopt(view, breaker, 0.0)
    return sight, breaker


@pytest.mark.parametrize(
    ("views", "state"),
    [
        ((of(State.OPEN, seconds=2.0),), State.OPEN),
        ((of(State.HALF_OPEN),), State.HALF_OPEN),
        ((of(State.OPEN, 1, seconds=2.0), of(State.CLOSED, 2)), State.CLOSED),
        ((of(State.OPEN, 2, seconds=2.0), of(State.CLOSED, 1)), State.OPEN),
        ((of(State.FORCED_OPEN),), State.FORCED_OPEN),
        ((of(State.FORCED_OPEN, 1), of(State.OPEN, 2, seconds=1.0)), State.OPEN),
        ((of(State.DISABLED),), State.DISABLED),
        ((of(State.METRICS_ONLY),), State.METRICS_ONLY),
    ],
)
def test_the_own_breaker_follows_the_newest_view(views: tuple[View, ...], state: State) -> None:
    _, breaker = adopted(*views)

    assert breaker.state(0.0) is state


def test_an_open_view_lasts_as_long_as_the_owner_says() -> None:
    _, breaker = adopted(of(State.OPEN, seconds=0.92))

    assert breaker.state(0.91) is State.OPEN
    assert breaker.state(0.93) is State.HALF_OPEN


def test_an_epoch_that_was_left_never_comes_back() -> None:
    sight, breaker = adopted(
        of(State.OPEN, 9, epoch=1, seconds=5.0),
        of(State.OPEN, 1, epoch=2, seconds=5.0),
        of(State.CLOSED, 99, epoch=1),
    )

    assert sight.view is not None
    assert sight.view.epoch == 2
    assert breaker.state(0.0) is State.OPEN


def test_a_closed_view_does_not_close_what_opened_here_alone() -> None:
    breaker = CircuitBreaker(SETTINGS)
    breaker.trip(0.0, "here")
    adopted(of(State.CLOSED, 1), of(State.CLOSED, 2), breaker=breaker)

    assert breaker.state(0.0) is State.OPEN


def test_a_claim_has_the_time_that_is_over_subtracted() -> None:
    sight, _ = adopted(of(State.OPEN, seconds=5.0, parked=2.0))

    claim = sight.at(3.0)

    assert claim is not None
    assert (claim.seconds, claim.parked) == (2.0, 0.0)


def test_parking_that_came_from_the_owner_is_no_news_for_it() -> None:
    sight, breaker = adopted(of(State.CLOSED, parked=5.0))
    assert breaker.gate.parked_for(0.0) == 5.0
    assert sight.own_parking(breaker, 1.0) == 0.0

    breaker.park(1.0, 9.0)

    assert sight.own_parking(breaker, 1.0) == 9.0


def test_the_owners_success_ends_no_wait_that_a_provider_has_asked_for_here() -> None:
    sight, breaker = adopted(of(State.HALF_OPEN, 1))
    breaker.park(0.0, 5.0)
    sight.adopt(of(State.CLOSED, 2), breaker, 1.0)

    assert breaker.gate.parked_for(1.0) == 4.0
    assert sight.own_parking(breaker, 1.0) == 4.0


def test_an_operator_ends_a_wait_too() -> None:
    sight, breaker = adopted(of(State.OPEN, 1, seconds=1.0))
    breaker.park(0.0, 5.0)
    ruled = View(1, 2, 2, State.CLOSED, reason=Reason.OPERATOR)
    sight.adopt(ruled, breaker, 1.0)

    assert breaker.gate.parked_for(1.0) == 0.0


def test_a_view_says_how_long_the_breaker_is_open() -> None:
    breaker = CircuitBreaker(SETTINGS)
    breaker.trip(0.0, "x")

    assert view_of(breaker, 7, 1, "x", 4.0) == View(7, 2, 1, State.OPEN, 6.0, 0.0, "x")
    assert view_of(breaker, 7, 1, "x", 10.0).state is State.HALF_OPEN


@pytest.mark.parametrize(
    ("sent_at", "reason", "state"),
    [
        (0.5, "", State.OPEN),
        (NO_ANSWER, "", State.OPEN),
        (1.5, "", State.CLOSED),
        (0.5, Reason.OPERATOR, State.CLOSED),
    ],
    ids=["sent before", "pushed", "sent after", "an operator has ruled"],
)
def test_new_owners_close_no_breaker_that_they_have_not_heard_of(
    sent_at: float, reason: str, state: State
) -> None:
    sight, breaker = adopted(of(State.CLOSED, 1))
    sight.adopt(of(State.OPEN, 2, seconds=5.0), breaker, 1.0)

    sight.adopt(View(2, 1, 1, State.CLOSED, reason=reason), breaker, 2.0, sent_at)

    assert breaker.state(2.0) is state
    assert sight.view is not None
    assert sight.view.epoch == (1 if state is State.OPEN else 2)  # else its claim would be lost
