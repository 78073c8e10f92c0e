"""Which children start anew, and which specs are refused before anything starts."""

from __future__ import annotations

from typing import Any

import pytest

from hive_resilience import ChildSpec, SupervisorSpec
from hive_resilience.actors.engine.actor import Actor
from hive_resilience.actors.policies.supervision import (
    SupervisionStrategy,
    affected,
    check_names,
    stop_order,
    strategy_of,
    youngest,
)
from hive_resilience.config import RestartConfig
from hive_resilience.errors import ConfigurationError

CHILDREN = ("source", "parser", "sink")


@pytest.mark.parametrize(
    ("strategy", "crashed", "anew"),
    [
        ("one_for_one", "source", ("source",)),
        ("one_for_one", "sink", ("sink",)),
        ("rest_for_one", "source", CHILDREN),
        ("rest_for_one", "parser", ("parser", "sink")),
        ("rest_for_one", "sink", ("sink",)),
        ("one_for_all", "source", CHILDREN),
        ("one_for_all", "sink", CHILDREN),
    ],
)
def test_a_crash_affects(strategy: str, crashed: str, anew: tuple[str, ...]) -> None:
    assert affected(SupervisionStrategy(strategy), CHILDREN, crashed) == anew


@pytest.mark.parametrize("strategy", SupervisionStrategy)
def test_a_crash_of_a_stranger_is_an_error(strategy: SupervisionStrategy) -> None:
    with pytest.raises(ValueError, match="not in"):
        affected(strategy, CHILDREN, "stranger")


def test_children_stop_in_the_reverse_order_of_their_start() -> None:
    assert stop_order(CHILDREN) == ("sink", "parser", "source")
    assert stop_order(()) == ()


def test_names_that_differ_are_fine() -> None:
    check_names(CHILDREN)


def test_an_unknown_strategy_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="one_for_one, rest_for_one, one_for_all"):
        strategy_of("all_for_one")


def child(name: Any = "a", **settings: Any) -> ChildSpec:
    return ChildSpec(name, Actor, **settings)


@pytest.mark.parametrize("name", ["", " a", "a\n", None, 3])
def test_a_child_without_a_proper_name_is_refused(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="name"):
        child(name)
    with pytest.raises(ConfigurationError, match="name"):
        SupervisorSpec(name)


def test_two_children_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="two children are named 'a'") as caught:
        SupervisorSpec("top", (child(), SupervisorSpec("a")))
    assert (caught.value.key, caught.value.value) == ("children", "a")


@pytest.mark.parametrize("wrong", [None, 5, {"intensity": 3}])
def test_a_restart_that_is_no_config_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="restart is a RestartConfig"):
        child(restart=wrong)
    with pytest.raises(ConfigurationError, match="restart is a RestartConfig"):
        SupervisorSpec("top", restart=wrong)
    with pytest.raises(ConfigurationError, match="shared_intensity is a RestartConfig"):
        SupervisorSpec("top", shared_intensity=wrong)


@pytest.mark.parametrize(
    "limits", [{"intensity": -1}, {"period": 0}, {"shutdown_timeout": 0}, {"jitter": 2}]
)
def test_limits_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(limits))):
        RestartConfig.model_validate(limits)


def test_a_child_that_cannot_be_made_is_refused() -> None:
    broken: Any = "not callable"
    with pytest.raises(ConfigurationError, match="make"):
        ChildSpec("a", broken)


def test_what_is_no_spec_is_refused_as_a_child() -> None:
    broken: Any = "a"
    with pytest.raises(ConfigurationError, match="ChildSpec or a SupervisorSpec"):
        SupervisorSpec("top", (broken,))


def test_specs_are_frozen_data() -> None:
    spec: Any = child()
    with pytest.raises(AttributeError):
        spec.name = "b"
    assert SupervisorSpec("top", strategy="one_for_all").strategy is SupervisionStrategy.ONE_FOR_ALL


def test_the_youngest_is_the_first_to_stop() -> None:
    started = {"a": 1, "b": 2, "c": 3}

    assert youngest(started) == stop_order(started)[0] == "c"
