"""The names an application sees."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections import Counter
from importlib import import_module

import pytest

from hive_resilience import CircuitBreakerConfig, ModelConfig, RetryConfig, errors, events, policies

from .doors import DOORS, LAZY, NAMES, list_of, names_for_type_checkers


@pytest.mark.parametrize("door", DOORS)
def test_a_door_lists_its_names_in_their_order(door: str) -> None:
    module = import_module(door)

    assert list_of(door) == sorted(set(list_of(door)))
    assert set(list_of(door)) <= set(dir(module))


@pytest.mark.parametrize(("door", "name"), NAMES)
def test_each_says_what_it_is_for(door: str, name: str) -> None:
    assert inspect.getdoc(getattr(import_module(door), name))


@pytest.mark.parametrize("door", LAZY)
def test_type_checkers_see_the_names_that_are_loaded_at_first_use(door: str) -> None:
    module = import_module(door)
    seen = names_for_type_checkers(module)

    assert sorted(seen) == list_of(door)
    for name, place in seen.items():
        assert getattr(module, name) is getattr(import_module(place, module.__package__), name)


def test_a_name_stands_in_one_room() -> None:
    rooms = Counter(name for door, name in NAMES if door != "hive_resilience")

    assert [name for name, count in rooms.items() if count > 1] == []


def test_the_top_is_short() -> None:
    assert len(list_of("hive_resilience")) <= 35


def test_every_event_and_every_error_has_its_room() -> None:
    def below(kind: type) -> set[type]:
        children: list[type] = kind.__subclasses__()
        return {kind}.union(*(below(child) for child in children))

    for door in DOORS:
        assert import_module(door)
    assert {kind.__name__ for kind in below(events.Event)} <= set(events.__all__)
    assert {
        kind.__name__
        for kind in below(errors.ResilienceError)
        if kind.__module__.startswith(("hive_resilience.actors", "hive_resilience.config"))
    } <= set(errors.__all__)


@pytest.mark.parametrize("door", LAZY)
def test_there_are_no_others(door: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{door}' has no attribute 'Tsk'"):
        _ = import_module(door).Tsk


@pytest.mark.parametrize("door", LAZY)
def test_a_star_import_gives_them_all(door: str) -> None:
    code = f"from {door} import *; import {door} as door; "
    code += "assert set(door.__all__) <= set(globals())"

    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_nothing_is_loaded_before_it_is_used() -> None:
    code = "import sys, hive_resilience, hive_resilience.config; "
    code += "assert not {'asyncio', 'pydantic', 'pykka'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_breaker_alone_trips_and_comes_back() -> None:
    breaker = policies.CircuitBreaker(CircuitBreakerConfig(failure_threshold=1))
    permit = breaker.admit(0.0)
    assert isinstance(permit, policies.Permit)

    permit.failure(1.0, ConnectionError(), 1.0)

    rejection = breaker.admit(2.0)
    assert isinstance(rejection, policies.Rejection)
    assert rejection.retry_after == pytest.approx(59.0)
    assert [event.after for event in breaker.drain_events()] == ["open"]


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (ModelConfig, {"id": "a", "tiemout": 3}, "tiemout: unknown setting; did you mean timeout?"),
        (RetryConfig, {"maxRetrys": 3}, "did you mean max_retries?"),
        (RetryConfig, {"zzz": 3}, "there are max_retries, before_failover"),
    ],
)
def test_an_unknown_setting_in_python_suggests_the_nearest(
    kind: type[ModelConfig], given: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match="unknown setting") as caught:
        kind.model_validate(given)

    assert told in str(caught.value)


def test_an_old_name_still_works_and_says_the_new_one() -> None:
    top = import_module("hive_resilience")

    with pytest.warns(DeprecationWarning, match=r"hive_resilience\.Actor now"):
        old = top.LoopActor

    assert old is top.Actor
