"""Guards by name."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hive_resilience import CircuitBreakerConfig, CircuitBreakers
from hive_resilience.errors import ConfigurationError
from hive_resilience.events import GuardChanged

from .guard_kit import SETTINGS, Clock, fail


@pytest.fixture
def breakers(clock: Clock) -> CircuitBreakers:
    return CircuitBreakers(SETTINGS, clock=clock)


def test_a_name_has_one_guard(breakers: CircuitBreakers) -> None:
    search = breakers.get_or_create("search")

    assert breakers.get_or_create("search") is search
    assert breakers.get_or_create("other") is not search
    assert search.name == "search"


def test_a_guard_has_its_own_settings_or_those_of_all(breakers: CircuitBreakers) -> None:
    own = CircuitBreakerConfig(failure_threshold=7)

    assert breakers.get_or_create("a").config == SETTINGS
    assert breakers.get_or_create("b", own).config == own
    assert breakers.get_or_create("b", CircuitBreakerConfig(failure_threshold=7)).config == own


def test_other_settings_for_a_guard_that_is_there_are_refused(breakers: CircuitBreakers) -> None:
    breakers.get_or_create("search")

    with pytest.raises(ConfigurationError, match="'search' is there already, with another"):
        breakers.get_or_create("search", CircuitBreakerConfig())


def test_options_are_those_of_a_guard(clock: Clock) -> None:
    breakers = CircuitBreakers(SETTINGS, clock=clock, ignore=OSError)

    fail(breakers.get_or_create("a"), 2)
    fail(breakers.get_or_create("b", ignore=ValueError), 2)

    assert breakers.get_or_create("a").state == "closed"
    assert breakers.get_or_create("b").state == "open"


def test_all_and_their_snapshots_come_by_name(breakers: CircuitBreakers) -> None:
    fail(breakers.get_or_create("a"), 2)
    breakers.get_or_create("b")

    assert list(breakers.all()) == ["a", "b"]
    assert {name: seen.state for name, seen in breakers.snapshot().items()} == {
        "a": "open",
        "b": "closed",
    }


def test_reset_all_closes_every_breaker(breakers: CircuitBreakers) -> None:
    for name in ("a", "b"):
        fail(breakers.get_or_create(name), 2)

    breakers.reset_all()

    assert {seen.state for seen in breakers.snapshot().values()} == {"closed"}


def test_a_removed_guard_is_made_anew(breakers: CircuitBreakers) -> None:
    before = breakers.get_or_create("a")

    assert breakers.remove("a")
    assert not breakers.remove("a")
    assert breakers.get_or_create("a") is not before


def test_a_listener_hears_of_guards_that_are_there_and_that_come(
    breakers: CircuitBreakers,
) -> None:
    seen: list[Any] = []
    breakers.get_or_create("a")
    stop = breakers.subscribe(seen.append, GuardChanged)
    breakers.get_or_create("b")

    for name in ("a", "b"):
        breakers.get_or_create(name).trip()
    stop()
    breakers.reset_all()
    breakers.get_or_create("c").trip()

    assert [event.name for event in seen] == ["a", "b"]


def test_threads_that_ask_at_once_get_the_same_guard(breakers: CircuitBreakers) -> None:
    ready = threading.Barrier(8)

    def ask(_: int) -> object:
        ready.wait(10)
        return breakers.get_or_create("search")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
