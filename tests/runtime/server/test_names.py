"""What `model` stands for, and what a key may name."""

from __future__ import annotations

import pytest

from hive_resilience.config import (
    GlobalConfig,
    GroupConfig,
    ModelConfig,
    RuntimeConfig,
    StreamConfig,
)
from hive_resilience.runtime.server.failures import Refused
from hive_resilience.runtime.server.names import Names, first_alone, restarting

CONFIG = RuntimeConfig(
    models=(ModelConfig(id="a", fallbacks=("b",)), ModelConfig(id="b"), ModelConfig(id="c")),
    groups=(GroupConfig(name="fast", models=("c", "a"), strategy="random"),),
    global_=GlobalConfig(aliases={"claude-hive": "fast", "best": "a"}),
)
NAMES = Names(CONFIG, CONFIG.models)


@pytest.mark.parametrize(
    ("name", "models"),
    [
        ("a", ("a", "b")),
        ("b", ("b",)),
        ("fast", ("c", "a")),
        ("claude-hive", ("c", "a")),
        ("best", ("a", "b")),
        ("auto", ("a", "b", "c")),
    ],
)
def test_a_name_is_a_model_a_group_an_alias_or_any(name: str, models: tuple[str, ...]) -> None:
    assert NAMES.asked(name).models == models


def test_a_group_keeps_its_strategy_and_auto_has_no_plan() -> None:
    plan = NAMES.asked("claude-hive").plan

    assert plan is not None
    assert plan.strategy == "random"
    assert NAMES.asked("auto").plan is None


def test_other_names_stand_behind_the_first_each_model_once() -> None:
    assert NAMES.asked("b", None, ["fast", "a"]).models == ("b", "c", "a")


def test_the_first_alone_has_no_fallback_even_of_the_settings() -> None:
    plan = first_alone(NAMES.asked("a"))

    assert plan.model_ids == ("a",)
    assert not plan.own_fallbacks


@pytest.mark.parametrize(("name", "near"), [("fats", "fast"), ("claude-hiv", "claude-hive")])
def test_an_unknown_name_is_404_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(Refused) as caught:
        NAMES.asked(name)

    assert caught.value.failure.status == 404
    assert near in caught.value.failure.message


def test_a_key_with_names_of_its_own_has_those_alone() -> None:
    allowed = frozenset({"fast", "b"})

    assert NAMES.all(allowed) == ["fast", "b"]
    assert NAMES.asked("fast", allowed).models == ("c", "a")
    assert NAMES.asked("auto", allowed).models == ("a", "b", "c")
    for name in ("a", "c", "claude-hive"):
        with pytest.raises(Refused) as caught:
            NAMES.asked(name, allowed)
        assert caught.value.failure.status == 403
    with pytest.raises(Refused):
        NAMES.asked("b", allowed, ["c"])


def test_settings_that_restart_a_stream_are_named() -> None:
    config = RuntimeConfig(
        models=(
            ModelConfig(id="a", stream=StreamConfig(on_interrupt="restart")),
            ModelConfig(id="b"),
        ),
        groups=(GroupConfig(name="g", models=("a", "b"), on_interrupt="restart"),),
    )

    assert restarting(config.models, config.groups) == ["models.a", "groups.g"]
